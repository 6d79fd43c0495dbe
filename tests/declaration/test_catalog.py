"""What a declaration says reaches the catalog whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kartotek.declaration.load import Loaded, load
from kartotek.model.catalog import Catalog, Inverse, RecordType
from kartotek.model.field import Field, Option
from kartotek.model.missing import MISSING


def catalog_of(loaded: Loaded) -> Catalog:
    assert [one for one in loaded.problems if one.severity != "note"] == []
    assert loaded.catalog is not None
    return loaded.catalog


def field_of(loaded: Loaded, type_name: str, name: str) -> Field:
    return catalog_of(loaded).types[type_name].by_name[name]


def test_documents_become_types_and_settings(declared: Any) -> None:
    catalog = catalog_of(declared.load())
    assert set(catalog.types) == {"person", "visit", "item", "user"}
    assert catalog.settings.languages == ("en", "zh")
    assert catalog.settings.role_names == {"owner", "manager", "clerk"}
    assert dict(catalog.settings.roles[0].titles) == {"en": "Manager", "zh": "经理"}
    assert catalog.documents == declared.documents()
    assert catalog.version == 0


def test_user_type_is_always_there(load_site: Callable[..., Loaded]) -> None:
    user = catalog_of(load_site({})).types["user"]
    assert user.builtin
    assert user.title_template == ("", "name", "")
    assert set(user.by_name) == {"name", "username", "language", "active"}


FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # name: (fragment, what the field has)
    "text": ({"type": "string", "maxLength": 5}, {"kind": "text", "settings": {"max_length": 5}, "title": "x"}),
    "labels": (
        {
            "type": "string",
            "title": "Name",
            "description": "Help",
            "examples": ["Ann"],
            "x-i18n": {"zh": {"title": "姓名"}},
        },
        {"title": "Name", "description": "Help", "placeholder": "Ann", "labels": {"zh": {"title": "姓名"}}},
    ),
    "labels in one object": (
        {"type": "string", "title": {"en": "Name", "zh": "姓名"}, "x-i18n": {"zh": {"description": "帮助"}}},
        {"title": "Name", "labels": {"en": {"title": "Name"}, "zh": {"title": "姓名", "description": "帮助"}}},
    ),
    "flags": (
        {
            "type": "string",
            "readOnly": True,
            "deprecated": True,
            "x-field": {"unique": True, "index": True, "widget": "text"},
        },
        {"read_only": True, "deprecated": True, "unique": True, "index": True, "widget": "text", "write_only": False},
    ),
    "write only": ({"type": "string", "writeOnly": True}, {"write_only": True}),
    "nullable": ({"type": ["string", "null"], "default": None}, {"nullable": True, "default": None, "kind": "text"}),
    "absent default": ({"type": "string"}, {"default": MISSING, "nullable": False}),
    "readers": (
        {"type": "string", "x-field": {"read": ["manager"], "write": ["owner"]}},
        {"read": frozenset({"manager"}), "write": frozenset({"owner"})},
    ),
    "choice": (
        {
            "title": "Level",
            "oneOf": [{"const": "a", "title": "A", "x-color": "#112233"}, {"const": "b", "deprecated": True}],
            "x-i18n": {"zh": {"enum": {"a": "甲"}}},
        },
        {
            "kind": "choice",
            "options": (Option("a", "A", {"zh": "甲"}, color="#112233"), Option("b", "b", {}, deprecated=True)),
        },
    ),
    "plain enum with null": (
        {"enum": [1, 2, None]},
        {"kind": "choice", "options": (Option(1, "1"), Option(2, "2")), "nullable": True},
    ),
    "choices": (
        {"type": "array", "uniqueItems": True, "items": {"enum": ["a"]}, "x-i18n": {"zh": {"enum": {"a": "甲"}}}},
        {"kind": "choices", "options": (Option("a", "a", {"zh": "甲"}),)},
    ),
    "decimal": (
        {
            "type": "string",
            "format": "decimal",
            "default": "1.00",
            "x-field": {"precision": 8, "scale": 2, "currency": "CNY"},
        },
        {"kind": "decimal", "settings": {"precision": 8, "scale": 2, "currency": "CNY"}, "default": "1.00"},
    ),
    "auto-number": (
        {"type": "string", "x-field": {"autoNumber": "P{yyyy}-{0000}", "unique": True}},
        {"kind": "autonumber", "read_only": True},
    ),
    "user": (
        {"type": "integer", "x-field": {"references": "user", "account": True, "unique": True}},
        {"kind": "user", "account": True},
    ),
    "odd name": ({"type": "string"}, {"column": "x"}),
}


@pytest.mark.parametrize("name", FIELDS)
def test_field_carries_what_was_declared(name: str, declared: Any) -> None:
    fragment, expected = FIELDS[name]
    field = field_of(declared.at("item/properties/x", fragment).load(), "item", "x")
    assert {key: getattr(field, key) for key in expected} == expected
    assert field.fragment == fragment
    assert field.place is not None and field.place.file == "schemas/item.json"


def test_members_of_a_small_object_have_columns_of_their_own(declared: Any) -> None:
    place = field_of(declared.load(), "visit", "place")
    assert [(one.name, one.column) for one in place.fields] == [("city", "place_city"), ("street", "place_street")]


def test_property_names_are_free_and_columns_are_safe(declared: Any) -> None:
    names = ["first name", "姓名", "", "select", "id", "Name", "a.b", 'x"; DROP TABLE y', "😀", "version"]
    for name in names:
        declared.types["item"]["properties"][name] = {"type": "string"}
    fields = catalog_of(declared.load()).types["item"].fields
    columns = [field.column for field in fields]
    assert [field.name for field in fields[2:]] == names
    assert len(set(columns)) == len(columns)
    assert all(
        column.isascii() and column.replace("_", "a").isalnum() and column not in ("id", "version")
        for column in columns
    )


def test_columns_do_not_depend_on_the_order_of_fields(declared: Any) -> None:
    properties = declared.types["visit"]["properties"]
    before = {field.name: field.column for field in catalog_of(declared.load()).types["visit"].fields}
    declared.types["visit"]["properties"] = dict(reversed(properties.items()))
    assert {field.name: field.column for field in catalog_of(declared.load()).types["visit"].fields} == before


def test_links_have_targets_and_inverse_lists(declared: Any) -> None:
    declared.at("visit/properties/person/x-field/onDelete", "cascade").at(
        "visit/properties/person/x-field/filter", "item.active"
    )
    catalog = catalog_of(declared.load())
    reference = catalog.types["visit"].by_name["person"].reference
    assert reference is not None and reference.filter is not None
    assert (reference.target, reference.on_delete, reference.filter.source) == ("person", "cascade", "item.active")
    assert dict(catalog.types["person"].inverses) == {"visits": Inverse("visits", "visit", "person")}


def test_inverse_list_of_users_is_found(declared: Any) -> None:
    declared.at("visit/properties/by", {"type": "integer", "x-field": {"references": "user", "inverse": "visits"}})
    assert catalog_of(declared.load()).types["user"].inverses["visits"].type == "visit"


def test_definitions_are_merged_with_what_stands_beside_them(declared: Any) -> None:
    declared.at(
        "item/$defs",
        {
            "money": {
                "type": "string",
                "format": "decimal",
                "title": "Money",
                "x-field": {"scale": 2, "currency": "CNY"},
            }
        },
    )
    declared.at("item/properties/x", {"$ref": "#/$defs/money", "title": "Fee", "x-field": {"scale": 3}})
    field = field_of(declared.load(), "item", "x")
    assert (field.kind, field.title, field.settings["scale"], field.settings["currency"]) == (
        "decimal",
        "Fee",
        3,
        "CNY",
    )


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
    assert visit.indexes == (("person", "starts_at"),)
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


def test_account_makes_a_type_reachable_from_the_user(declared: Any) -> None:
    declared.at(
        "person/properties/login",
        {"type": "integer", "x-field": {"references": "user", "account": True, "unique": True}},
    )
    declared.at("visit/x-record/permissions/clerk/read", "isSet(user.person) && record.person == user.person")
    catalog_of(declared.load())


def test_yaml_and_json_declare_alike(load_site: Callable[..., Loaded]) -> None:
    as_json = (
        '{"title": "Room", "type": "object", "properties": {"name": {"type": "string"}}, '
        '"x-record": {"sort": ["name"]}}'
    )
    as_yaml = "title: Room\ntype: object\nproperties:\n  name: {type: string}\nx-record:\n  sort: [name]\n"
    one, other = (
        catalog_of(load_site({f"schemas/room.{suffix}": text}))
        for suffix, text in (("json", as_json), ("yaml", as_yaml))
    )
    assert shape(one.types["room"]) == shape(other.types["room"])


def shape(record_type: RecordType) -> list[object]:
    return [record_type.title, record_type.sort, record_type.title_template, *record_type.fields]


def test_hash_is_of_the_meaning(load_site: Callable[..., Loaded]) -> None:
    fields = '{"a": {"type": "string"}, "b": {"type": "string"}}'
    text = f'{{"title": "Room", "type": "object", "properties": {fields}, "x-record": {{}}}}'
    turned = text.replace('"a": {"type": "string"}, "b"', '"b": {"type": "string"}, "a"')
    variants = {
        "as it is": (text, True),
        "blanks": (text.replace(" ", "\n  "), True),
        "another title": (text.replace("Room", "Hall"), False),
        "another order of fields": (turned, False),
    }
    first = catalog_of(load_site({"schemas/room.json": text})).hash
    for name, (variant, is_same) in variants.items():
        assert (catalog_of(load_site({"schemas/room.json": variant})).hash == first) is is_same, name


def test_comments_in_yaml_do_not_change_the_hash() -> None:
    one, other = (load({"site.yaml": text}) for text in ("name: A\n", "# hello\nname:   A\n"))
    assert catalog_of(one).hash == catalog_of(other).hash
