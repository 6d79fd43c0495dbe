"""Records of schemas that other people wrote: the verdict is jsonschema's, and values come back as they were sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from neutral_site import CLERK, OWNER, SITE
from jsonschema import Draft202012Validator

from kartotek.engine.engine import Engine
from kartotek.errors import Invalid, NotFound
from kartotek.model.query import Query

DRAFT_07 = "http://json-schema.org/draft-07/schema#"
LONG = "a name of more than sixty-three characters, which PostgreSQL would cut off" * 2
EVERYTHING: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"}, "version": {"type": ["string", "null"]}, "state": {"type": "boolean"}, "created_at": {"type": "string"},
        "name": {"type": "string"}, "Name": {"type": "string"}, "NAME": {"type": ["string", "null"]}, "select": {"type": "integer"},
        "first name": {"type": "string"}, "a.b": {"type": "string"}, "a/b~c": {"type": "string"}, "姓名": {"type": "string"},
        "": {"type": "number"}, "__proto__": {"type": "string"}, LONG: {"type": "string"}, LONG + "2": {"type": "string"},
        'q"u\'o`te': {"type": "string"}, "50%?": {"type": "integer"}, "[x]": {"type": "string"}, "rest": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"}, "day": {"type": ["string", "null"], "format": "date"},
        "price": {"type": "number"}, "choice": {"enum": ["a", None, "b"]}, "mixed": {"enum": ["a", 1, True, None]},
        "tuple": {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
        "any": True, "tree": {"$ref": "#/$defs/tree"},
    },
    "$defs": {"tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}, "value": {}}, "additionalProperties": False}},
}
INSTANCES: dict[str, dict[str, Any]] = {
    "odd names": {
        "id": 1, "version": "v", "state": False, "created_at": "x", "name": "a", "Name": "b", "NAME": "c", "select": 2,
        "first name": "d", "a.b": "e", "a/b~c": "f", "姓名": "张三 😀", "": 0.5, "__proto__": "g", LONG: "h", LONG + "2": "i",
        'q"u\'o`te': "j", "50%?": 3, "[x]": "k", "rest": 4,
    },
    "nulls that stay": {"id": 1, "version": None, "NAME": None, "day": None, "choice": None, "mixed": None, "any": None, "extra": None},
    "large numbers": {"id": 2**80, "price": -(2**70), "50%?": -(2**63) - 1, "any": [2**64, 1e308, 1e23, -0.0, 1e-7]},
    "whole doubles": {"id": 1.0, "select": 1e3, "price": 5, "any": {"x": 1.0}},
    "huge doubles": {"id": 1e308, "price": 1.7976931348623157e308, "": 5e-324},
    "moments as written": {"id": 1, "at": "2026-03-01T10:00:00.120+08:00", "day": "0001-01-01"},
    "moments with small letters": {"id": 1, "at": "2026-03-01t10:00:00z"},
    "moments outside the calendar of UTC": {"id": 1, "at": "9999-12-31T23:59:59-01:00"},
    "order and emoji": {"id": 1, "any": {"z": 1, "a": [3, 1, 2], "m": {"y": "👩‍👩‍👧", "b": None}}},
    "mixed choices": {"id": 1, "mixed": True},
    "a tuple": {"id": 1, "tuple": ["x", 7]},
    "a tree": {"id": 1, "tree": {"left": {"left": {"left": {"value": [[[[]]]]}}}, "value": {"left": 1}}},
    "undeclared ones": {"id": 1, "extras": {"a": 1}, "id2": [1], "ID": 2, "deleted_at": "now", "toString": "x"},
}


def documents(**schemas: Any) -> dict[str, str]:
    return {"site.yaml": SITE, **{f"schemas/{name}.json": json.dumps(one) for name, one in schemas.items()}}


def exact(left: Any, right: Any) -> bool:
    """Equal as JSON: 1.0 equals 1, true equals neither, the order of members counts."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(exact(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(exact, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


@pytest.fixture
def thing(open_engine: Callable[..., Engine]) -> Engine:
    return open_engine(documents(thing=EVERYTHING))


def test_values_come_back_as_they_were_sent(thing: Engine) -> None:
    judge = Draft202012Validator(EVERYTHING, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for name, sent in INSTANCES.items():
        assert judge.is_valid(sent), name
        made = thing.create(OWNER, "thing", sent)
        for found in (made["fields"], thing.get(OWNER, "thing", made["id"])["fields"]):
            assert found.keys() == sent.keys(), name
            assert all(exact(found[key], sent[key]) for key in sent), (name, found)


def test_lists_give_the_same_values(thing: Engine) -> None:
    ids = [thing.create(OWNER, "thing", one)["id"] for one in INSTANCES.values()]
    listed = {one["id"]: one["fields"] for one in thing.select(OWNER, "thing", Query(limit=100)).items}
    assert all(exact(listed[id][key], one[key]) for id, one in zip(ids, INSTANCES.values(), strict=True) for key in one)
    narrow = thing.select(OWNER, "thing", Query(fields=("name", "id"), limit=100)).items
    assert all(one["fields"].keys() <= {"name", "id"} for one in narrow)


REFUSED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, [("/fields/id", "required")]),
    ({"id": "x"}, [("/fields/id", "type")]),
    ({"id": 1, "a/b~c": 5}, [("/fields/a~1b~0c", "type")]),
    ({"id": 1, "at": "yesterday"}, [("/fields/at", "format")]),
    ({"id": 1, "choice": "c", "mixed": 1.5}, [("/fields/choice", "choice"), ("/fields/mixed", "choice")]),
    ({"id": 1, "tree": {"left": {"right": 1}}}, [("/fields/tree/left/right", "unknown_field")]),
    ({"id": 1, "tuple": ["x", 1, 2]}, [("/fields/tuple", "too_many")]),
    ({"id": 1, "any": "\ud800"}, [("/fields/any", "text_nul")]),
    ({"id": 1, "any\0": 1}, [("/fields", "text_nul")]),
]


def test_what_the_schema_refuses_is_told_with_its_place(thing: Engine) -> None:
    for fields, told in REFUSED:
        with pytest.raises(Invalid) as refused:
            thing.create(OWNER, "thing", fields)
        assert [(one.path, one.code) for one in refused.value.problems] == told
    assert thing.select(OWNER, "thing", Query()).items == []


def test_a_change_is_judged_merged(thing: Engine) -> None:
    id = thing.create(OWNER, "thing", {"id": 1, "version": "a", "name": "n", "x": 1})["id"]
    changed = thing.update(OWNER, "thing", id, {"version": None, "name": None, "x": None, "y": [True]}, unset=["id2"])
    assert changed["fields"] == {"id": 1, "version": None, "x": None, "y": [True]}
    assert thing.update(OWNER, "thing", id, {"y": [1]}, unset=["x"])["fields"]["y"] == [1]
    with pytest.raises(Invalid) as refused:
        thing.update(OWNER, "thing", id, {}, unset=["id"])
    assert [(one.path, one.code) for one in refused.value.problems] == [("/fields/id", "required")]
    same = thing.update(OWNER, "thing", id, {"id": 1.0})
    assert same["version"] == 3


def test_history_and_the_past_know_undeclared_values(thing: Engine, clock: Callable[[], datetime]) -> None:
    id = thing.create(OWNER, "thing", {"id": 1, "x": {"b": 1}, "at": "2026-01-01T00:00:00+01:00"})["id"]
    then = clock()
    thing.clock = lambda: then + timedelta(minutes=1)
    thing.update(OWNER, "thing", id, {"x": 2, "at": "2025-12-31T23:00:00Z"})
    changes = thing.history(OWNER, "thing", id).items[0]["changes"]
    assert {"field": "x", "was": {"b": 1}, "now": 2} in changes
    assert {"field": "at", "was": "2026-01-01T00:00:00+01:00", "now": "2025-12-31T23:00:00Z"} in changes
    past = thing.get(OWNER, "thing", id, as_of=then)
    assert past["fields"] == {"id": 1, "at": "2026-01-01T00:00:00+01:00", "x": {"b": 1}}


def test_filters_and_sorting_see_what_a_column_cannot_hold_exactly(thing: Engine) -> None:
    for sent in (
        {"id": 2**70, "price": 1, "at": "2026-03-01T10:00:00+08:00"}, {"id": 5, "price": 2**60 + 1, "at": "2026-03-01T03:00:00Z"},
        {"id": -(2**70), "price": 10**320, "at": "2026-03-01T04:00:00.5+00:00"}, {"id": 7, "day": None},
    ):
        thing.create(OWNER, "thing", sent)

    def found(filter: str, *sort: str) -> list[Any]:
        return [one["fields"]["id"] for one in thing.select(OWNER, "thing", Query(filter=filter, sort=sort)).items]

    assert found("record.id > 6", "id") == [7, 2**70]
    assert found("record.price > 3.0", "price") == [5, -(2**70)]
    assert found("record.at >= timestamp('2026-03-01T03:00:00Z')", "at") == [5, -(2**70)]
    assert found("!isSet(record.at)") == [7]
    assert found('record["first name"] == "x"') == []


def test_only_owners_know_of_a_foreign_type(thing: Engine) -> None:
    with pytest.raises(NotFound):
        thing.select(CLERK, "thing", Query())
    with pytest.raises(NotFound):
        thing.create(CLERK, "thing", {"id": 1})


DEFAULTS = {
    "$schema": DRAFT_07, "title": "Entry", "description": "What was entered.",
    "properties": {
        "title": {"type": "string", "default": "untitled"}, "count": {"type": "integer", "default": "none"},
        "secret": {"type": "string", "readOnly": True, "writeOnly": True}, "odd": {"type": "string", "format": "odd"},
    },
    "dependencies": {"alone": {"not": {"required": ["title"]}}},
}


def test_defaults_fill_what_is_valid_with_them(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(entry=DEFAULTS, needed={"required": ["a"], "properties": {"a": {"default": 1}}}))
    assert engine.create(OWNER, "entry", {})["fields"] == {"title": "untitled"}
    assert engine.create(OWNER, "entry", {"alone": 1})["fields"] == {"alone": 1}
    made = engine.create(OWNER, "entry", {"secret": "s", "odd": "anything"})
    assert engine.get(OWNER, "entry", made["id"])["fields"] == {"title": "untitled", "secret": "s", "odd": "anything"}
    assert engine.draft(OWNER, "entry") == {"title": "untitled"}
    with pytest.raises(Invalid):
        engine.create(OWNER, "needed", {})


OTHER = {
    "title": "Link", "type": "object", "properties": {
        "thing": {"type": "integer", "x-field": {"references": "thing"}},
        "late": {"type": "boolean", "x-field": {"compute": "record.thing.at > timestamp('2026-01-01T00:00:00Z')"}},
        "day": {"type": "string", "format": "date", "x-field": {"fetchFrom": "thing.day"}},
    }, "x-record": {"titleTemplate": "{thing.name}"},
}


def test_our_own_types_reach_into_foreign_ones(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(thing=EVERYTHING, link=OTHER))
    sent = {"id": 1, "name": "Nail", "at": "2026-03-01T10:00:00+08:00", "day": "2026-03-02", "x": [1]}
    id = engine.create(OWNER, "thing", sent)["id"]
    made = engine.create(OWNER, "link", {"thing": id})
    assert made["fields"] == {"thing": id, "late": True, "day": "2026-03-02"}
    found = engine.get(OWNER, "link", made["id"], expand=("thing",))
    assert found["title"] == "Nail" and found["expanded"]["thing"]["fields"] == sent
