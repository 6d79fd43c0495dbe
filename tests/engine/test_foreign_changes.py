"""A foreign schema that changes under its records, one that is very wide, and one that is broken for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import OWNER
from tests.engine.test_foreign import documents

from kartotek.engine.applying import ApplyReport
from kartotek.engine.engine import Engine
from kartotek.errors import Invalid
from kartotek.model.actor import Actor
from kartotek.model.query import Query

FIRST: dict[str, Any] = {"properties": {"a": {"type": "string"}, "b": {"type": ["string", "integer"]}}}


def apply(engine: Engine, **schemas: Any) -> ApplyReport:
    return engine.apply_documents(documents(**schemas), by=Actor.system("test"), reason="test")


def found(engine: Engine, filter: str) -> list[int]:
    return [one["id"] for one in engine.select(OWNER, "thing", Query(filter=filter)).items]


def test_property_that_gets_a_column_takes_the_values_there_are(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(thing=FIRST))
    sent = [{"a": "x", "b": 5, "c": "2026-01-01T10:00:00+01:00", "d": 7}, {"b": "five", "c": "soon"}, {"b": 2**70}]
    ids = [engine.create(OWNER, "thing", one)["id"] for one in sent]
    engine.delete(OWNER, "thing", ids[2])
    report = apply(engine, thing={"properties": {
        "a": {"type": "string", "maxLength": 3}, "b": {"type": "integer"}, "c": {"type": "string", "format": "date-time"},
    }})  # fmt: skip
    assert report.applied and not report.waiting
    engine.restore(OWNER, "thing", ids[2])
    assert found(engine, "record.b >= 5") == [ids[0], ids[2]]
    assert found(engine, "record.c == timestamp('2026-01-01T09:00:00Z')") == [ids[0]]
    again = [engine.get(OWNER, "thing", id) for id in ids]
    assert [one["fields"] for one in again] == sent and [one["version"] for one in again] == [1, 1, 3]


def test_record_that_a_stricter_schema_refuses_stays_and_is_not_refused_until_it_is_mended(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(thing=FIRST))
    id = engine.create(OWNER, "thing", {"a": "long", "z": 1})["id"]
    assert apply(engine, thing={**FIRST, "required": ["b"], "maxProperties": 2}).applied
    assert engine.get(OWNER, "thing", id)["fields"] == {"a": "long", "z": 1}
    with pytest.raises(Invalid):
        engine.create(OWNER, "thing", {"a": "long", "z": 1})
    assert engine.update(OWNER, "thing", id, {"a": "x"})["fields"] == {"a": "x", "z": 1}
    with pytest.raises(Invalid):
        engine.update(OWNER, "thing", id, {"y": 1})  # one property more than the schema has allowed since
    assert engine.update(OWNER, "thing", id, {"b": 1}, unset=["z"])["fields"] == {"a": "x", "b": 1}
    with pytest.raises(Invalid):
        engine.update(OWNER, "thing", id, {}, unset=["b"])
    assert apply(engine, thing={**FIRST, "title": "Thing"}).applied
    assert engine.create(OWNER, "thing", {})["fields"] == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_column_that_would_become_another_waits(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(thing=FIRST))
    for schema in ({"properties": {"a": {"type": "integer"}, "b": {}}}, {"properties": {"a": {}, "b": {}}}, {"properties": {"b": {}}}):
        report = apply(engine, thing=schema, other={"properties": {"x": {"type": "string"}}})
        assert {(one.type, one.verdict) for one in report.waiting} == {("thing", "confirm")}
        assert engine.create(OWNER, "thing", {"a": "still"})["fields"] == {"a": "still"}
        assert engine.create(OWNER, "other", {"x": "y"})["fields"] == {"x": "y"}
    ours = {"title": "Thing", "type": "object", "properties": {"a": {"type": "string"}}, "x-record": {}}
    assert {one.type for one in apply(engine, thing=ours).waiting} == {"thing", "other"}


def test_broken_file_keeps_its_type_as_it_was_and_all_others_go_on(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(thing=FIRST))
    id = engine.create(OWNER, "thing", {"a": "x"})["id"]
    report = apply(engine, thing={"type": "array"}, other={"properties": {"x": {"type": "string"}}}, never={"$schema": "x"})
    assert report.applied and {one.code for one in report.problems} == {"no_object", "dialect"}
    assert engine.get(OWNER, "thing", id)["fields"] == {"a": "x"}
    assert engine.create(OWNER, "other", {"x": "y"})["fields"] == {"x": "y"}
    assert {one["name"] for one in engine.types(OWNER)} == {"thing", "other"}
    assert {one.code for one in engine.declaration_problems()} == {"no_object", "dialect"}
    assert open_engine().get(OWNER, "thing", id)["title"] == "x"
    assert not apply(engine, thing=FIRST, other={"properties": {"x": {"type": "string"}}}).problems


def test_thousands_of_fields_are_kept(open_engine: Callable[..., Engine]) -> None:
    kinds = [{"type": "string"}, {"type": "string"}, {"type": "number"}, {"type": ["string", "null"], "format": "date"}]
    wide = {"properties": {f"field {n}": kinds[n % 4] for n in range(2_100)}}
    engine = open_engine(documents(thing=wide))
    values = ["a text of about forty characters, or so", "b" * 3000, 0.5, None]
    sent = {f"field {n}": values[n % 4] for n in range(2_100)}
    id = engine.create(OWNER, "thing", sent)["id"]
    assert engine.get(OWNER, "thing", id)["fields"] == sent
    changed = engine.update(OWNER, "thing", id, {"field 3": "2026-01-02", "field 2099": "2026-01-03"})["fields"]
    assert (changed["field 3"], changed["field 2099"]) == ("2026-01-02", "2026-01-03")
    assert found(engine, 'record["field 3"] == date("2026-01-02")') == [id]


HOSTILE = {
    "properties": {"slow": {"type": "string", "pattern": "^(a+)+$"}, "tree": {"$ref": "#/$defs/tree"}},
    "$defs": {"tree": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/tree"}}, {"type": "array", "contains": {"$ref": "#/$defs/tree"}}]}},
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hostile_schemas_and_values_come_to_an_end(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(thing=HOSTILE))
    assert engine.create(OWNER, "thing", {"slow": "a" * 5_000})["id"]
    deep: Any = 5
    for _ in range(40):
        deep = [deep]
    for fields in ({"slow": "a" * 5_000 + "!"}, {"tree": deep}):
        with pytest.raises(Invalid):
            engine.create(OWNER, "thing", fields)
