"""Histories under a changed workflow: who would have gone another way, why, and nobody where nothing was changed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, OWNER
from workflow_documents import FLOW, Edit, documents, emptied, flow, renamed, without_waiting

from kartotek.declaration.load import load
from kartotek.engine.engine import Engine
from kartotek.engine.replaying import SHOWN, Replayed, replay
from kartotek.errors import SetupInvalid
from kartotek.model.actor import Actor
from kartotek.storage.database import Database

BY = Actor.system("test")
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class World:
    """An engine whose clock the test moves, and what it did."""

    def __init__(self, url: str, folder: Path, workflow: dict[str, Any] | None = FLOW) -> None:
        self.now = NOW
        self.engine = Engine(Database.open(url), files=folder, secret=b"s" * 32, clock=lambda: self.now)
        assert self.engine.apply_documents(documents(workflow), by=BY, reason="test").applied

    def thing(self, *transitions: str, by: Actor = CLERK, size: int = 1) -> int:
        id: int = self.engine.create(CLERK, "thing", {"name": "x", "size": size})["id"]
        for name in transitions:
            self.now += timedelta(hours=1)
            self.engine.processes.run(by, "thing", id, name)
        return id

    def under(self, edit: Edit = lambda one: None) -> dict[str, list[int]]:
        """{reason: records} of the replay under the edited workflow."""
        found = self.whole(flow(edit))
        return {key[0]: [id for id, _ in found.groups[key]] for key in found.groups}

    def whole(self, workflow: dict[str, Any]) -> Replayed:
        loaded = load(documents(workflow))
        assert loaded.catalog is not None, loaded.problems
        return replay(self.engine.database, loaded.catalog, self.now)[0]


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Any:
    made = World(database_url, tmp_path / "files")
    yield made
    made.engine.close()


def transition(name: str, **keys: Any) -> Edit:
    return lambda workflow: workflow["transitions"].setdefault(name, {}).update(keys)


def test_the_same_workflow_sends_nobody_another_way(world: World) -> None:
    random.seed(4)
    for _ in range(25):
        id = world.thing(size=random.choice([1, 50]))
        for _ in range(random.randrange(6)):
            open_now = [one["name"] for one in world.engine.processes.transitions(OWNER, "thing", id) if one["allowed"]]
            if not open_now:
                break
            world.engine.processes.run(OWNER, "thing", id, random.choice(open_now))
            world.engine.update(OWNER, "thing", id, {"size": random.choice([1, 50, 3])})
        if random.random() < 0.3:
            world.engine.delete(OWNER, "thing", id)
    found = world.whole(FLOW)
    assert (found.records, found.departing, found.groups) == (25, 0, {})


@pytest.mark.parametrize(("edit", "reason"), [
    (without_waiting, "no_transition"),
    (transition("finish", **{"from": ["open"]}), "not_from"),
    (transition("finish", require=["box"]), "require"),
    (transition("finish", guard="record.size > 3", message="x"), "guard"),
])
def test_each_reason_is_told_with_its_records(world: World, edit: Edit, reason: str) -> None:
    world.thing()
    found = world.thing("wait", "finish")
    assert world.under(edit) == {reason: [found]}


def test_a_transition_that_leads_elsewhere_ends_elsewhere(world: World) -> None:
    found = world.thing("wait")
    edit = lambda one: (  # noqa: E731
        one["states"].update(parked={"final": False}),
        transition("wait", to="parked")(one),
        transition("unpark", **{"from": "parked", "to": "waiting", "roles": ["clerk"]})(one),
    )
    assert world.under(edit) == {"other_end": [found]}


def test_renamed_and_removed_states_are_followed(world: World) -> None:
    world.thing("wait", "resume"), world.thing("wait")
    assert world.under(renamed) == {}
    assert world.under(emptied) == {"no_transition": [1, 2]}


def test_a_timer_that_is_new_takes_those_who_stayed_too_long(world: World) -> None:
    quick, stayed = world.thing("wait"), world.thing()
    gone = world.thing()
    world.now += timedelta(hours=30)
    world.engine.processes.run(CLERK, "thing", gone, "finish")
    expire = transition("expire", **{"from": "open", "to": "done", "after": "PT24H"})
    assert world.under(expire) == {"by_itself": [stayed, gone]}
    guarded = transition("expire", **{"from": "open", "to": "done", "after": "PT24H", "guard": "record.size > 9", "message": "x"})
    assert world.under(guarded) == {} and quick


def test_what_ran_by_itself_before_is_no_departure(database_url: str, tmp_path: Path) -> None:
    timed = flow(transition("expire", **{"from": "open", "to": "done", "after": "PT24H"}))
    world = World(database_url, tmp_path / "files", timed)
    try:
        world.thing()
        world.now += timedelta(hours=24, minutes=3)
        assert world.engine.timers.run_due() >= 1
        assert world.whole(timed).departing == 0
        assert world.whole(FLOW).counts == {("no_transition", "expire", "", ""): 1}
    finally:
        world.engine.close()


def test_who_ran_it_is_known_but_not_with_which_roles(world: World) -> None:
    own, others = world.thing("wait"), world.thing("wait", by=OWNER)
    assert world.under(transition("wait", guard="user.id != meta.created_by", message="x")) == {"guard": [own]}
    found = world.whole(flow(transition("wait", guard="'clerk' in user.roles", message="x")))
    assert (found.departing, found.unknown) == (0, {"wait": 2}) and others


def test_what_history_does_not_hold_is_left_out_and_counted(world: World) -> None:
    world.thing("wait")
    found = world.whole(flow(transition("wait", guard="record.box.open_things > 3", message="x")))
    assert (found.departing, found.unknown) == (0, {"wait": 1})


def test_the_values_of_then_count_and_not_those_of_today(world: World) -> None:
    id = world.thing("wait", size=1)
    world.engine.update(OWNER, "thing", id, {"size": 50})
    assert world.under(transition("wait", guard="record.size < 10", message="x")) == {}
    assert world.under(transition("wait", guard="record.loud == 'OPEN'", message="x")) == {}
    assert world.under(transition("wait", guard="record.size > 10", message="x")) == {"guard": [id]}


def test_many_are_counted_and_the_first_named(world: World) -> None:
    for _ in range(SHOWN + 5):
        world.thing("wait")
    found = world.whole(flow(without_waiting))
    assert list(found.counts.values()) == [SHOWN + 5] and [len(one) for one in found.groups.values()] == [SHOWN]


def test_records_that_entered_their_first_workflow_later_are_replayed_from_there(database_url: str, tmp_path: Path) -> None:
    world = World(database_url, tmp_path / "files", None)
    try:
        world.engine.create(OWNER, "thing", {"name": "x"})
        world.engine.apply_documents(documents(FLOW), by=BY, reason="test")
        world.engine.processes.run(OWNER, "thing", 1, "wait")
        assert world.whole(FLOW).departing == 0 and world.under(without_waiting) == {"no_transition": [1]}
    finally:
        world.engine.close()


def test_an_empty_database_is_told(database_url: str) -> None:
    database, catalog = Database.open(database_url), load(documents()).catalog
    assert catalog is not None
    with pytest.raises(SetupInvalid, match="histories"):
        replay(database, catalog, NOW)
    database.close()
