"""Wrong keys, fields and links are told with their place, a code, a sentence and a suggestion."""

from __future__ import annotations

from typing import Any

import pytest
from tests.declaration.conftest import TYPES, Declared, assert_refused, computed

FIELD = "person/properties"
LINE = "visit/properties/lines/items/properties"
TEXT = {"type": "string"}

REFUSED: dict[str, tuple[str, Any, str, str]] = {
    # name: (place, value, code, part of the sentence)
    # shape
    "unknown key of a field": (f"{FIELD}/name/maxLenght", 3, "unknown_key", "Did you mean 'maxLength'?"),
    "unknown key of x-field": (f"{FIELD}/name/x-field", {"indx": True}, "unknown_key", "Did you mean 'index'?"),
    "key a level too high": (f"{FIELD}/name/unique", True, "unknown_key", 'under "x-field"'),
    "key a level too low": (f"{FIELD}/name/x-field", {"maxLength": 3}, "unknown_key", "one level up"),
    "key of x-record at the top": ("person/permissions", {}, "unknown_key", 'under "x-record"'),
    "unknown key of x-record": ("person/x-record/titelTemplate", "x", "unknown_key", "Did you mean 'titleTemplate'?"),
    "unknown key of a permission": ("person/x-record/permissions/clerk/update", True, "unknown_key", "'update'"),
    "unknown word": (
        f"{FIELD}/name/x-field",
        {"references": "person", "onDelete": "cascde"},
        "choice",
        "Did you mean 'cascade'?",
    ),
    "unknown type": (f"{FIELD}/name/type", "sting", "type", "'string'"),
    "unknown format": (f"{FIELD}/name/format", "datetime", "choice", "Did you mean 'date-time'?"),
    "title that is a number": ("person/title", 3, "type", "a text"),
    "no title": ("room", {"type": "object", "properties": {}, "x-record": {}}, "missing_key", "'title'"),
    "properties that are a list": ("person/properties", [], "type", "a mapping"),
    "formula that is too long": (f"{FIELD}/name/x-field", {"showIf": "1" * 2001}, "bound", "2000"),
    "language that is none": ("person/x-i18n", {"Chinese": {"title": "x"}}, "name", "language tag"),
    # not built yet
    "storage": (f"{FIELD}/name/x-field", {"storage": "json"}, "not_supported", "'storage'"),
    "views": ("person/x-record/views", {}, "not_supported", "'views'"),
    "zone": ("person/x-record/zone", "record.x", "not_supported", "'zone'"),
    "overlay of nothing": ("person/x-extends", "person", "extends", "names no base"),
    "allOf": (f"{FIELD}/name/allOf", [], "not_supported", "'allOf'"),
    "dependentRequired": ("person/dependentRequired", {}, "not_supported", "'dependentRequired'"),
    # fields
    "no type": (f"{FIELD}/x", {"title": "X"}, "kind", "needs a type"),
    "two types": (f"{FIELD}/x", {"type": ["string", "integer"]}, "kind", ""),
    "bound that its kind does not keep": (
        f"{FIELD}/active/maxLength",
        3,
        "no_effect",
        "no meaning for a field of the kind boolean",
    ),
    "scale of a text": (f"{FIELD}/name/x-field", {"scale": 2}, "no_effect", "'scale'"),
    "onDelete of no link": (f"{FIELD}/name/x-field", {"onDelete": "cascade"}, "no_effect", "'onDelete'"),
    "scale over the precision": (f"{FIELD}/pay/x-field", {"precision": 2, "scale": 3}, "setting", "scale"),
    "slow pattern": (f"{FIELD}/name/pattern", "^(a+)+$", "setting", ""),
    "broken pattern": (f"{FIELD}/name/pattern", "(", "setting", ""),
    "limits crossed": (f"{FIELD}/x", {"type": "string", "minLength": 5, "maxLength": 3}, "setting", "larger"),
    "same option twice": (f"{FIELD}/x", {"oneOf": [{"const": "a"}, {"const": "a"}]}, "duplicate_option", "'a'"),
    "title of an unknown option": (
        f"{FIELD}/grade/x-i18n",
        {"zh": {"enum": {"juniour": "x"}}},
        "unknown_option",
        "Did you mean 'junior'?",
    ),
    "default that would be refused": (f"{FIELD}/name/default", 3, "default", "would be refused"),
    "default that is no option": (f"{FIELD}/grade/default", "boss", "default", "would be refused"),
    "default of null": (f"{FIELD}/name/default", None, "default", "null"),
    "default of a computed field": (f"{FIELD}/x", {**computed("1"), "default": 1}, "default", "never be used"),
    "required field that is computed": ("person/required", ["name", "visits_made"], "required", "computed"),
    "unknown required field": ("person/required", ["nmae"], "unknown_field", "Did you mean 'name'?"),
    "unknown role of a field": (
        f"{FIELD}/name/x-field",
        {"read": ["manger"]},
        "unknown_role",
        "Did you mean 'manager'?",
    ),
    "compute and rollup": (
        f"{FIELD}/x",
        {"type": "integer", "x-field": {"compute": "1", "rollup": {"from": "visits", "fn": "count"}}},
        "conflict",
        "'rollup'",
    ),
    "write right on a computed field": (f"{FIELD}/x", computed("1", write=["manager"]), "no_effect", "'write'"),
    "declassify of a plain field": (f"{FIELD}/name/x-field", {"declassify": True}, "no_effect", "declassified"),
    "stored plain field": (f"{FIELD}/name/x-field", {"stored": True}, "no_effect", "'stored'"),
    "unstored rollup": (
        f"{FIELD}/visits_made/x-field",
        {"stored": False, "rollup": {"from": "visits", "fn": "count"}},
        "no_effect",
        "always stored",
    ),
    "unique live field": (f"{FIELD}/x", computed("1", unique=True), "no_effect", "not stored"),
    "unique small object": ("visit/properties/place/x-field", {"unique": True}, "no_effect", "no single value"),
    "unique column of a table": (f"{LINE}/qty/x-field", {"unique": True}, "not_supported", "'unique' inside a table"),
    "table inside a table": (
        f"{LINE}/x",
        {"type": "array", "items": {"type": "object", "properties": {"a": TEXT}}},
        "not_supported",
        "table inside",
    ),
    "account that is not unique": (
        f"{FIELD}/x",
        {"type": "integer", "x-field": {"references": "user", "account": True}},
        "account",
        "unique",
    ),
    "account that is no user": (
        f"{FIELD}/x",
        {"type": "integer", "x-field": {"references": "item", "account": True, "unique": True}},
        "no_effect",
        "'account'",
    ),
    "two accounts": (
        f"{FIELD}",
        {
            "a": {"type": "integer", "x-field": {"references": "user", "account": True, "unique": True}},
            "b": {"type": "integer", "x-field": {"references": "user", "account": True, "unique": True}},
            **TYPES["person"]["properties"],
        },
        "account",
        "'a' already",
    ),
    "required field that nobody can fill": (f"{FIELD}/name/readOnly", True, "unsettable", "no record can be made"),
    "widget of another kind": (f"{FIELD}/active/x-field", {"widget": "rating"}, "no_effect", "cannot show"),
    "widget that is not built": (f"{FIELD}/name/x-field", {"widget": "signature"}, "choice", '"signature"'),
    "row key that is no column": (
        "visit/properties/lines/x-field",
        {"rowKey": ["itm"]},
        "unknown_field",
        "Did you mean 'item'?",
    ),
    "member in the column of a field": ("visit/properties/place_city", TEXT, "column", "share one column"),
    # $ref
    "definition that is not there": (f"{FIELD}/x", {"$ref": "#/$defs/addres"}, "reference", "'addres'"),
    "definition elsewhere": (f"{FIELD}/x", {"$ref": "other.json#/x"}, "form", "points into this file"),
    # links
    "link to nothing": (
        f"{FIELD}/x",
        {"type": "integer", "x-field": {"references": "visitt"}},
        "unknown_type",
        "Did you mean 'visit'?",
    ),
    "inverse with the name of a field": (
        "visit/properties/other",
        {"type": "integer", "x-field": {"references": "person", "inverse": "grade"}},
        "inverse",
        "a field 'grade' already",
    ),
    "two inverses of one name": (
        "visit/properties/other",
        {"type": "integer", "x-field": {"references": "person", "inverse": "visits"}},
        "inverse",
        "already",
    ),
    "required link set to null": ("visit/properties/person/x-field/onDelete", "setNull", "on_delete", "required"),
    "copy through no link": (f"{LINE}/price/x-field/fetchFrom", "itme.price", "fetch_from", "Did you mean 'item'?"),
    "copy of an unknown field": (
        f"{LINE}/price/x-field/fetchFrom",
        "item.prise",
        "unknown_field",
        "Did you mean 'price'?",
    ),
    "copy of another kind": (f"{LINE}/price/x-field/fetchFrom", "item.name", "fetch_from", "cannot be copied"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_declaration_is_refused_with_place_and_sentence(name: str, declared: Declared) -> None:
    assert_refused(declared, REFUSED[name])
