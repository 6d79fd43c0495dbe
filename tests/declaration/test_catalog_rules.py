"""Formulas, rules, rights, forms and readers reach the catalog whole."""

from __future__ import annotations

from typing import Any

from tests.declaration.conftest import catalog_of, field_of


def test_formulas_reach_the_catalog(declared: Any) -> None:
    own = {
        "showIf": "record.active",
        "requiredIf": "old.active",
        "readOnlyIf": "'clerk' in user.roles",
        "defaultExpr": "user.name",
    }
    declared.at("person/properties/note", {"type": "string", "x-field": own})
    field = field_of(declared.load(), "person", "note")
    found = (field.show_if, field.required_if, field.read_only_if, field.default_expr)
    assert [one.source for one in found if one] == list(own.values())


def test_rules_rights_and_form_reach_the_catalog(declared: Any) -> None:
    declared.at(
        "visit/x-record/validations",
        [{"rule": "record.ends_at > record.starts_at", "message": {"en": "No.", "zh": "不"}, "field": "ends_at"}],
    )
    declared.at(
        "visit/x-record/unique", [["person", "starts_at"], {"fields": ["number"], "where": "record.number > 0"}]
    )
    declared.at("visit/x-record/indexes", [["person", "starts_at"]])
    declared.at("visit/x-record/plural", {"en": "Visits", "zh": "来访"})
    section = {
        "title": "When",
        "columns": 2,
        "fields": ["starts_at", "ends_at"],
        "showIf": "isSet(record.number)",
        "collapsed": True,
    }
    declared.at(
        "visit/x-record/form", [{"tab": {"en": "Visit", "zh": "来访"}, "showIf": "true", "sections": [section]}]
    )
    visit = catalog_of(declared.load()).types["visit"]
    rule = visit.validations[0]
    assert (rule.name, rule.field, rule.sentence("en"), rule.sentence("zh")) == ("rule_1", "ends_at", "No.", "不")
    assert [one.fields for one in visit.unique] == [("person", "starts_at"), ("number",)]
    assert visit.unique[1].where is not None
    assert visit.indexes == (("person", "starts_at"), ("starts_at",))  # the second for the order of lists
    assert visit.plural_label("zh") == "来访"
    assert dict(visit.permissions["manager"]) == {"read": True, "create": True, "write": True, "delete": True}
    assert set(visit.permissions["clerk"]) == {"read"}
    tab = visit.form[0]
    assert (tab.title, tab.labels["zh"]["title"], tab.sections[0].columns, tab.sections[0].collapsed) == (
        "Visit",
        "来访",
        2,
        True,
    )
    assert tab.show_if is not None and tab.sections[0].show_if is not None
    assert visit.title_template == ("", "number", " ", "person.name", "")


def test_right_that_is_false_grants_nothing(declared: Any) -> None:
    declared.at("item/x-record/permissions/clerk", {"read": False, "create": False})
    assert "clerk" not in catalog_of(declared.load()).types["item"].permissions


def test_title_falls_back_to_the_first_text(declared: Any) -> None:
    assert catalog_of(declared.load()).types["item"].title_template == ("", "name", "")


def test_double_braces_stand_for_one(declared: Any) -> None:
    declared.at("item/x-record/titleTemplate", "{{{name}}}")
    assert catalog_of(declared.load()).types["item"].title_template == ("{", "name", "}")


def test_computed_value_inherits_the_strictest_readers(declared: Any) -> None:
    declared.at(
        "person/properties/double", {"type": "string", "format": "decimal", "x-field": {"compute": "record.pay * 2"}}
    )
    declared.at(
        "person/properties/quad", {"type": "string", "format": "decimal", "x-field": {"compute": "record.double * 2"}}
    )
    loaded = declared.load()
    assert {one.code for one in loaded.problems} == {"narrowed"}
    person = catalog_of(loaded).types["person"]
    assert person.by_name["double"].read == person.by_name["quad"].read == frozenset({"manager"})


def test_declassified_value_is_for_everyone(declared: Any) -> None:
    declared.at(
        "person/properties/paid", {"type": "boolean", "x-field": {"compute": "isSet(record.pay)", "declassify": True}}
    )
    assert field_of(declared.load(), "person", "paid").read is None


def test_value_from_a_type_one_may_not_read_is_not_revealed(declared: Any) -> None:
    del declared.types["item"]["x-record"]["permissions"]["clerk"]
    lines = field_of(declared.load(), "visit", "lines")
    readers = {one.name: one.read for one in lines.fields}
    assert readers["price"] == readers["amount"] == frozenset({"manager"})
    assert readers["qty"] is None


def test_rollup_inherits_the_readers_of_what_it_sums(declared: Any) -> None:
    declared.at("visit/properties/lines/items/properties/price/x-field/read", ["manager"])
    assert field_of(declared.load(), "visit", "total").read == frozenset({"manager"})


def test_sort_that_some_cannot_see_is_a_warning(declared: Any) -> None:
    loaded = declared.at("person/x-record/sort", ["pay"]).load()
    assert [(one.code, one.severity) for one in loaded.problems] == [("reveals", "warning")]
    assert loaded.catalog is not None


def test_guarded_comparison_of_two_empty_values_is_accepted(declared: Any) -> None:
    declared.at(
        "visit/x-record/permissions/clerk/read", "isSet(record.number) && record.number == record.person.visits_made"
    )
    catalog_of(declared.load())
