"""Schemas that other people wrote become record types, or are refused with a place while all others go on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kartotek.declaration.load import Loaded, load
from kartotek.model.catalog import RecordType
from kartotek.model.missing import MISSING

SITE = "name: Cards\ntimezone: Asia/Shanghai\n"
DRAFT_07 = "http://json-schema.org/draft-07/schema#"
OURS = {"title": "Item", "type": "object", "properties": {"name": {"type": "string"}}, "x-record": {}}
DOUBLED = {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}, {"$ref": f"#/$defs/a{n + 1}"}]} for n in range(30)}

REFUSED: dict[str, tuple[Any, str, int]] = {
    # name: (schema as text or value, code, line)
    "a list": ([], "no_object", 1),
    "a text": ('"person"', "no_object", 1),
    "a schema that takes nothing": ("false", "no_object", 1),
    "a schema of lists": ({"type": "array"}, "no_object", 1),
    "a root that only refers to a text": ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}, "no_object", 1),
    "an unknown dialect": ({"$schema": "http://example.org/schema"}, "dialect", 2),
    "a dialect that is no text": ({"$schema": 7}, "dialect", 2),
    "the http address of a newer dialect": ({"$schema": "http://json-schema.org/draft/2020-12/schema"}, "dialect", 2),
    "our own dialect without x-record": ({"$schema": "../meta/record.v1.json", "title": "T"}, "dialect", 2),
    "an unknown type": ({"properties": {"a": {"type": "txt"}}}, "schema", 4),
    "a wrong shape of properties": ({"title": "T", "properties": []}, "schema", 3),
    "a keyword that is invalid in one dialect only": ({"$schema": DRAFT_07, "required": "a"}, "schema", 3),
    "a pattern that is none": ({"properties": {"a": {"pattern": "("}}}, "schema", 4),
    "a reference to nothing": ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "reference", 4),
    "a reference to another file": ({"properties": {"a": {"$ref": "other.json"}}}, "reference", 4),
    "a reference to the network": ({"allOf": [{"$ref": "https://example.org/a.json"}]}, "reference", 4),
    "a missing anchor": ({"$defs": {"a": {"$ref": "#none"}}}, "reference", 4),
    "a schema that is itself": ({"allOf": [{"$ref": "#"}]}, "endless", 1),
    "alternatives without bound": ({"properties": {"a": {"$ref": "#/$defs/a0"}}, "$ref": "#/$defs/a0", "$defs": {**DOUBLED, "a30": {"type": "string"}}}, "endless", 1),
    "an ambiguous pattern that looks ahead": ({"properties": {"a": {"pattern": "^(?=x)(a+)+$"}}}, "pattern", 4),
    "ambiguous names": ({"patternProperties": {"^(a+)+$": True}}, "pattern", 3),
    "a key that stands twice": ('{"type": "object",\n"type": "array"}', "duplicate_key", 2),
    "a file that is cut off": ('{"type":\n', "syntax", 2),
    "an empty file": ("", "empty", 1),
}  # fmt: skip


def loaded(**schemas: Any) -> Loaded:
    texts = {name: one if isinstance(one, str) else json.dumps(one, indent=1) for name, one in schemas.items()}
    return load({"site.yaml": SITE, **{f"schemas/{name}.json": text for name, text in texts.items()}})


def type_of(schema: Any) -> RecordType:
    found = loaded(thing=schema)
    assert found.catalog is not None and all(one.severity == "note" for one in found.problems), found.problems
    return found.catalog.types["thing"]


@pytest.mark.parametrize("name", REFUSED)
def test_schema_that_cannot_be_a_type_is_refused_and_the_others_go_on(name: str) -> None:
    schema, code, line = REFUSED[name]
    found = loaded(bad=schema, item=OURS, good={"properties": {"a": {"type": "integer"}}})
    assert [(one.code, one.severity) for one in found.problems] == [(code, "error")], found.problems
    place = found.problems[0].place
    assert place is not None and (place.file, place.line) == ("schemas/bad.json", line)
    assert found.catalog is not None and set(found.catalog.types) == {"item", "good", "user"}
    assert "schemas/bad.json" not in found.catalog.documents


def test_type_that_others_need_keeps_them_all_out() -> None:
    link = {**OURS, "properties": {"bad": {"type": "integer", "x-field": {"references": "bad"}}}}
    found = loaded(bad={"type": "array"}, link=link)
    assert found.catalog is None
    assert [one.code for one in found.problems] == ["no_object"]


def test_name_of_a_file_must_be_one_of_a_type_and_hinders_nobody() -> None:
    found = load({"site.yaml": SITE, "schemas/My Schema.json": "{}", "schemas/good.json": "{}"})
    assert found.catalog is not None and set(found.catalog.types) == {"good", "user"}
    assert [(one.code, one.place.file) for one in found.problems if one.place] == [("file_name", "schemas/My Schema.json")]


def test_foreign_type_has_no_workflow() -> None:
    flow = "record: thing\ninitial: a\nstates: {a: {}}\ntransitions: {}\n"
    found = load({"site.yaml": SITE, "schemas/thing.json": "{}", "workflows/thing.yaml": flow})
    assert found.catalog is None
    assert "foreign schema" in found.problems[0].message


KINDS: dict[str, tuple[Any, str, bool]] = {
    # name: (schema of the property, kind, nullable)
    "text": ({"type": "string"}, "text", False),
    "text or null": ({"type": ["string", "null"]}, "text", True),
    "long text": ({"type": "string", "maxLength": 2000}, "longtext", False),
    "date": ({"type": "string", "format": "date"}, "date", False),
    "moment": ({"type": ["null", "string"], "format": "date-time"}, "instant", True),
    "address": ({"type": "string", "format": "uri"}, "url", False),
    "time with a zone": ({"type": "string", "format": "time"}, "text", False),
    "unknown format": ({"type": "string", "format": "colour"}, "text", False),
    "whole number": ({"type": "integer", "minimum": 0}, "integer", False),
    "number": ({"type": "number"}, "number", False),
    "number by two names": ({"type": ["number", "integer"]}, "number", False),
    "boolean": ({"type": "boolean"}, "boolean", False),
    "definition": ({"$ref": "#/$defs/day"}, "date", False),
    "definition of a definition": ({"$ref": "#/$defs/again"}, "date", False),
    "definition with words": ({"allOf": [{"$ref": "#/$defs/day"}], "title": "Day"}, "date", False),
    "either a text or null": ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text", True),
    "choice": ({"enum": ["a", "b"]}, "choice", False),
    "choice with null": ({"enum": ["a", None]}, "choice", True),
    "choice of several types": ({"enum": [1, "a", True, None]}, "choice", True),
    "constant": ({"const": "a"}, "choice", False),
    "choice with titles": ({"oneOf": [{"const": 1, "title": "One"}, {"const": 2}]}, "choice", False),
    "choice of lists": ({"enum": [[1], "a"]}, "json", False),
    "object": ({"type": "object"}, "json", False),
    "list": ({"type": "array"}, "json", False),
    "text or number": ({"type": ["string", "number"]}, "json", False),
    "anything": ({}, "json", True),
    "anything at all": (True, "json", True),
    "tree": ({"$ref": "#"}, "json", False),
    "nothing but null": ({"type": "null"}, "json", True),
    "alternatives of two types": ({"oneOf": [{"type": "string"}, {"$ref": "#/$defs/number"}]}, "json", False),
    "endless alternatives": ({"$ref": "#/$defs/loop"}, "json", True),
}


@pytest.mark.parametrize("name", KINDS)
def test_property_has_the_kind_that_holds_all_it_may_be(name: str) -> None:
    fragment, kind, nullable = KINDS[name]
    definitions = {
        "day": {"type": "string", "format": "date"}, "again": {"$ref": "#/$defs/day"}, "number": {"type": "number"},
        "loop": {"anyOf": [{"properties": {"a": {"$ref": "#/$defs/loop"}}}, {"type": "null"}]},
    }
    field = type_of({"type": "object", "properties": {"a": fragment}, "$defs": definitions}).by_name["a"]
    assert (field.kind, field.nullable) == (kind, nullable)
    assert field.settings.get("in_rest", False) == (kind == "json")


def test_reference_hides_what_stands_beside_it_in_older_dialects() -> None:
    schema = {"properties": {"a": {"$ref": "#/definitions/b", "type": "integer"}}, "definitions": {"b": {"type": "string"}}}
    assert type_of({"$schema": DRAFT_07, **schema}).by_name["a"].kind == "text"
    assert type_of(schema).fields == ()  # in later ones nothing is both


def test_properties_are_found_through_references_and_conditions() -> None:
    found = type_of({
        "$schema": DRAFT_07, "$ref": "#/definitions/person", "definitions": {
            "person": {
                "title": "Person", "description": "Somebody.", "allOf": [{"$ref": "#/definitions/named"}], "required": ["age"],
                "properties": {"age": {"type": "integer"}, "gone": False},
                "if": {"properties": {"age": {"minimum": 18}}}, "then": {"properties": {"car": {"type": "string"}}},
                "dependencies": {"car": {"properties": {"plate": {"type": "string"}}}},
            },
            "named": {"required": ["name"], "properties": {"name": {"type": "string"}}},
        },
    })  # fmt: skip
    assert (found.title, found.description, found.foreign) == ("Person", "Somebody.", True)
    kinds = {one.name: (one.kind, one.required) for one in found.fields}
    assert kinds == {"age": ("integer", True), "name": ("text", True), "car": ("json", False), "plate": ("json", False)}
    assert found.title_template == ("", "name", "")
    assert found.list == ("age", "name") and found.search == ("name",)


def test_names_of_all_sorts_have_columns_of_their_own() -> None:
    long = "x" * 80
    names = ["name", "Name", "NAME", "id", "version", "rest", "", " ", "__proto__", "select", "姓名", "a.b", "a/b", "50%", long, long + "y", "名称"]
    fields = type_of({"properties": {name: {"type": "string"} for name in names}}).fields
    assert [one.name for one in fields] == names
    columns = [one.column for one in fields]
    assert len({one.lower() for one in columns}) == len(names)
    assert all(len(one) <= 63 and one.isascii() and one not in ("id", "version", "rest") for one in columns)


def test_defaults_that_do_not_fit_fill_nothing() -> None:
    found = loaded(thing={"properties": {"a": {"type": "integer", "default": "x"}, "b": {"$ref": "#/$defs/b", "default": 3}}, "$defs": {"b": {"maximum": 5}}})
    assert found.catalog is not None
    assert [one.default for one in found.catalog.types["thing"].fields] == [MISSING, 3]
    assert [one.code for one in found.problems if "default" in one.message] == ["default"]


def test_only_open_schemas_have_room_for_other_values() -> None:
    closed = {"properties": {"a": {}}, "additionalProperties": False}
    assert type_of(closed).extras is None
    assert type_of({**closed, "patternProperties": {"^x": {}}}).extras is not None
    assert type_of({}).extras is not None and type_of("true").extras is not None


def test_columns_are_given_to_the_first_two_hundred() -> None:
    fields = type_of({"properties": {f"p{n}": {"type": "string"} for n in range(2_100)}}).fields
    assert [one.kind for one in fields].count("text") == 200 and len(fields) == 2_100


def test_what_nothing_concerns_stays_the_same_object() -> None:
    first, second = (loaded(thing={"title": "T"}, item={**OURS, "title": title}) for title in ("Item", "Thing"))
    assert first.catalog is not None and second.catalog is not None
    assert first.catalog.types["thing"] is second.catalog.types["thing"]
