"""x-field.encrypt: every use that cannot work, or would write the value down openly, is refused at its place; the rest is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from encrypted_site import FOUND, PERSON, SECRET, VISIT, documents, schema, text

from kartotek.declaration import overlay_rules
from kartotek.declaration.load import load

THINGS = {"type": "array", "items": {"type": "object", "properties": {"a": text()}}}


def problems(**types: Any) -> list[tuple[str, str]]:
    """(path or place, code) of what is wrong."""
    found = load(documents(**types))
    return [(one.code, one.message) for one in found.problems if one.severity != "note"]


def with_field(name: str, field: dict[str, Any], **own: Any) -> dict[str, Any]:
    """The person with one more field and more keys of x-record."""
    return {**PERSON, "properties": {**PERSON["properties"], name: field}, "x-record": {**PERSON["x-record"], **own}}


def test_what_works_in_memory_is_allowed() -> None:
    assert problems() == []
    one = with_field("shown", {"type": "string", "x-field": {"compute": "record.note + '!'"}}, titleTemplate="{name} {note}", list=["name", "note"])
    one["x-record"]["validations"] = [{"rule": "record.note != 'x'", "message": "No."}]
    assert problems(person=one) == []
    assert problems(person=with_field("copy", {"type": "string", "x-field": {"compute": "record.note", "stored": True, **SECRET}})) == []


USES = {
    "searched": with_field("x", text(), search=["note"]),
    "sorted": with_field("x", text(), sort=["-born"]),
    "indexed": with_field("x", text(), indexes=[["name", "born"]]),
    "told apart by": with_field("x", text(), unique=[["name", "note"]]),
    "unique without an index": with_field("x", text(unique=True, **SECRET)),
    "with an index of the database": with_field("x", text(index=True, **SECRET)),
    "so few values": with_field("x", {"type": "boolean", "x-field": dict(FOUND)}),
    "so few options": with_field("x", {"type": "string", "enum": ["a", "b"], "x-field": dict(FOUND)}),
    "so few days": with_field("x", {"type": "string", "format": "date", "x-field": dict(FOUND)}),
    "a link": with_field("x", {"type": "integer", "x-field": {"references": "thing", **SECRET}}),
    "a table": with_field("x", {**THINGS, "x-field": dict(SECRET)}),
    "a column of a table": with_field("x", {"type": "array", "items": {"type": "object", "properties": {"a": text(**SECRET)}}}),
    "computed when read": with_field("x", {"type": "string", "x-field": {"compute": "record.name", **SECRET}}),
    "a number of its own": with_field("x", {"type": "string", "x-field": {"autoNumber": "X-{000}", **SECRET}}),
    "kept openly when computed": with_field("x", {"type": "string", "x-field": {"compute": "record.note", "stored": True}}),
    "kept openly by way of another": with_field(
        "x", {"type": "string", "x-field": {"compute": "record.live", "stored": True}}, list=["name"],
    ),
    "copied into the open": None,
    "a default in the open": with_field("x", {"type": "string", "x-field": {"defaultExpr": "record.note"}}),
    "rows by it": with_field("x", text(), permissions={"clerk": {"read": "record.note == 'x'"}}),
    "unique by a condition on it": with_field("x", text(), unique=[{"fields": ["name"], "where": "record.note == 'x'"}]),
    "kept so long after it": with_field("x", text(), retention={"after": "P1Y", "from": "born"}),
    "counted by it": None,
    "summed up": None,
    "a choice by it": None,
}


@pytest.mark.parametrize("use", USES)
def test_what_cannot_work_is_refused(use: str) -> None:
    types: dict[str, Any] = {"person": USES[use]} if USES[use] is not None else {}
    if use == "kept openly by way of another":
        types["person"]["properties"]["live"] = {"type": "string", "x-field": {"compute": "record.note"}}
    elif use == "copied into the open":
        types["visit"] = {**VISIT, "properties": {**VISIT["properties"], "copy": text(fetchFrom="person.note")}}
    elif use == "counted by it":
        types["person"] = with_field("x", {"type": "integer", "x-field": {"rollup": {"from": "visits", "fn": "count", "where": "item.said == 'x'"}}})
    elif use == "summed up":
        types["person"] = with_field("x", {"type": "string", "x-field": {"rollup": {"from": "visits", "fn": "max", "field": "said"}}})
    elif use == "a choice by it":
        person = {"type": "integer", "x-field": {"references": "person", "inverse": "visits", "filter": "item.note == 'x'"}}
        types["visit"] = {**VISIT, "properties": {**VISIT["properties"], "person": person}}
    found = [code for code, _ in problems(**types) if code in ("encrypted", "not_supported", "no_effect", "rollup")]
    assert found, problems(**types)


def test_a_problem_stands_where_it_is_declared() -> None:
    found = load(documents(person=with_field("x", text(), sort=["note"])))
    [one] = [each for each in found.problems if each.code == "encrypted"]
    assert one.place is not None and one.place.file == "schemas/person.json" and one.place.column > 1
    assert "note" in one.message


def test_what_shows_something_may_say_so() -> None:
    one = with_field("x", {"type": "boolean", "x-field": {"compute": "record.note == 'x'", "stored": True, "declassify": True}})
    assert problems(person=one) == []


def test_other_words_are_refused() -> None:
    for wrong in ("yes", {"index": "yes"}, {}, {"index": True, "more": 1}, 1):
        assert problems(person=with_field("x", text(encrypt=wrong)))


def test_encryption_says_that_it_is_sensitive() -> None:
    loaded = load(documents(thing=schema({"a": text(**SECRET), "b": text(encrypt=False), "c": text(**FOUND)})))
    assert loaded.catalog is not None
    fields = loaded.catalog.types["thing"].by_name
    assert [(one.encrypt, one.blind, one.sensitive) for one in (fields["a"], fields["b"], fields["c"])] == [
        (True, False, True), (False, False, False), (True, True, True),
    ]
    assert json.loads(documents()["schemas/thing.json"])["title"] == "T"


@pytest.mark.parametrize(("own", "refused"), [("", True), (", declassify: true", False)])
def test_an_effect_writes_nothing_encrypted_into_the_open(own: str, refused: bool) -> None:
    flow = (
        "record: thing\ninitial: new\nstates: {new: {}, done: {}}\ntransitions:\n  end:\n    from: new\n    to: done\n"
        f'    do:\n      - {{set: {{label: "=record.code"}}{own}}}\n'
    )
    found = load(documents() | {"workflows/thing.yaml": flow})
    assert ("encrypted" in [one.code for one in found.problems]) is refused


@pytest.mark.parametrize(
    ("base", "over", "refused"),
    [(True, False, True), (True, dict(FOUND["encrypt"]), True), (dict(FOUND["encrypt"]), False, True), (False, True, False), (dict(FOUND["encrypt"]), True, False)],
)
def test_an_overlay_lets_the_database_know_no_more(base: Any, over: Any, refused: bool) -> None:
    assert (overlay_rules.FIELD["x-field"].keys["encrypt"].refuses(base, over) is not None) is refused
