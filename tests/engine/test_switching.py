"""Switching: whatever is renamed, set aside or brought back, every value stays with its record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from changing import Types, change_of, foreign, named, record, text, to, values
from neutral_site import OWNER

from kartotek.engine.engine import Engine
from kartotek.engine.switch import switch
from kartotek.errors import Conflict, Invalid
from kartotek.migration.lineage import Lineage
from kartotek.model.query import Query


def swapped(engine: Engine, types: Types, type_pairs: Mapping[str, str], fields: Mapping[str, Mapping[Any, Any]]) -> None:
    """A change in which names go round in a circle, as nobody can declare it but as it must never lose anything."""
    change = change_of(engine, types)
    switch(engine.database, replace(change, lineage=Lineage(type_pairs, fields)))
    engine._catalogs.current(fresh=True)


def test_fields_that_change_names_with_each_other_keep_their_values(site: Callable[[Types], Engine]) -> None:
    unique = {"x-field": {"index": True, "unique": True}}
    nullable = {"type": ["string", "null"]}
    engine = site({"thing": record(a=text(**unique), b=nullable, c=nullable)})
    ids = [engine.create(OWNER, "thing", {"a": f"a{n}", "b": None if n else "b", "c": None})["id"] for n in range(3)]
    fields = {("a",): ("b",), ("b",): ("a",), ("d",): ("c",)}
    swapped(engine, {"thing": record(a=nullable, b=text(**unique), d=nullable)}, {"thing": "thing"}, {"thing": fields})
    found = [values(engine, "thing", id) for id in ids]
    assert found == [{"a": None if n else "b", "b": f"a{n}", "d": None} for n in range(3)]
    with pytest.raises(Conflict):
        engine.create(OWNER, "thing", {"b": "a1"})
    told = engine.history(OWNER, "thing", ids[1]).items[0]["changes"]
    assert sorted((one["field"], one["now"]) for one in told if "now" in one) == [("a", None), ("b", "a1"), ("d", None)]


def test_a_field_is_renamed_removed_and_brought_back(site: Callable[[Types], Engine]) -> None:
    nullable = {"type": ["string", "null"]}
    engine = site({"thing": record(name=text(), phone=nullable)})
    first = engine.create(OWNER, "thing", {"name": "A", "phone": "1"})["id"]
    second = engine.create(OWNER, "thing", {"name": "B", "phone": None})["id"]
    to(engine, {"thing": record(name=text(), mobile={**nullable, "x-field": {"aliases": ["phone"]}})})
    assert [values(engine, "thing", id) for id in (first, second)] == [
        {"name": "A", "mobile": "1"}, {"name": "B", "mobile": None}]
    to(engine, {"thing": record(name=text())})
    assert [values(engine, "thing", id) for id in (first, second)] == [{"name": "A"}, {"name": "B"}]
    third = engine.create(OWNER, "thing", {"name": "C"})["id"]
    engine.update(OWNER, "thing", first, {"name": "AA"})
    to(engine, {"thing": record(name=text(), mobile=nullable)})
    assert [values(engine, "thing", id) for id in (first, second, third)] == [
        {"name": "AA", "mobile": "1"}, {"name": "B", "mobile": None}, {"name": "C"}]


def test_another_field_under_the_name_of_a_removed_one_begins_empty(site: Callable[[Types], Engine]) -> None:
    engine = site({"thing": record(name=text(), size=text())})
    id = engine.create(OWNER, "thing", {"name": "A", "size": "long"})["id"]
    to(engine, {"thing": record(name=text())})
    to(engine, {"thing": record(name=text(), size={"type": "boolean"})})
    assert values(engine, "thing", id) == {"name": "A"}
    assert [one["field"] for one in engine.history(OWNER, "thing", id).items[0]["changes"]] == ["name"]
    engine.update(OWNER, "thing", id, {"size": True})
    to(engine, {"thing": record(name=text())})
    to(engine, {"thing": record(name=text(), size=text())})
    assert values(engine, "thing", id) == {"name": "A", "size": "long"}


HOLDERS = {
    "person": record(name=text()),
    "order": record(
        owner={"type": "integer", "x-field": {"references": "person", "inverse": "orders"}},
        seen={"type": "array", "items": {"type": "integer"}, "x-field": {"references": "person"}},
        address={"type": "object", "properties": {"city": text(), "zip": {"type": ["string", "null"]}}},
        lines={"type": "array", "items": {"type": "object", "properties": {
            "what": text(), "note": {"type": ["string", "null"]}, "of": {"type": "integer", "x-field": {"references": "person"}}}}},
    ),
}


def filled(engine: Engine) -> tuple[int, dict[str, Any]]:
    person = engine.create(OWNER, "person", {"name": "P"})["id"]
    fields = {
        "owner": person, "seen": [person, person], "address": {"city": "C", "zip": None},
        "lines": [{"what": "x", "note": None, "of": person}, {"what": "y", "note": "n"}],
    }
    return engine.create(OWNER, "order", fields)["id"], fields


def test_types_and_all_that_they_hold_are_renamed(site: Callable[[Types], Engine]) -> None:
    engine = site(HOLDERS)
    id, fields = filled(engine)
    held = HOLDERS["order"]["properties"]
    human = json.loads(json.dumps(held).replace('"person"', '"human"'))
    address = {"type": "object", "properties": {"city": text(), "plz": named({"type": ["string", "null"]}, "zip")}}
    line = human["lines"]["items"]["properties"]
    rows = {"type": "array", "items": {"type": "object", "properties": {
        "thing": text("what"), "remark": named(line["note"], "note"), "for": named(line["of"], "of")}}}
    renamed = {
        "holder": named(human["owner"], "owner"), "readers": named(human["seen"], "seen"),
        "place": named(address, "address"), "items": named(rows, "lines"),
    }
    to(engine, {"human": record(("person",), name=text()), "deal": record(("order",), **renamed)})
    expected = {
        "holder": fields["owner"], "readers": fields["seen"], "place": {"city": "C", "plz": None},
        "items": [{"thing": "x", "remark": None, "for": fields["owner"]}, {"thing": "y", "remark": "n"}],
    }
    assert values(engine, "deal", id) == expected
    told = engine.history(OWNER, "deal", id).items[0]["changes"]
    assert {one["field"]: one["now"] for one in told} == expected
    engine.update(OWNER, "deal", id, {"items": [*expected["items"], {"thing": "z", "for": fields["owner"]}]})
    assert len(values(engine, "deal", id)["items"]) == 3
    with pytest.raises(Conflict):
        engine.delete(OWNER, "human", fields["owner"])


def test_all_that_types_hold_is_removed_and_brought_back(site: Callable[[Types], Engine]) -> None:
    engine = site(HOLDERS)
    id, fields = filled(engine)
    held = HOLDERS["order"]["properties"]
    address = {"type": "object", "properties": {"city": text()}}
    rows = {"type": "array", "items": {"type": "object", "properties": {"what": text()}}}
    to(engine, {**HOLDERS, "order": record(owner=held["owner"], address=address, lines=rows)})
    assert values(engine, "order", id) == {
        "owner": fields["owner"], "address": {"city": "C"}, "lines": [{"what": "x"}, {"what": "y"}]}
    to(engine, {**HOLDERS, "order": record(name=text())})
    assert values(engine, "order", id) == {}
    to(engine, {**HOLDERS, "order": record(owner=held["owner"], address=address, lines=rows)})
    to(engine, HOLDERS)
    assert values(engine, "order", id) == fields


def test_a_type_is_removed_and_brought_back_beside_another_of_its_name(site: Callable[[Types], Engine]) -> None:
    engine = site(HOLDERS)
    id, fields = filled(engine)
    to(engine, {"person": HOLDERS["person"]})
    to(engine, HOLDERS)
    assert values(engine, "order", id) == fields
    assert len(engine.history(OWNER, "order", id).items) == 1
    to(engine, {"person": HOLDERS["person"]})
    to(engine, {"person": HOLDERS["person"], "order": record(owner=text())})
    other = engine.create(OWNER, "order", {"owner": "me"})["id"]
    assert [one["version"] for one in engine.history(OWNER, "order", other).items] == [1]
    to(engine, {"person": HOLDERS["person"]})
    to(engine, HOLDERS)
    assert values(engine, "order", id) == fields


def test_what_comes_back_finds_what_it_refers_to_under_a_name_that_it_gets_meanwhile(site: Callable[[Types], Engine]) -> None:
    engine = site(HOLDERS)
    id, fields = filled(engine)
    human = record(("person",), name=text())
    order = json.loads(json.dumps(HOLDERS["order"]).replace('"person"', '"human"'))
    to(engine, {"human": human, "order": order})
    to(engine, {"human": human, "order": record(address=order["properties"]["address"])})
    to(engine, HOLDERS)
    assert values(engine, "order", id) == fields
    to(engine, {"human": human, "order": order})
    to(engine, {"human": human})
    to(engine, HOLDERS)
    assert values(engine, "order", id) == fields


def test_types_that_change_names_with_each_other_keep_their_records(site: Callable[[Types], Engine]) -> None:
    engine = site({"a": record(x=text()), "b": record(y=text())})
    first, second = engine.create(OWNER, "a", {"x": "a"})["id"], engine.create(OWNER, "b", {"y": "b"})["id"]
    fields = {"b": {("x",): ("x",)}, "a": {("y",): ("y",)}}
    swapped(engine, {"b": record(x=text()), "a": record(y=text())}, {"b": "a", "a": "b"}, fields)
    assert (values(engine, "b", first), values(engine, "a", second)) == ({"x": "a"}, {"y": "b"})
    assert engine.history(OWNER, "b", first).items[0]["changes"][0]["now"] == "a"


def test_values_of_a_foreign_schema_stay_as_they_were_sent(site: Callable[[Types], Engine]) -> None:
    first = {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "string", "format": "date"}}
    engine = site({"thing": foreign(**first)})
    sent = [{"a": "5", "b": 5, "c": "2026-01-01"}, {"a": "x", "b": 2**70, "d": {"z": 1, "y": [1.0]}}, {"b": "six", "c": "soon"}]
    ids = [engine.create(OWNER, "thing", one)["id"] for one in sent[:2]]
    for types in ({"b": {"type": "string"}}, {"a": {"type": "integer"}, "c": {}}, {}, first):
        to(engine, {"thing": foreign(**types)})
        assert [values(engine, "thing", id) for id in ids] == sent[: len(ids)]
        if not types:
            ids.append(engine.create(OWNER, "thing", sent[2])["id"])
    assert values(engine, "thing", ids[2]) == sent[2]
    assert [one["id"] for one in engine.select(OWNER, "thing", Query(filter="record.b >= 5")).items] == ids[:2]


LONG, DEEP = "t" + "x" * 39, "f" + "y" * 70


def test_names_never_meet_however_long_they_are_and_whatever_was_set_aside(site: Callable[[Types], Engine]) -> None:
    link = {"type": "integer", "x-field": {"references": LONG}}
    rows = {"type": "array", "items": {"type": "object", "properties": {DEEP: text(), f"{DEEP}z": link}}}
    many = {"type": "array", "items": {"type": "integer"}, "x-field": {"references": LONG}}
    full = {LONG: record(**{DEEP: text(), f"{DEEP}a": link, f"{DEEP}b": link, f"{DEEP}c": rows, f"{DEEP}d": many})}
    engine = site(full)
    first = engine.create(OWNER, LONG, {DEEP: "v"})["id"]
    fields = {
        DEEP: "v", f"{DEEP}a": first, f"{DEEP}b": first, f"{DEEP}c": [{DEEP: "r", f"{DEEP}z": first}], f"{DEEP}d": [first, first],
    }
    id = engine.create(OWNER, LONG, fields)["id"]
    other = {LONG: record(**{DEEP: {"type": "boolean"}, f"{DEEP}c": text()})}
    for _ in range(2):
        for types in ({LONG: record(name=text())}, other, {"other": record(name=text())}, other, {LONG: record(name=text())}):
            to(engine, types)
        assert values(engine, LONG, id) == {}
        to(engine, full)
        assert values(engine, LONG, id) == fields
        with pytest.raises(Invalid):
            engine.update(OWNER, LONG, id, {f"{DEEP}b": 99})


def test_what_was_set_aside_gives_way_to_what_is_declared(site: Callable[[Types], Engine]) -> None:
    engine = site({"thing": record(name=text(), size=text()), "part": record(a=text())})
    id = engine.create(OWNER, "thing", {"name": "N", "size": "S"})["id"]
    part = engine.create(OWNER, "part", {"a": "A"})["id"]
    aside = {"zz_size_20261121": text(), "zz_moving_0": text(), "zz_new_0_name": text()}
    to(engine, {"thing": record(name=text())})
    to(engine, {"thing": record(name=text(), **aside), "zz_part_20261121": record(b=text())})
    assert values(engine, "thing", id) == {"name": "N"}
    engine.update(OWNER, "thing", id, {name: name for name in aside})
    assert engine.create(OWNER, "zz_part_20261121", {"b": "B"})["id"] == 1
    everything = {
        "thing": record(name={"type": "integer"}, size=text(), **aside), "zz_part_20261121": record(b=text()), "part": record(a=text())}
    to(engine, everything)
    assert values(engine, "thing", id) == {"size": "S"} | {name: name for name in aside}
    assert (values(engine, "part", part), values(engine, "zz_part_20261121", 1)) == ({"a": "A"}, {"b": "B"})


def test_names_with_dots_in_them_are_kept_and_brought_back(site: Callable[[Types], Engine]) -> None:
    nullable = {"type": ["string", "null"]}
    inner = {"type": "object", "properties": {"x.y": nullable, "x": text(), "z": nullable}}
    rows = {"type": "array", "items": {"type": "object", "properties": {"b.c": nullable, "d": text()}}}
    full = {"thing": record(**{"a.b": nullable, "a": inner, "r.s": rows, "name": text()})}
    engine = site(full)
    fields = {"a.b": None, "a": {"x.y": None, "x": "X", "z": None}, "r.s": [{"b.c": None, "d": "D"}, {"d": "E"}], "name": "N"}
    id = engine.create(OWNER, "thing", fields)["id"]
    for less in (
        record(name=text()),
        record(**{"a": {**inner, "properties": {"x": text()}}, "r.s": {**rows, "items": {"type": "object", "properties": {"d": text()}}}, "name": text()}),
    ):
        to(engine, {"thing": less})
        to(engine, full)
        assert values(engine, "thing", id) == fields
