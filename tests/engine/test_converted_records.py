"""Values that change their kind in a real database: planned, applied, read again, and brought back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conversion_scenes import SCENES
from neutral_site import OWNER
from two_catalogs import documents, text, whole

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
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
