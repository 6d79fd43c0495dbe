"""Every sort of change that a declaration can see, from old text to new text: the steps in their order, each with its verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from neutral_site import ALL, SITE

from kartotek.declaration.load import load
from kartotek.migration.steps import steps
from kartotek.model.catalog import Catalog

Fields = Mapping[str, Any]
Told = list[tuple[str, str, str]]  # (action, verdict, field)

TEXT: dict[str, Any] = {"type": "string"}
SHORT: dict[str, Any] = {"type": "string", "maxLength": 80}
WHOLE: dict[str, Any] = {"type": "integer"}
SMALL: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 999}
LEVELS: dict[str, Any] = {"oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}]}
MORE_LEVELS: dict[str, Any] = {"oneOf": [*LEVELS["oneOf"], {"const": "c", "title": "C"}]}
ROWS: dict[str, Any] = {"type": "array", "items": {"type": "object", "properties": {"number": TEXT}}}
LINK: dict[str, Any] = {"type": "integer", "x-field": {"references": "item"}}
LINKS: dict[str, Any] = {"type": "array", "uniqueItems": True, "items": {"type": "integer"}, "x-field": {"references": "item"}}


def money(scale: int, precision: int = 12, **own: Any) -> dict[str, Any]:
    return {"type": "string", "format": "decimal", "x-field": {"precision": precision, "scale": scale, **own}}


def was(*names: str, **fragment: Any) -> dict[str, Any]:
    """A field with former names."""
    return {**fragment, "x-field": {**fragment.get("x-field", {}), "aliases": list(names)}}


def thing(fields: Fields, required: tuple[str, ...] = (), **record: Any) -> dict[str, Any]:
    return {
        "title": "Thing", "type": "object", "required": list(required), "properties": dict(fields),
        "x-record": {"permissions": {"clerk": ALL}, **record},
    }


def documents(**types: Any) -> dict[str, str]:
    """A site with these types and two to point to."""
    declared = {"item": thing({"name": TEXT}), "person": thing({"name": TEXT})} | types
    return {"site.yaml": SITE} | {f"schemas/{name}.json": json.dumps(one) for name, one in declared.items()}


def catalog(fields: Fields) -> Catalog:
    """The catalog of a type with these fields, or of the whole type."""
    loaded = load(documents(thing=dict(fields) if "x-record" in fields else thing(fields)))
    assert loaded.catalog is not None, [one.message for one in loaded.problems]
    return loaded.catalog


def told(old: Fields, new: Fields) -> Told:
    return [(one.action, one.verdict, one.field) for one in steps(catalog(old), catalog(new))]


TABLE: dict[str, tuple[Fields, Fields, Told]] = {
    # add, widen
    "an optional field": ({"a": TEXT}, {"a": TEXT, "b": TEXT}, [("add_field", "safe", "b")]),
    "a field with a default": ({"a": TEXT}, {"a": TEXT, "b": {**TEXT, "default": "x"}}, [("add_field", "safe", "b")]),
    "an option": ({"a": LEVELS}, {"a": MORE_LEVELS}, [("widen", "safe", "a")]),
    "a longer text": ({"a": SHORT}, {"a": {**TEXT, "maxLength": 200}}, [("widen", "safe", "a")]),
    "a wider range": ({"a": {**WHOLE, "maximum": 9}}, {"a": {**WHOLE, "maximum": 99}}, [("widen", "safe", "a")]),
    "another order": ({"a": TEXT, "b": TEXT}, {"b": TEXT, "a": TEXT}, [("metadata", "safe", "")]),
    "another order in a table": (
        {"a": {**ROWS, "items": {"type": "object", "properties": {"x": TEXT, "y": TEXT}}}},
        {"a": {**ROWS, "items": {"type": "object", "properties": {"y": TEXT, "x": TEXT}}}}, [("metadata", "safe", "")]),
    # require
    "required": (thing({"a": TEXT}), thing({"a": TEXT}, ("a",)), [("require", "ratcheted", "a")]),
    "a required field": (thing({"a": TEXT}), thing({"a": TEXT, "b": TEXT}, ("b",)), [("add_field", "safe", "b"), ("require", "ratcheted", "b")]),
    "a required field with a default": (
        thing({"a": TEXT}), thing({"a": TEXT, "b": {**TEXT, "default": "x"}}, ("b",)), [("add_field", "safe", "b")]),
    "required in a table": (
        {"a": ROWS}, {"a": {**ROWS, "items": {**ROWS["items"], "required": ["number"]}}}, [("require", "ratcheted", "a.number")]),
    # tighten
    "a pattern": ({"a": TEXT}, {"a": {**TEXT, "pattern": "^x"}}, [("narrow", "ratcheted", "a")] * 2),  # the text may not be endless either
    "a shorter text": ({"a": TEXT}, {"a": SHORT}, [("narrow", "ratcheted", "a")]),
    "a narrower range at both ends": (
        {"a": WHOLE}, {"a": {**WHOLE, "minimum": 1, "maximum": 9}}, [("narrow", "ratcheted", "a"), ("narrow", "ratcheted", "a")]),
    "a range that moves": (
        {"a": {**WHOLE, "minimum": 1, "maximum": 9}}, {"a": {**WHOLE, "minimum": 5, "maximum": 20}},
        [("widen", "safe", "a"), ("narrow", "ratcheted", "a")]),
    "unique": ({"a": SHORT}, {"a": {**SHORT, "x-field": {"unique": True}}}, [("unique", "ratcheted", "a")]),
    "unique together": (thing({"a": SHORT, "b": WHOLE}), thing({"a": SHORT, "b": WHOLE}, unique=[["a", "b"]]), [("unique", "ratcheted", "")]),
    # options
    "an option gone": ({"a": MORE_LEVELS}, {"a": LEVELS}, [("options", "refused", "a")]),
    "an option gone and another new": (
        {"a": LEVELS}, {"a": {"oneOf": [LEVELS["oneOf"][0], MORE_LEVELS["oneOf"][2]]}}, [("options", "refused", "a"), ("widen", "safe", "a")]),
    "an option retired": (
        {"a": LEVELS}, {"a": {"oneOf": [LEVELS["oneOf"][0], {**LEVELS["oneOf"][1], "deprecated": True}]}}, [("metadata", "safe", "a")]),
    # rename
    "renamed": ({"a": TEXT}, {"b": was("a", **TEXT)}, [("rename_field", "safe", "b")]),
    "renamed without a word": ({"a": TEXT}, {"b": TEXT}, [("add_field", "safe", "b"), ("remove_field", "confirm", "a")]),
    "renamed and tightened": ({"a": TEXT}, {"b": was("a", **SHORT)}, [("rename_field", "safe", "b"), ("narrow", "ratcheted", "b")]),
    "renamed in a table": (
        {"a": ROWS}, {"a": {**ROWS, "items": {"type": "object", "properties": {"phone": was("number", **TEXT)}}}}, [("rename_field", "safe", "a.phone")]),
    "an alias taken out": ({"b": was("a", **TEXT)}, {"b": TEXT}, [("metadata", "safe", "b")]),
    # retype without loss
    "whole number to decimal": ({"a": SMALL}, {"a": money(2, 18)}, [("retype", "safe", "a")]),
    "any whole number to decimal": ({"a": WHOLE}, {"a": money(2, 18)}, [("retype", "confirm", "a")]),  # which has fewer digits
    "one to many": ({"a": LINK}, {"a": LINKS}, [("retype", "safe", "a")]),
    "day to moment": ({"a": {**TEXT, "format": "date"}}, {"a": {**TEXT, "format": "date-time"}}, [("retype", "safe", "a")]),
    "text to rows": ({"a": TEXT}, {"a": ROWS}, [("retype", "safe", "a")]),
    "text to a long text": ({"a": TEXT}, {"a": {**TEXT, "x-field": {"widget": "textarea"}}}, [("metadata", "safe", "a")]),
    # retype with loss
    "text to whole number": ({"a": TEXT}, {"a": WHOLE}, [("retype", "confirm", "a")]),
    "fewer places": ({"a": money(4)}, {"a": money(2)}, [("retype", "confirm", "a")]),
    "many to one": ({"a": LINKS}, {"a": LINK}, [("retype", "confirm", "a")]),
    "text to options": ({"a": TEXT}, {"a": LEVELS}, [("retype", "confirm", "a")]),
    "another currency": ({"a": money(2, currency="CNY")}, {"a": money(2, currency="EUR")}, [("retype", "confirm", "a")]),
    "no way at all": ({"a": LINK}, {"a": {"type": "boolean"}}, [("add_field", "safe", "a"), ("remove_field", "confirm", "a")]),
    # references, keys
    "another target": ({"a": LINK}, {"a": {**LINK, "x-field": {"references": "person"}}}, [("add_field", "safe", "a"), ("remove_field", "confirm", "a")]),
    "another effect of deleting": ({"a": LINK}, {"a": {**LINK, "x-field": {**LINK["x-field"], "onDelete": "setNull"}}}, [("reference", "confirm", "a")]),
    "another key of a table": ({"a": ROWS}, {"a": {**ROWS, "x-field": {"rowKey": ["number"]}}}, [("metadata", "confirm", "a")]),
    # remove
    "a field gone": ({"a": TEXT, "b": TEXT}, {"a": TEXT}, [("remove_field", "confirm", "b")]),
    "a column gone": (
        {"a": {**ROWS, "items": {"type": "object", "properties": {"number": TEXT, "more": TEXT}}}}, {"a": ROWS}, [("remove_field", "confirm", "a.more")]),
    # computed
    "computed otherwise": (
        {"a": WHOLE, "b": {**WHOLE, "x-field": {"compute": "record.a * 2", "stored": True}}},
        {"a": WHOLE, "b": {**WHOLE, "x-field": {"compute": "record.a * 3", "stored": True}}}, [("recompute", "safe", "b")]),
    "computed, and kept now": (
        {"a": WHOLE, "b": {**WHOLE, "x-field": {"compute": "record.a * 2"}}},
        {"a": WHOLE, "b": {**WHOLE, "x-field": {"compute": "record.a * 2", "stored": True}}}, [("recompute", "safe", "b")]),
    "computed now": (
        {"a": WHOLE, "b": WHOLE}, {"a": WHOLE, "b": {**WHOLE, "x-field": {"compute": "record.a * 2", "stored": True}}},
        [("remove_field", "confirm", "b"), ("add_field", "safe", "b")]),
    "computed no more, and kept": (
        {"a": WHOLE, "b": {**WHOLE, "x-field": {"compute": "record.a * 2", "stored": True}}}, {"a": WHOLE, "b": WHOLE},
        [("metadata", "safe", "b"), ("rights", "confirm", "b")]),
    "computed no more, and never kept": (
        {"a": WHOLE, "b": {**WHOLE, "x-field": {"compute": "record.a * 2"}}}, {"a": WHOLE, "b": WHOLE},
        [("add_field", "safe", "b"), ("remove_field", "confirm", "b")]),
    "converted below what is computed": (
        {"a": SMALL, "b": {**money(2), "x-field": {"compute": "decimal(record.a)", "stored": True, "scale": 2}}},
        {"a": money(2, 18), "b": {**money(2), "x-field": {"compute": "record.a", "stored": True, "scale": 2}}},
        [("retype", "safe", "a"), ("recompute", "safe", "b")]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_each_change_comes_to_its_steps_and_verdicts(name: str) -> None:
    old, new, wanted = TABLE[name]
    assert told(old, new) == wanted


@pytest.mark.parametrize("name", TABLE)
def test_nothing_changes_without_a_step(name: str) -> None:
    old, new, _ = TABLE[name]
    assert told(new, old) != [] and told(old, old) == [] == told(new, new)


def test_rename_retype_tighten_and_a_new_type_are_steps_of_their_own() -> None:
    old = load(documents(thing=thing({"a": TEXT, "b": TEXT}))).catalog
    extra = {"title": "Extra", "type": "object", "properties": {"x": TEXT}, "x-record": {}}
    new = load(documents(thing=thing({"n": was("a", **WHOLE, maximum=5), "b": TEXT}, ("n",)), extra=extra)).catalog
    assert old is not None and new is not None
    found = steps(old, new)
    assert [(one.type, one.action, one.verdict, one.field, ".".join(one.former)) for one in found] == [
        ("extra", "create_type", "safe", "", ""),
        ("thing", "rename_field", "safe", "n", "a"),
        ("thing", "retype", "confirm", "n", "a"),
        ("thing", "narrow", "ratcheted", "n", "a"),
        ("thing", "require", "ratcheted", "n", "a"),
    ]
    assert [one.words for one in found[1:3]] == [
        "thing: a is called n now.", "thing: n changes from text to integer; values that cannot go over exactly are left out."]
    assert json.loads(json.dumps([dict(one.params) for one in found]))[1]["former"] == "a"
