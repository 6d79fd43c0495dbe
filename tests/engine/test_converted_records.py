"""Values that change their kind in a real database: planned, applied, read again, and brought back."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conversion_scenes import SCENES
from neutral_site import OWNER
from two_catalogs import documents, group, money, rows, text, whole

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.kinds.conversion_texts import written
from kartotek.kinds.equality import canonical

Fields = Mapping[str, Any]


def together(side: int) -> dict[str, Any]:
    """One type with the fields of all scenes, each under a name of its own; 1 for the old ones, 2 for the new ones."""
    found: dict[str, Any] = {}
    for at, scene in enumerate(SCENES):
        for name, fragment in scene[side].items():
            own = fragment.get("x-field", {})
            aliases = {"aliases": [f"s{at}_{one}" for one in own["aliases"]]} if "aliases" in own else {}
            found[f"s{at}_{name}"] = {**fragment, "x-field": {**own, **aliases}} if own else fragment
    return found


def wires(side: int) -> dict[str, Any]:
    """The values of all scenes; 3 as they are sent, 4 as they are expected."""
    return {f"s{at}_{name}": wire for at, scene in enumerate(SCENES) for name, wire in scene[side].items()}


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    """The engine with all scenes as they begin."""
    engine = open_engine(documents(item=together(1), thing={"name": text()}))
    engine.users.mirror(MirroredUser(id=OWNER.id, username="olive", name=OWNER.name, roles=OWNER.roles))
    for name in "abcde":
        engine.create(OWNER, "thing", {"name": name})
    return engine


def fields(engine: Engine, id: int) -> Any:
    return engine.get(OWNER, "item", id)["fields"]


def put_into_service(engine: Engine, given: Mapping[str, str]) -> None:
    plan = engine.plans.plan(OWNER, given)
    assert plan.hash, plan.problems
    assert plan.verdict != "refused", [one.words for one in plan.steps]
    engine.plans.apply(OWNER, given, hash=plan.hash, confirm=plan.to_confirm, reason="test")


def differing(found: Fields, expected: Fields) -> dict[str, tuple[Any, Any]]:
    """{scene: (what is there, what should be)} where that is not the same."""
    names = [name for name in {*found, *expected} if canonical(found.get(name, "absent")) != canonical(expected.get(name, "absent"))]
    return {f"{SCENES[int(name[1:].split('_')[0])][0]}: {name}": (found.get(name, "absent"), expected.get(name, "absent")) for name in names}


def test_all_that_goes_over_is_there_afterwards(engine: Engine) -> None:
    full, gone = (int(engine.create(OWNER, "item", wires(3))["id"]) for _ in range(2))
    empty = int(engine.create(OWNER, "item", {})["id"])
    engine.delete(OWNER, "item", gone)
    put_into_service(engine, documents(item=together(2), thing={"name": text()}))
    engine.restore(OWNER, "item", gone)
    for id in (full, gone):
        assert differing(fields(engine, id), wires(4)) == {}
    assert fields(engine, empty) == {}
    again = int(engine.create(OWNER, "item", {"s0_a": "8"})["id"])
    assert fields(engine, again) == {"s0_a": "8"}


def test_what_cannot_go_over_is_told_before_and_set_aside(engine: Engine) -> None:
    given = documents(item={"s1_a": text()}, thing={"name": text()})
    one, two = (int(engine.create(OWNER, "item", {"s1_a": wire})["id"]) for wire in ("12", "many"))
    put_into_service(engine, given)
    plan = engine.plans.plan(OWNER, documents(item={"s1_a": whole()}, thing={"name": text()}))
    step = plan.steps[0]
    assert (step.verdict, step.confirm, step.finding and [each.id for each in step.finding.sample]) == ("confirm", "item.s1_a", [two])
    put_into_service(engine, documents(item={"s1_a": whole()}, thing={"name": text()}))
    assert [fields(engine, id) for id in (one, two)] == [{"s1_a": 12}, {}]
    assert [kept.name for kept in engine.plans.kept(OWNER) if kept.reason == "retyped"] == ["item.s1_a"]


def test_a_foreign_schema_may_declare_another_type_and_its_values_stay_as_they_were_sent(open_engine: Callable[..., Engine]) -> None:
    def schema(**properties: Any) -> dict[str, str]:
        return documents() | {"schemas/sheet.json": json.dumps({"type": "object", "properties": properties})}

    engine = open_engine(schema(a=whole(), b=text(), c=whole()))
    engine.users.mirror(MirroredUser(id=OWNER.id, username="olive", name=OWNER.name, roles=OWNER.roles))
    sent = {"a": 7, "b": "2026-11-21T10:00:00+08:00", "c": 2**70, "d": [1.0, None]}
    id = int(engine.create(OWNER, "sheet", sent)["id"])
    plan = engine.plans.plan(OWNER, schema(a=text(), b=text(format="date-time"), c=text()))
    retyped = [one for one in plan.steps if one.action == "retype"]
    assert [(one.path, one.verdict, one.finding and one.finding.concerned) for one in retyped] == [
        (("a",), "safe", 1), (("b",), "safe", 1), (("c",), "safe", 1)]
    put_into_service(engine, schema(a=text(), b=text(format="date-time"), c=text()))
    assert engine.get(OWNER, "sheet", id)["fields"] == sent
    put_into_service(engine, schema(a=whole(), b=text(), c=whole()))
    assert engine.get(OWNER, "sheet", id)["fields"] == sent


# Texts as people type them, and what fields of text may become.
TYPED = (
    "7", "007", " 42 ", "1,000", "1.5", "1.50", "1e3", "-0", "", "yes", "true", "False", "2026-11-21", "21.11.2026", "2026-02-30", "09:30",
    "24:00", "2026-11-21T18:00:00+08:00", "PT90M", "a@b.cn", "138 0013 8000", "+8613800138000", "call me", "gold", "Gold", "<b>x</b>", "王芳",
    str(2**70), "9" * 17, "#ff8800", "12-31", "https://example.com/a",
)
KINDS: tuple[Fields, ...] = (
    whole(), {"type": "number"}, money(), {"type": "boolean"}, text(format="date"), text(format="time"), text(format="date-time"),
    text(format="duration"), text(format="email"), text(format="phone"), {"enum": ["gold", "007"]}, text(contentMediaType="text/markdown"),
    whole(minimum=1, maximum=5, **{"x-field": {"widget": "rating"}}), rows(v=whole()), group(v=money()), text(format="color"),
)  # fmt: skip


def test_what_the_plan_tells_is_what_happens(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(item={f"t{at}": text() for at in range(len(KINDS))}))
    engine.users.mirror(MirroredUser(id=OWNER.id, username="olive", name=OWNER.name, roles=OWNER.roles))
    chance = random.Random(20261121)
    sent: dict[int, dict[str, str]] = {}
    for _ in range(20):  # as many as a finding shows
        values = {f"t{at}": chance.choice(TYPED) for at in range(len(KINDS)) if chance.random() < 0.9}
        sent[int(engine.create(OWNER, "item", values)["id"])] = values
    wanted = documents(item={f"t{at}": fragment for at, fragment in enumerate(KINDS)})
    told = {one.path[0]: one for one in engine.plans.plan(OWNER, wanted).steps if one.action == "retype"}
    put_into_service(engine, wanted)
    after = {id: fields(engine, id) for id in sent}
    for name, step in told.items():
        lost = [id for id, values in sent.items() if name in values and name not in after[id]]
        finding = step.finding
        assert finding is not None and (finding.concerned, finding.failing) == (sum(name in one for one in sent.values()), len(lost))
        assert [one.id for one in finding.sample] == lost or not lost
        assert all(one.problem for one in finding.sample) or not lost
        otherwise = sum(name in values and name in after[id] and said(after[id][name]) != values[name] for id, values in sent.items())
        assert finding.altered == otherwise, name
        assert step.verdict == ("confirm" if lost or otherwise else "safe")
    assert {one for one in told} == {f"t{at}" for at in range(len(KINDS))}


def said(wire: Any) -> str:
    """A value as the text that it would be again."""
    inside = wire[0]["v"] if isinstance(wire, list) else wire["v"] if isinstance(wire, dict) else wire
    return written(inside)
