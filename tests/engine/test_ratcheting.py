"""Ratcheting: a record that is older than a rule stays editable in all that the rule does not mind, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER, SITE
from tests.engine.newer_rules import OLD, PART, documents, put_in_service

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import Invalid, KartotekError
from kartotek.model.query import Query

FILTER = {"properties/part/x-field": {"references": "part", "filter": "item.good"}, "properties/parts/x-field": {"references": "part", "filter": "item.good"}}
LINES = "properties/lines/items"
DATA = "properties/data/items/pattern"
RULE = {"x-record/validations": [{"name": "in_order", "rule": "record.end >= record.day", "message": "The end comes first", "field": "end"}]}
# What becomes stricter, what is then asked for, and the problems that it has: none where the old is let stand.
Case = tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]
CASES: dict[str, Case] = {
    "required: another field": ({"required": ["secret"]}, {"name": "n"}, []),
    "required: null for null": ({"required": ["secret"]}, {"name": "n", "secret": None}, []),
    "pattern: another field": ({"properties/code/pattern": "^[a-z]+$"}, {"name": "n"}, []),
    "pattern: sent as it was": ({"properties/code/pattern": "^[a-z]+$"}, {"name": "n", "code": "bad code"}, []),
    "pattern: to another bad one": ({"properties/code/pattern": "^[a-z]+$"}, {"code": "bad too"}, [("/fields/code", "pattern")]),
    "pattern: to a good one": ({"properties/code/pattern": "^[a-z]+$"}, {"code": "good"}, []),
    "maximum: sent as it was": ({"properties/size/maximum": 100}, {"size": 500, "name": "n"}, []),
    "maximum: nearer is still bad": ({"properties/size/maximum": 100}, {"size": 400}, [("/fields/size", "maximum")]),
    "options: kept": ({"properties/level/oneOf": [{"const": "high", "title": "High"}]}, {"level": "low", "name": "n"}, []),
    "options: to what is no more": ({"properties/level/oneOf": [{"const": "high", "title": "High"}]}, {"level": "mid"}, [("/fields/level", "choice")]),
    "rows: another row edited": ({f"{LINES}/properties/sku/pattern": "^[a-z]+$"}, {"lines": [{"sku": "x y", "count": 1}, {"count": 5}]}, []),
    "rows: another member edited": ({f"{LINES}/properties/sku/pattern": "^[a-z]+$"}, {"lines": [{"sku": "x y", "count": 7}, {"count": 2}]}, []),
    "rows: a new bad row": ({f"{LINES}/properties/sku/pattern": "^[a-z]+$"}, {"lines": [*OLD["lines"], {"sku": "z z"}]}, [("/fields/lines/2/sku", "pattern")]),
    "rows: the bad one moved": ({f"{LINES}/properties/sku/pattern": "^[a-z]+$"}, {"lines": [{"sku": "n"}, {"count": 2}, {"sku": "x y", "count": 1}]}, []),
    "rows: required, lacking as before": ({f"{LINES}/required": ["sku"]}, {"lines": [{"sku": "x", "count": 1}, {"count": 5}]}, []),
    "rows: required, lacking in a new row": ({f"{LINES}/required": ["sku"]}, {"lines": [*OLD["lines"], {"count": 5}]}, [("/fields/lines/2/sku", "required")]),
    "rows: required, taken away": ({f"{LINES}/required": ["sku"]}, {"lines": [{"count": 1}, {"count": 2}]}, [("/fields/lines/0/sku", "required")]),
    "rows: as many as before": ({"properties/lines/minItems": 3}, {"lines": [{"sku": "x y", "count": 9}, {"count": 2}]}, []),
    "rows: fewer than before": ({"properties/lines/minItems": 3}, {"lines": [{"count": 2}]}, [("/fields/lines", "min_items")]),
    "rows: both at once": (
        {"properties/lines/minItems": 3, f"{LINES}/properties/sku/pattern": "^[a-z]+$"},
        {"lines": [{"sku": "x z", "count": 1}, {"count": 2}]}, [("/fields/lines/0/sku", "pattern")],
    ),
    "object: another member": ({"properties/box/properties/width/maximum": 100}, {"box": {"width": 900, "mark": "n"}}, []),
    "object: the member itself": ({"properties/box/properties/width/maximum": 100}, {"box": {"width": 901, "mark": "m"}}, [("/fields/box/width", "maximum")]),
    "object: removed": ({"properties/box/properties/width/maximum": 100}, {"box": None}, []),
    "json: another part": ({DATA: "^[a-z]+$"}, {"data": ["x y", "c"]}, []),
    "json: moved": ({DATA: "^[a-z]+$"}, {"data": ["a", "b", "x y"]}, []),
    "json: the part itself": ({DATA: "^[a-z]+$"}, {"data": ["x z", "b"]}, [("/fields/data/0", "schema")]),
    "json: a bad part more": ({DATA: "^[a-z]+$"}, {"data": ["x y", "b", "x z"]}, [("/fields/data/2", "schema")]),
    "references: kept": (FILTER, {"part": 1, "parts": [1], "name": "n"}, []),
    "references: one more": (FILTER, {"parts": [1, 2]}, []),
    "references: a bad one more": (FILTER, {"parts": [1, 3]}, [("/fields/parts/1", "not_selectable")]),
    "references: to another bad one": (FILTER, {"part": 3}, [("/fields/part", "not_selectable")]),
    "a rule: another field": (RULE, {"name": "n"}, []),
    "a rule: sent as it was": (RULE, {"name": "n", "end": "2026-05-01", "day": "2026-05-02"}, []),
    "a rule: one of its fields": (RULE, {"day": "2026-05-03"}, [("/fields/end", "validation")]),
    "a rule: mended": (RULE, {"end": "2026-05-03"}, []),
    "requiredIf: demanded before": ({"properties/secret/x-field/requiredIf": "record.size > 100"}, {"name": "n"}, []),
    "requiredIf: still demanded": ({"properties/secret/x-field/requiredIf": "record.size > 100"}, {"size": 600}, []),
    "requiredIf: demanded now": ({"properties/secret/x-field/requiredIf": "record.size > 900"}, {"size": 901}, [("/fields/secret", "required")]),
    "requiredIf in rows: as before": (
        {f"{LINES}/properties/sku/x-field": {"requiredIf": "row.count > 1"}}, {"lines": [{"sku": "q", "count": 1}, {"count": 3}]}, [],
    ),
    "requiredIf in rows: demanded now": (
        {f"{LINES}/properties/sku/x-field": {"requiredIf": "row.count > 5"}}, {"lines": [OLD["lines"][0], {"count": 6}]},
        [("/fields/lines/1/sku", "required")],
    ),
}  # fmt: skip


@pytest.fixture
def old(open_engine: Callable[..., Engine]) -> Engine:
    """With parts of which the second is good, and an old thing."""
    engine = open_engine(documents())
    for good in (False, True, False):
        engine.create(CLERK, "part", {"name": "p", "good": good})
    engine.create(CLERK, "thing", OLD)
    return engine


def wrong(act: Callable[[], Any]) -> list[tuple[str, str]]:
    try:
        act()
    except KartotekError as error:
        assert isinstance(error, Invalid), error
        return [(one.path, one.code) for one in error.problems]
    return []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_was_so_before_is_let_stand(old: Engine, case: Case) -> None:
    changes, sent, expected = case
    put_in_service(old, documents(changes))
    before = old.get(CLERK, "thing", 1)
    assert wrong(lambda: old.update(CLERK, "thing", 1, sent)) == expected
    after = old.get(CLERK, "thing", 1)
    assert after["fields"] == (before["fields"] if expected else kept(before["fields"], sent))
    assert wrong(lambda: old.update(CLERK, "thing", 1, after["fields"])) == []
    assert old.get(CLERK, "thing", 1)["version"] == after["version"]


def kept(before: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **sent}.items() if value is not None}


STRICT: dict[str, Any] = {
    "required": ["secret"], "properties/code/pattern": "^[a-z]+$", "properties/size/maximum": 100, "properties/lines/minItems": 3,
    f"{LINES}/required": ["sku"], "properties/box/properties/width/maximum": 100, **FILTER, **RULE,
}  # fmt: skip


def test_who_is_new_keeps_every_rule(old: Engine) -> None:
    put_in_service(old, documents(STRICT))
    found = wrong(lambda: old.create(CLERK, "thing", OLD))
    assert {one for one, _ in found} >= {"/fields/code", "/fields/size", "/fields/secret", "/fields/lines", "/fields/box/width"}
    good = {**OLD, "code": "c", "size": 1, "secret": "s", "lines": [{"sku": "a"}] * 3, "box": {}, "part": 2, "parts": []}
    assert wrong(lambda: old.create(CLERK, "thing", good)) == [("/fields/end", "validation")]


def test_once_filled_it_cannot_be_emptied_again(old: Engine) -> None:
    put_in_service(old, documents({"required": ["secret"]}))
    old.update(CLERK, "thing", 1, {"name": "n"})
    old.update(CLERK, "thing", 1, {"secret": "s"})
    assert wrong(lambda: old.update(CLERK, "thing", 1, {}, unset=["secret"])) == [("/fields/secret", "required")]
    assert wrong(lambda: old.update(CLERK, "thing", 1, {"secret": None})) == [("/fields/secret", "required")]


def test_null_that_may_be_no_more_stays(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents({"properties/code/type": ["string", "null"]}))
    engine.create(CLERK, "thing", {"name": "n", "code": None})
    put_in_service(engine, documents({"required": ["code"]}))
    assert wrong(lambda: engine.update(CLERK, "thing", 1, {"name": "m"})) == []
    assert wrong(lambda: engine.update(CLERK, "thing", 1, {"name": "o", "code": None})) == []
    engine.update(CLERK, "thing", 1, {"code": "c"})
    assert wrong(lambda: engine.update(CLERK, "thing", 1, {"code": None})) == [("/fields/code", "required")]


def test_rule_about_a_live_value_minds_what_that_is_made_of(open_engine: Callable[..., Engine]) -> None:
    twice = {"type": "integer", "title": "Twice", "readOnly": True, "x-field": {"compute": "record.size * 2"}}
    changes = {"properties/twice": twice, "properties/four": {**twice, "x-field": {"compute": "record.twice * 2"}}}
    engine = open_engine(documents(changes))
    engine.create(CLERK, "thing", {"name": "n", "size": 500})
    rule = {"name": "small", "rule": "record.four < 100", "message": "Too large", "field": "size"}
    put_in_service(engine, documents({**changes, "x-record/validations": [rule]}))
    assert wrong(lambda: engine.update(CLERK, "thing", 1, {"name": "m"})) == []
    assert wrong(lambda: engine.update(CLERK, "thing", 1, {"size": 400})) == [("/fields/size", "validation")]


def test_rule_about_the_change_itself_is_never_let_be(old: Engine) -> None:
    grows = {"name": "grows", "rule": "record.size > old.size", "message": "It must grow"}
    put_in_service(old, documents({"x-record/validations": [grows]}))
    assert wrong(lambda: old.update(CLERK, "thing", 1, {"name": "n"})) == [("", "validation")]
    put_in_service(old, documents({"properties/secret/x-field/requiredIf": "record.name != old.name"}))
    assert wrong(lambda: old.update(CLERK, "thing", 1, {"name": "n"})) == [("/fields/secret", "required")]


@pytest.mark.parametrize("partial", [False, True])
def test_many_at_once_are_judged_as_one_is(old: Engine, partial: bool) -> None:
    old.create(CLERK, "thing", OLD)
    put_in_service(old, documents(STRICT))
    rows = [BulkRow(id=id, fields={"name": f"n{id}", "code": "bad code", "lines": OLD["lines"]}) for id in (1, 2)]
    found = old.bulk(CLERK, "thing", rows, partial=partial)
    assert [one["status"] for one in found] == ["updated", "updated"]
    rows = [BulkRow(id=1, fields={"name": "m"}), BulkRow(id=2, fields={"code": "bad too"}), BulkRow(id=None, fields={"name": "x"})]
    found = old.bulk(CLERK, "thing", rows, partial=True)
    assert [one["status"] for one in found] == ["updated", "invalid", "invalid"]


def test_what_is_hidden_from_him_keeps_nobody_from_saving(old: Engine) -> None:
    put_in_service(old, documents({"required": ["secret"], "properties/secret/pattern": "^[a-z]+$"}))
    assert wrong(lambda: old.update(HELPER, "thing", 1, {"name": "n"})) == []


_DO = {
    "plain": {}, "needing": {"require": ["code"]}, "asking": {"ask": ["code"]},
    "copying": {"do": [{"set": {"code": "=record.code", "name": "moved"}}]},
    "others": {"do": [{"update": {"record": "=record.part", "set": {"good": False}}}]},
}  # fmt: skip


def flow(**transitions: Any) -> str:
    """A workflow with a transition of each sort, each to a state of its own."""
    given = transitions or {name: {"roles": ["clerk"], **each} for name, each in _DO.items()}
    states = {name: {"title": {"en": name, "zh": name}, "final": True} for name in given}
    moves = {name: {"title": {"en": name, "zh": name}, "from": "open", "to": name, **each} for name, each in given.items()}
    first = {"open": {"title": {"en": "Open", "zh": "开"}}}
    return json.dumps({"record": "thing", "initial": "open", "states": first | states, "transitions": moves})


MOVES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "plain": ({}, []), "needing": ({}, [("/fields/code", "pattern")]), "asking": ({"code": "bad code"}, []),
    "copying": ({}, []), "others": ({}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVES)
def test_transition_is_kept_back_only_where_it_demands_the_field(open_engine: Callable[..., Engine], name: str) -> None:
    engine = open_engine({**documents(), "workflows/flow.yaml": flow()})
    engine.create(CLERK, "part", {"good": True})
    engine.create(CLERK, "thing", OLD | {"parts": []})
    strict = {"required": ["secret"], "properties/code/pattern": "^[a-z]+$", **RULE}
    put_in_service(engine, {**documents(strict, part=PART | {"required": ["name"]}), "workflows/flow.yaml": flow()})
    sent, expected = MOVES[name]
    assert wrong(lambda: engine.processes.run(CLERK, "thing", 1, name, fields=sent)) == expected
    assert engine.get(CLERK, "thing", 1)["state"] == ("open" if expected else name)


def test_timer_is_not_kept_back(open_engine: Callable[..., Engine]) -> None:
    timed = flow(shut={"after": "PT1H"})
    engine = open_engine({**documents(), "workflows/flow.yaml": timed})
    engine.create(CLERK, "part", {"good": True})
    engine.create(CLERK, "thing", OLD)
    put_in_service(engine, {**documents({"required": ["secret"], "properties/code/pattern": "^[a-z]+$"}), "workflows/flow.yaml": timed})
    later = engine.clock() + timedelta(hours=2)
    engine.clock = lambda: later
    while engine.timers.run_due():
        pass
    assert engine.get(CLERK, "thing", 1)["state"] == "shut"


WIDE: dict[str, Any] = {"properties": {"a": {}, "b": {}, "list": {"type": "array"}, "deep": {"type": "object"}, "few": {"type": "array"}}}
FOREIGN: dict[str, Any] = {
    "a": 5, "b": "x", "list": [{"v": "bad"}, {"v": 1}], "deep": {"x": {"y": "bad", "z": 1}}, "few": [1], "extra": 1,
}  # fmt: skip
INNER = {"type": "object", "properties": {"v": {"type": "integer"}}}
DEEP = {"type": "object", "properties": {"x": {"type": "object", "properties": {"y": {"type": "integer"}}}}}
STRICTER: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = {
    "a value": ({"properties": {"a": {"not": {"type": "integer"}}, "b": {}}}, {"b": "y"}, []),
    "the value itself": ({"properties": {"a": {"not": {"type": "integer"}}, "b": {}}}, {"a": 6}, [("/fields/a", "not_allowed")]),
    "required": ({"required": ["c"]}, {"b": "y"}, []),
    "required by another": ({"dependentRequired": {"b": ["c"]}}, {"a": "y"}, []),
    "required, taken away": ({"required": ["b", "c"]}, {"b": None}, [("/fields/b", "required")]),
    "extras": ({"properties": {**WIDE["properties"]}, "additionalProperties": False}, {"b": "y"}, []),
    "another extra": ({"properties": {**WIDE["properties"]}, "additionalProperties": False}, {"more": 1}, [("/fields/more", "unknown_field")]),
    "the extra itself": ({"properties": {**WIDE["properties"]}, "additionalProperties": False}, {"extra": 2}, [("/fields/extra", "unknown_field")]),
    "another element": ({"properties": {"list": {"items": INNER}}}, {"list": [{"v": "bad"}, {"v": 2}]}, []),
    "an element moved": ({"properties": {"list": {"items": INNER}}}, {"list": [{"v": 3}, {"v": "bad"}]}, []),
    "beside it in its element": ({"properties": {"list": {"items": INNER}}}, {"list": [{"v": "bad", "w": 1}]}, []),
    "another bad element": ({"properties": {"list": {"items": INNER}}}, {"list": [{"v": "bad"}, {"v": "worse"}]}, [("/fields/list/1/v", "type")]),
    "deep within": ({"properties": {"deep": DEEP}}, {"deep": {"x": {"y": "bad", "z": 2}}}, []),
    "deep within, itself": ({"properties": {"deep": DEEP}}, {"deep": {"x": {"y": "worse", "z": 1}}}, [("/fields/deep/x/y", "type")]),
    "as few as before": ({"properties": {"few": {"minItems": 3}}}, {"few": [2]}, []),
    "fewer than before": ({"properties": {"few": {"minItems": 3}}}, {"few": []}, [("/fields/few", "min_items")]),
    "the record as a whole": ({"not": {"required": ["extra"]}}, {"b": "y"}, []),
    "mended": ({"not": {"required": ["extra"]}}, {"extra": None}, []),
    "one more thing wrong": ({"required": ["c"], "properties": {"b": {"not": {"type": "integer"}}}}, {"b": 5}, [("/fields/b", "not_allowed")]),
    "more wrong than is told": ({"required": [f"r{index}" for index in range(40)]}, {"a": 1, "b": 2}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", STRICTER.values(), ids=STRICTER.keys())
def test_foreign_record_is_judged_by_what_it_did_not_break_before(open_engine: Callable[..., Engine], case: Any) -> None:
    schema, sent, expected = case
    engine = open_engine({"site.yaml": SITE, "schemas/other.json": json.dumps(WIDE)})
    engine.create(OWNER, "other", FOREIGN)
    put_in_service(engine, {"site.yaml": SITE, "schemas/other.json": json.dumps(schema)})
    unset = [name for name, value in sent.items() if value is None]
    fields = {name: value for name, value in sent.items() if value is not None}
    before = engine.get(OWNER, "other", 1)["fields"]
    assert wrong(lambda: engine.update(OWNER, "other", 1, fields, unset=unset)) == expected
    after = engine.get(OWNER, "other", 1)["fields"]
    assert after == (before if expected else kept(before, sent))
    assert wrong(lambda: engine.update(OWNER, "other", 1, after)) == []
    assert wrong(lambda: engine.create(OWNER, "other", FOREIGN)) != []


def test_file_that_was_exported_comes_back_though_a_rule_is_stricter(open_engine: Callable[..., Engine]) -> None:
    changes = {"properties/name/x-field": {"unique": True}}
    engine = open_engine(documents(changes))
    engine.users.mirror(MirroredUser(id=CLERK.id, username="clara", name="Clara", roles=CLERK.roles))
    for name in ("a", "b"):
        engine.create(CLERK, "thing", {"name": name, "code": "bad code", "size": 500})
    strict = {**changes, "properties/code/pattern": "^[a-z]+$", "properties/size/maximum": 100, "required": ["day"]}
    put_in_service(engine, documents(strict), thing=["code", "size", "day"])
    text = b"name,code,size,level\na,bad code,500,low\nb,bad too,500,low\nc,bad code,1,low\n"
    made = engine.imports.prepare(CLERK, "thing", BytesIO(text), name="a.csv", options={"on": "name"})
    assert (made["counts"]["updated"], made["counts"]["bad"]) == (1, 2), made["counts"]
    assert made["counts"]["problems"] == {"pattern": 2, "required": 1}
    engine.imports.commit(CLERK, made["id"])
    engine.imports.run(CLERK, made["id"])
    stored = [one["fields"] for one in engine.select(CLERK, "thing", Query()).items]
    assert [(one["name"], one["code"], one.get("level")) for one in stored] == [("a", "bad code", "low"), ("b", "bad code", None)]
