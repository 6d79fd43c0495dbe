"""Overlays: what they add and tighten holds; what they may not do is refused where it stands."""

from __future__ import annotations

from typing import Any

import pytest
from tests.declaration.overlay_site import BASE_PERSON, PERSON, Extending

from kartotek.model.formula import Formula

FIELDS = "person/properties"
OWN = "person/x-record"


def test_added_field_stands_behind_those_of_the_base() -> None:
    site = Extending()
    assert [one.name for one in site.type().fields] == [*site.base["person"]["properties"], "x_badge"]
    assert site.type().file == PERSON
    assert site.type("visit").file == "@chain/schemas/visit.json"


def test_catalog_holds_the_documents_of_both() -> None:
    site = Extending()
    assert site.catalog().documents == site.documents()


def test_a_change_of_the_base_is_another_catalog() -> None:
    before = Extending().catalog().hash
    assert Extending().below("person/properties/name/title", "Full name").catalog().hash != before
    assert Extending().catalog().hash == before


TIGHTENED: dict[str, tuple[str, Any, str]] = {
    # name: (place, value, what the field's fragment then says under the place's last key)
    "title": (f"{FIELDS}/name", {"title": "Guest"}, "title"),
    "shorter": (f"{FIELDS}/name", {"maxLength": 40}, "maxLength"),
    "longer at least": (f"{FIELDS}/name", {"minLength": 2}, "minLength"),
    "pattern where there was none": (f"{FIELDS}/name", {"pattern": "^[A-Z]"}, "pattern"),
    "default": (f"{FIELDS}/active", {"default": False}, "default"),
    "read by fewer": (f"{FIELDS}/pay", {"x-field": {"read": []}}, "x-field"),
    "read by some": (f"{FIELDS}/active", {"x-field": {"read": ["manager"]}}, "x-field"),
    "only read": (f"{FIELDS}/active", {"readOnly": True}, "readOnly"),
    "said again": (f"{FIELDS}/name", {"type": "string", "maxLength": 80}, "type"),
}


@pytest.mark.parametrize("name", TIGHTENED)
def test_a_field_is_worded_otherwise_and_tightened(name: str) -> None:
    place, value, key = TIGHTENED[name]
    field = Extending().at(place, value).type().by_name[place.rpartition("/")[2]]
    said = field.fragment[key]
    assert said == value[key] if key != "x-field" else said.items() >= value[key].items()


REFUSED: dict[str, tuple[str, Any, str, str]] = {
    # name: (place, value, code, part of the sentence)
    "name without x_": (f"{FIELDS}/badge", {"type": "string"}, "overlay_name", "'x_badge'"),
    "column without x_": ("visit/properties/lines/items/properties/note", {"type": "string"}, "overlay_name", "'x_note'"),
    "member without x_": ("visit/properties/place/properties/zip", {"type": "string"}, "overlay_name", "'x_zip'"),
    "definition without x_": ("person/$defs/money", {"type": "string"}, "overlay_name", "'x_money'"),
    "another type": (f"{FIELDS}/name/type", "integer", "fixed", '"string"'),
    "null as well": (f"{FIELDS}/name/type", ["string", "null"], "fixed", '"string"'),
    "a format": (f"{FIELDS}/name/format", "email", "fixed", "says nothing"),
    "a choice of a text": (f"{FIELDS}/name/enum", ["a"], "fixed", "says nothing"),
    "a choice with titles of a text": (f"{FIELDS}/name/oneOf", [{"const": "a"}], "fixed", "says nothing"),
    "formatted text": (f"{FIELDS}/name/contentMediaType", "text/markdown", "fixed", "says nothing"),
    "a table of a text": (f"{FIELDS}/name/items", {"type": "string"}, "fixed", "says nothing"),
    "members of a text": (f"{FIELDS}/name/properties", {"x_a": {"type": "string"}}, "fixed", "says nothing"),
    "elements of another type": ("visit/properties/lines/items/type", "string", "fixed", '"object"'),
    "another target": ("visit/properties/person/x-field/references", "item", "fixed", '"person"'),
    "a target at all": ("visit/properties/number/x-field/references", "item", "fixed", "says nothing"),
    "another inverse": ("visit/properties/person/x-field/inverse", "calls", "fixed", '"visits"'),
    "another end": ("visit/properties/person/x-field/onDelete", "cascade", "fixed", "says nothing"),
    "another scale": (f"{FIELDS}/pay/x-field/scale", 3, "fixed", "2"),
    "another precision": (f"{FIELDS}/pay/x-field/precision", 12, "fixed", "10"),
    "another formula": ("visit/properties/lines/items/properties/amount/x-field/compute", "row.price", "fixed", "row.qty"),
    "another sum": (f"{FIELDS}/visits_made/x-field/rollup", {"from": "visits", "fn": "sum"}, "fixed", "count"),
    "a number of its own": (f"{FIELDS}/name/x-field/autoNumber", "A-{0000}", "fixed", "says nothing"),
    "a former name": (f"{FIELDS}/name/x-field/aliases", ["called"], "fixed", "says nothing"),
    "an account": ("visit/properties/person/x-field/account", True, "fixed", "says nothing"),
    "longer": (f"{FIELDS}/name/maxLength", 81, "loosens", "80"),
    "smaller": ("visit/properties/lines/items/properties/qty/minimum", 0, "loosens", "1"),
    "field for more roles": (f"{FIELDS}/pay/x-field/read", ["manager", "clerk"], "loosens", "'clerk'"),
    "an option more": (f"{FIELDS}/grade/oneOf", [{"const": "chief"}], "loosens", "'junior' or 'senior'"),
    "a role's right": (f"{OWN}/permissions/clerk/write", True, "loosens", "'clerk' write"),
    "a role's right for some": (f"{OWN}/permissions/clerk/delete", "record.active", "loosens", "'clerk' delete"),
    "a right of another role": (f"{OWN}/permissions/guest/read", True, "loosens", "'guest' read"),
    "a right for all where it was for some": ("visit/x-record/permissions/clerk/read", True, "loosens", "record.number > 3"),
    "a form for everybody": (f"{OWN}/publicForms/ask", {"title": "Ask"}, "loosens", "without an account"),
    "declassified": (
        f"{FIELDS}/x_pay", {"type": "integer", "x-field": {"compute": "1", "declassify": True}}, "loosens", "more people"),
    "not required": ("person/required", [], "removes", "'name'"),
    "column not required": ("visit/properties/lines/items/required", [], "removes", "'item'"),
    "no field": (f"{FIELDS}/pay", None, "removes", "null"),
    "no bound": (f"{FIELDS}/name/maxLength", None, "removes", "null"),
    "no readers": (f"{FIELDS}/pay/x-field/read", None, "removes", "null"),
    "no list": ("visit/x-record/list", None, "removes", "null"),
    "no rights": (f"{OWN}/permissions", None, "removes", "null"),
    "no rights of a role": (f"{OWN}/permissions/clerk", None, "removes", "null"),
    "no right": (f"{OWN}/permissions/clerk/read", None, "removes", "null"),
    "no option's title": (f"{FIELDS}/grade/oneOf", [{"const": "junior", "title": None}], "removes", "null"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_an_overlay_may_not_do_is_refused_where_it_stands(name: str) -> None:
    place, value, code, part = REFUSED[name]
    site = Extending(person={"x-extends": "person"}, visit={"x-extends": "visit"})
    site.site += "roles: {guest: {title: Guest}}\n"
    site.catalog()
    found = site.at(place, value).problems()
    assert [(one.code, one.place and one.place.file) for one in found] == [(code, f"schemas/{place.split('/')[0]}.json")]
    assert part in found[0].message and found[0].message.endswith((".", "?"))
    assert found[0].path.startswith("/" + place.partition("/")[2])
    key = found[0].path.rpartition("/")[2]
    assert site.line_of(found[0]).strip().startswith(f'"{key}"') or key.isdecimal()


BELOW: dict[str, tuple[str, Any, str, Any, str]] = {
    # name: (place in the base, value there, place in the overlay, value there, code)
    "pattern": (f"{FIELDS}/name/pattern", "^[A-Z]", f"{FIELDS}/name/pattern", "^[A-Z][a-z]", "fixed"),
    "multiple": (f"{FIELDS}/n", {"type": "integer", "multipleOf": 4}, f"{FIELDS}/n/multipleOf", 6, "loosens"),
    "unique": (f"{FIELDS}/name/x-field", {"unique": True}, f"{FIELDS}/name/x-field/unique", False, "loosens"),
    "read only": (f"{FIELDS}/active/readOnly", True, f"{FIELDS}/active/readOnly", False, "loosens"),
    "write": (f"{FIELDS}/name/x-field", {"write": ["manager"]}, f"{FIELDS}/name/x-field/write", ["clerk"], "loosens"),
    "fewer values": (f"{FIELDS}/n", {"type": "string", "enum": ["a", "b"]}, f"{FIELDS}/n/enum", ["a"], "removes"),
    "more values": (f"{FIELDS}/n", {"type": "string", "enum": ["a"]}, f"{FIELDS}/n/enum", ["a", "b"], "loosens"),
    "retired option": (
        f"{FIELDS}/grade/oneOf", [{"const": "junior", "deprecated": True}],
        f"{FIELDS}/grade/oneOf", [{"const": "junior", "deprecated": False}], "loosens"),
    "rules": (
        f"{OWN}/validations", [{"rule": "record.active", "message": "No"}],
        f"{OWN}/validations", [{"rule": "true", "message": "No"}], "removes"),
    "unique together": (f"{OWN}/unique", [["name", "active"]], f"{OWN}/unique", [["name"]], "removes"),
    "append only": (f"{OWN}/appendOnly", True, f"{OWN}/appendOnly", False, "loosens"),
    "calendar": ("visit/title", "Visit", "visit/x-record/calendar", {"start": "starts_at", "end": "ends_at"}, "fixed"),
    "form's limit": (
        f"{OWN}/publicForms", {"ask": {"fields": ["name"], "limit": 5}}, f"{OWN}/publicForms/ask", {"limit": 6}, "loosens"),
    "form's fields": (
        f"{OWN}/publicForms", {"ask": {"fields": ["name"]}}, f"{OWN}/publicForms/ask", {"fields": ["name", "active"]}, "loosens"),
    "form's fields besides": (
        f"{OWN}/publicForms", {"ask": {"fields": ["name"]}}, f"{OWN}/publicForms/ask", {"fields+": ["active"]}, "loosens"),
    "form's fewer fields": (
        f"{OWN}/publicForms", {"ask": {"fields": ["name", "active"]}}, f"{OWN}/publicForms/ask", {"fields": ["name"]}, "removes"),
    "definition": ("person/$defs", {"short": {"type": "string"}}, "person/$defs/short", {"type": "integer"}, "fixed"),
    "field from a definition": (
        "person/$defs", {"short": {"type": "string", "maxLength": 9}}, f"{FIELDS}/name/maxLength", 10, "loosens"),
}


@pytest.mark.parametrize("name", BELOW)
def test_what_the_base_says_cannot_be_loosened(name: str) -> None:
    below, said, place, value, code = BELOW[name]
    site = Extending(person={"x-extends": "person"}, visit={"x-extends": "visit"}).below(below, said)
    if name == "field from a definition":
        site.below(f"{FIELDS}/name", {"$ref": "#/$defs/short"})
    site.catalog()
    found = site.at(place, value).problems()
    assert [(one.code, one.place and one.place.file) for one in found] == [(code, f"schemas/{place.split('/')[0]}.json")]
    assert found[0].path.startswith("/" + place.partition("/")[2])


def test_all_that_is_wrong_is_told_at_once() -> None:
    site = Extending().at(f"{FIELDS}/name", {"maxLength": 99, "type": "integer"}).at("person/required", [])
    site.at(f"{FIELDS}/x_badge/maxLenght", 3)
    assert sorted(one.code for one in site.problems()) == ["fixed", "loosens", "removes", "unknown_key"]


def test_options_are_retired_and_arranged() -> None:
    site = Extending().at(f"{FIELDS}/grade", {"oneOf": [{"const": "junior", "deprecated": True}]})
    assert [(one["const"], one.get("deprecated")) for one in site.type().by_name["grade"].fragment["oneOf"]] == [
        ("junior", True), ("senior", None)]
    turned = Extending().at(f"{FIELDS}/grade", {"oneOf": [{"const": "senior", "title": "Old"}, {"const": "junior"}]})
    assert [one["title"] for one in turned.type().by_name["grade"].fragment["oneOf"]] == ["Old", "Junior"]


def test_a_right_is_taken_and_formulas_of_both_hold() -> None:
    grants = Extending().at(f"{OWN}/permissions/clerk", {"read": "record.active"}).type().permissions["clerk"]
    assert isinstance(grants["read"], Formula) and grants["read"].source == "record.active"
    assert "delete" not in Extending().at(f"{OWN}/permissions/manager/delete", False).type().permissions["manager"]
    site = Extending(visit={"x-extends": "visit"}).at("visit/x-record/permissions/clerk/read", "record.number < 9 || true")
    both = site.type("visit").permissions["clerk"]["read"]
    assert isinstance(both, Formula) and both.source == "(record.number > 3) && (record.number < 9 || true)"


def test_no_bracket_of_an_overlay_opens_what_the_base_holds_together() -> None:
    site = Extending(visit={"x-extends": "visit"})
    site.at("visit/x-record/permissions/clerk/read", "record.number < 9) || (true")
    (found,) = site.problems()
    assert (found.code, site.written_at(found)[:7]) == ("formula_syntax", ') || (t')


def test_conditions_of_both_hold() -> None:
    site = Extending(visit={"x-extends": "visit"})
    site.below("visit/properties/number/x-field", {"requiredIf": "isSet(record.ends_at)"})
    site.below("visit/properties/person/x-field/filter", "item.active")
    site.at("visit/properties/number/x-field/requiredIf", "isSet(record.place)")
    site.at("visit/properties/person/x-field/filter", "item.grade == 'senior'")
    fields = site.type("visit").by_name
    assert fields["number"].required_if and fields["number"].required_if.source == "(isSet(record.ends_at)) || (isSet(record.place))"
    assert fields["person"].reference and fields["person"].reference.filter
    assert fields["person"].reference.filter.source == "(item.active) && (item.grade == 'senior')"


def test_keys_with_a_plus_append_and_others_replace() -> None:
    site = Extending().below(f"{OWN}/form", [{"sections": [{"fields": ["name"]}]}]).below(f"{OWN}/list", ["name"])
    site.at(f"{OWN}/form+", [{"tab": "More", "sections": [{"fields": ["x_badge"]}]}])
    site.at(f"{OWN}/list+", ["x_badge", "name"]).at("person/required+", ["x_badge", "name"])
    found = site.type()
    assert [tab.sections[0].fields for tab in found.form] == [("name",), ("x_badge",)]
    assert found.list == ("name", "x_badge")
    assert [one.name for one in found.fields if one.required] == ["name", "x_badge"]
    assert site.at(f"{OWN}/list", ["grade"]).type().list == ("grade", "x_badge", "name")


def test_texts_in_other_languages_are_merged() -> None:
    site = Extending().below(f"{FIELDS}/name/x-i18n", {"zh": {"title": "姓名", "description": "全名"}})
    site.at(f"{FIELDS}/name", {"x-i18n": {"zh": {"title": "客人"}}})
    assert site.type().by_name["name"].labels["zh"] == {"title": "客人", "description": "全名"}


POINTED: dict[str, tuple[str, Any, str, str]] = {
    # name: (place in the overlay, value there, code, what stands where the problem points)
    "formula of an added field": (f"{FIELDS}/x_double", {"type": "integer", "x-field": {"compute": "record.nmae"}}, "formula_unknown_field", "nmae"),
    "field of an appended page": (f"{OWN}/form+", [{"sections": [{"fields": ["x_bagde"]}]}], "unknown_field", '"x_bagde"'),
    "formula of an appended page": (
        f"{OWN}/form+", [{"sections": [{"fields": ["x_badge"], "showIf": "record.nmae"}]}], "formula_unknown_field", "nmae"),
    "appended column": (f"{OWN}/list+", ["x_bagde"], "unknown_field", '"x_bagde"'),
    "appended rule": (
        f"{OWN}/validations+", [{"rule": "record.pay > 3 && record.nmae", "message": "No"}], "formula_unknown_field", "nmae"),
    "required at last": ("person/required+", ["x_bagde"], "unknown_field", '"x_bagde"'),
    "right": (f"{OWN}/permissions/clerk/read", "record.nmae", "formula_unknown_field", "nmae"),
    "key of an added field": (f"{FIELDS}/x_more", {"type": "string", "maxLenght": 3}, "unknown_key", '"maxLenght"'),
    "key of the overlay": ("person/tilte", "Person", "unknown_key", '"tilte"'),
    "key of x-record": (f"{OWN}/lits", ["name"], "unknown_key", '"lits"'),
    "default": (f"{FIELDS}/grade/default", "boss", "default", '"boss"'),
    "definition": (f"{FIELDS}/x_more", {"$ref": "#/$defs/x_none"}, "reference", '"#/$defs/x_none"'),
    "link": (f"{FIELDS}/x_more", {"type": "integer", "x-field": {"references": "itme"}}, "unknown_type", '"itme"'),
}


@pytest.mark.parametrize("name", POINTED)
def test_a_mistake_of_the_overlay_points_into_it(name: str) -> None:
    place, value, code, written = POINTED[name]
    site = Extending().below(f"{OWN}/form", [{"sections": [{"fields": ["name"]}]}]).below(f"{OWN}/list", ["name"]).at(place, value)
    site.below(f"{OWN}/validations", [{"rule": "record.active", "message": "No"}])
    (found,) = site.problems()
    assert (found.code, found.place and found.place.file) == (code, PERSON)
    assert site.written_at(found).startswith(written)


def test_a_mistake_of_the_base_points_into_it() -> None:
    site = Extending().below(f"{OWN}/validations", [{"rule": "record.nmae", "message": "No"}])
    (found,) = site.problems()
    assert (found.place and found.place.file) == BASE_PERSON
    assert site.written_at(found).startswith("nmae")
    (found,) = Extending().below(f"{FIELDS}/name/maxLenght", 3).problems()
    assert (found.code, found.place and found.place.file) == ("unknown_key", BASE_PERSON)


def test_formulas_put_together_point_to_their_own_halves() -> None:
    site = Extending(visit={"x-extends": "visit"}).at("visit/x-record/permissions/clerk/read", "record.total > 0 && record.x_none")
    (found,) = site.problems()
    assert (found.place and found.place.file, site.written_at(found)[:6]) == ("schemas/visit.json", "x_none")
    site.at("visit/x-record/permissions/clerk/read", "record.total > 0").below("visit/x-record/permissions/clerk/read", "record.nmuber > 3")
    (found,) = site.problems()
    assert (found.place and found.place.file, site.written_at(found)[:6]) == ("@chain/schemas/visit.json", "nmuber")
