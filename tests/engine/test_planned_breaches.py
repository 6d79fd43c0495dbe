"""From the plan to the list: what a confirmed plan says of records that lack something is what a list of them then shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK, OWNER, SITE
from tests.engine.newer_rules import OLD, PART, documents, thing
from tests.engine.test_breaches import GOOD, STRICT, later, listed

from kartotek.engine.engine import Engine
from kartotek.model.plan import Plan
from kartotek.model.query import Query


@pytest.fixture
def old(open_engine: Callable[..., Engine]) -> Engine:
    """Three things, of which the second keeps the rules that are to come."""
    engine = open_engine(documents())
    for good in (False, True):
        engine.create(CLERK, "part", {"name": "p", "good": good})
    for fields in (OLD, OLD | GOOD, {"name": "bare", "code": "x"}):
        engine.create(CLERK, "thing", fields)
    return engine


def applied(engine: Engine, given: dict[str, str]) -> Plan:
    """The plan of these documents, carried out with all that it wants confirmed."""
    plan = engine.plans.plan(OWNER, given)
    engine.plans.apply(OWNER, given, hash=plan.hash, confirm=plan.to_confirm, reason="test")
    engine.ready()
    later(engine)
    return plan


def counted(engine: Engine) -> dict[str, int]:
    return {one["name"]: one["records"] for one in engine.breaches.counted(OWNER)}


def test_what_the_plan_counts_is_what_the_lists_show(old: Engine) -> None:
    plan = applied(old, documents(STRICT))
    failing = {one.finding.broken: one.finding.failing for one in plan.steps if one.verdict == "ratcheted" and one.finding}
    assert failing.items() >= {"code": 1, "secret": 2, "lines.sku": 1, "box.width": 1, "in_order": 1}.items()
    assert counted(old) == failing
    assert (listed(old, "secret"), listed(old, "*")) == ([1, 3], [1, 3])
    assert old.catalog().ratcheted == {"thing": frozenset(failing)}
    old.update(CLERK, "thing", 1, {"name": "n"})
    old.update(CLERK, "thing", 3, {"secret": "s"})
    assert listed(old, "secret") == [1]


def test_rule_that_everybody_keeps_leaves_no_trace(old: Engine) -> None:
    old.update(CLERK, "thing", 1, {"code": "good"})
    plan = applied(old, documents({"properties/code/pattern": "^[a-z]+$"}))
    assert {one.verdict for one in plan.steps} == {"safe"}
    assert (old.catalog().ratcheted, counted(old)) == ({}, {})


def test_later_changes_carry_names_on_and_let_go_of_what_is_mended(old: Engine) -> None:
    applied(old, documents(STRICT))
    old.update(CLERK, "thing", 1, {"box": {"width": 1}})
    label = {"type": "string", "title": "Label", "pattern": "^[a-z]+$", "x-field": {"aliases": ["code"]}}
    declared = thing({key: value for key, value in STRICT.items() if key != "x-record/validations"} | {"properties/label": label})
    del declared["properties"]["code"]
    applied(old, documents() | {"schemas/thing.json": json.dumps(declared)})
    names = old.catalog().ratcheted["thing"]
    assert names >= {"label", "secret", "lines.sku"} and not names & {"code", "in_order", "box.width"}
    assert (listed(old, "label"), listed(old, "secret"), counted(old)["label"]) == ([1], [1, 3], 1)


def test_type_takes_its_list_along_under_a_new_name(old: Engine) -> None:
    applied(old, documents(STRICT))
    declared = thing({**STRICT, "x-record/aliases": ["thing"]})
    given = {"site.yaml": SITE, "schemas/gadget.json": json.dumps(declared), "schemas/part.json": json.dumps(PART)}
    applied(old, given)
    found = old.select(CLERK, "gadget", Query(broken=("secret",), sort=("meta.id",))).items
    assert [one["id"] for one in found] == [1, 3]
    assert {one["type"] for one in old.breaches.counted(OWNER)} == {"gadget"}
    old.update(CLERK, "gadget", 1, {"secret": "s"})
    assert [one["id"] for one in old.select(CLERK, "gadget", Query(broken=("secret",))).items] == [3]


def test_stricter_foreign_schema_lists_those_that_it_would_refuse(open_engine: Callable[..., Engine]) -> None:
    wide: dict[str, Any] = {"properties": {"a": {}, "b": {}}}
    engine = open_engine({"site.yaml": SITE, "schemas/other.json": json.dumps(wide)})
    for fields in ({"a": 1}, {"a": "x", "b": 1}, {"b": 2}):
        engine.create(OWNER, "other", fields)
    strict = {"properties": {"a": {"not": {"type": "integer"}}, "b": {}}, "required": ["a"]}
    applied(engine, {"site.yaml": SITE, "schemas/other.json": json.dumps(strict)})
    assert engine.catalog().ratcheted == {"other": frozenset("*")}
    assert [one["id"] for one in engine.select(OWNER, "other", Query(broken=("*",), sort=("meta.id",))).items] == [1, 3]
    assert [one["name"] for one in engine.breaches.of_record(OWNER, "other", 1)] == ["a"]
    engine.update(OWNER, "other", 1, {"b": 5})
    engine.update(OWNER, "other", 1, {"a": "y"})
    assert [one["id"] for one in engine.select(OWNER, "other", Query(broken=("a",))).items] == [3]
