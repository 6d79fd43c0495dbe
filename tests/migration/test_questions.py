"""Is it the old one? Asked of what goes and what comes at once and looks alike, and of nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from edited_types import TEXT, Types, called, catalog_of, field
from neutral_site import TYPES

from kartotek.migration.lineage import lineage
from kartotek.migration.questions import questions
from kartotek.migration.steps import steps


def asked(types: Types, before: Types = TYPES) -> set[tuple[str, str, str]]:
    old, new = catalog_of(before), catalog_of(types)
    return {(one.type, ".".join(one.old), ".".join(one.new)) for one in questions(old, new, lineage(old, new))}


def swapped(types: Types, record_type: str, name: str, **fragments: Any) -> Types:
    """The types with other fields where one was."""
    found = copy.deepcopy(types)
    fields = found[record_type]["properties"]
    found[record_type]["properties"] = {
        key: one for old, each in fields.items() for key, one in (fragments.items() if old == name else [(old, each)])
    }
    return found


NOTE = {"type": ["string", "null"], "title": "Note"}
MOBILE = field(TYPES, "person", "mobile")
CASES: dict[str, tuple[Callable[[], Types], set[tuple[str, str, str]]]] = {
    "nothing": (lambda: TYPES, set()),
    "another name in the same place": (lambda: swapped(TYPES, "person", "note", remark=NOTE), {("person", "note", "remark")}),
    "another name and a longer limit": (
        lambda: swapped(TYPES, "person", "note", remark={**TEXT, "maxLength": 9}), {("person", "note", "remark")}),
    "another kind that takes every value": (
        lambda: swapped(TYPES, "person", "note", notes={"type": "array", "items": {"type": "object", "properties": {"text": TEXT}}}),
        {("person", "note", "notes")}),
    "another kind": (lambda: swapped(TYPES, "person", "note", noted={"type": "boolean"}), set()),
    "the likelier of two": (lambda: swapped(TYPES, "person", "note", extra=TEXT, notes=TEXT), {("person", "note", "notes")}),
    "only gone": (lambda: swapped(TYPES, "person", "note"), set()),
    "only new": (lambda: swapped(TYPES, "person", "note", note=NOTE, remark=TEXT), set()),
    "already said": (lambda: called(TYPES, "person", "note", "remark"), set()),
    "the same name for another thing": (
        lambda: swapped(TYPES, "order", "seen_by", seen_by={**field(TYPES, "order", "seen_by"), "x-field": {"references": "item"}}), set()),
}


@pytest.mark.parametrize("name", CASES)
def test_what_looks_like_a_rename_is_asked(name: str) -> None:
    types, wanted = CASES[name]
    assert asked(types()) == wanted


def test_far_away_and_unlike_is_not_asked() -> None:
    types = swapped(TYPES, "person", "note")
    types["person"]["properties"]["xyz"] = TEXT
    assert asked(types) == set()


def test_fields_of_rows_and_members_of_objects_are_asked_too() -> None:
    types = copy.deepcopy(TYPES)
    members = field(types, "person", "address")["properties"]
    members["town"] = members.pop("city")
    assert asked(types) == {("person", "address.city", "address.town")}


def test_a_type_with_the_same_fields_is_asked_and_its_fields_are_not() -> None:
    types = json.loads(json.dumps(TYPES).replace('"references": "person"', '"references": "client"'))
    types["client"] = types.pop("person")
    assert asked(types) == {("client", "person", "")}


def test_a_type_of_other_fields_is_not_asked() -> None:
    types = copy.deepcopy(TYPES)
    del types["entry"], types["account"]["properties"]["remaining"], types["account"]["x-record"]["validations"]
    types["thing"] = {"title": "T", "type": "object", "properties": {"a": TEXT}, "x-record": {}}
    assert asked(types) == set()


def test_the_answer_makes_it_a_rename() -> None:
    types = swapped(TYPES, "person", "note", remark=copy.deepcopy(NOTE))
    old, new = catalog_of(TYPES), catalog_of(types)
    (question,) = questions(old, new, lineage(old, new))
    assert question.words == (
        'person: is remark the old note? Then "aliases": ["note"] under its x-field keeps its values; without, they go.')
    types[question.type]["properties"][question.new[-1]]["x-field"] = {"aliases": [question.params["alias"]]}
    found = steps(old, catalog_of(types))
    assert [(one.action, one.verdict) for one in found] == [("rename_field", "safe")]
