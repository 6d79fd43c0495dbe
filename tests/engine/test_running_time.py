"""What was planned for running records when their workflow changes: timers go on counting, occupied times are worked out anew."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, OWNER
from workflow_documents import FLOW, THING, Edit, documents, emptied, flow, renamed

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict
from kartotek.model.actor import Actor
from kartotek.storage.database import Database

BY = Actor.system("test")
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class World:
    """An engine whose clock the test moves."""

    def __init__(self, url: str, folder: Path) -> None:
        self.now = NOW
        self.engine = Engine(Database.open(url), files=folder, secret=b"s" * 32, clock=lambda: self.now)

    def apply(self, workflow: dict[str, Any] | None, **types: Any) -> None:
        report = self.engine.apply_documents(documents(workflow, **types), by=BY, reason="test")
        assert report.applied and not report.waiting, report.waiting or report.problems

    def pass_time(self, **length: float) -> None:
        """The clock moves, and what is due is done."""
        self.now += timedelta(**length)
        while self.engine.timers.run_due():
            pass

    def state(self, id: int) -> Any:
        return self.engine.get(OWNER, "thing", id)["state"]

    def due(self, id: int) -> list[tuple[str, str]]:
        return [(one["name"], one["due"]) for one in self.engine.timers.upcoming(OWNER, "thing", id)]


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(database_url, tmp_path / "files")
    yield made
    made.engine.close()


def late(after: str, source: str) -> Edit:
    return lambda workflow: workflow["transitions"].update(
        late={"title": {"en": "Late", "zh": "晚"}, "from": source, "to": "done", "after": after}
    )


def both(*edits: Edit) -> Edit:
    return lambda workflow: [edit(workflow) for edit in edits]


def test_a_renamed_state_goes_on_counting_from_when_it_was_entered(world: World) -> None:
    world.apply(flow(late("PT24H", "waiting")))
    id = world.engine.create(OWNER, "thing", {"name": "x"})["id"]
    world.engine.processes.run(OWNER, "thing", id, "wait")
    world.pass_time(hours=10)
    world.apply(flow(both(renamed, late("PT24H", "paused"))))
    assert (world.state(id), world.due(id)) == ("paused", [("late", "2026-11-22T10:00:00Z")])
    world.pass_time(hours=13)
    assert world.state(id) == "paused"
    world.pass_time(hours=1)
    assert world.state(id) == "done"


def test_a_removed_state_counts_anew_where_its_records_went(world: World) -> None:
    # Who may edit there may edit here: records that go where more people may wait for somebody's word.
    def locked(workflow: Any) -> None:
        workflow["states"]["open"]["edit"] = ["clerk"]

    world.apply(flow(both(locked, late("PT24H", "open"))))
    id = world.engine.create(OWNER, "thing", {"name": "x"})["id"]
    world.engine.processes.run(OWNER, "thing", id, "wait")
    world.pass_time(hours=10)
    to_open = both(locked, emptied, late("PT24H", "open"), lambda one: one.update(removed={"waiting": "open"}))
    world.apply(flow(to_open))
    assert (world.state(id), world.due(id)) == ("open", [("late", "2026-11-22T20:00:00Z")])


def test_a_new_timer_counts_from_the_stored_entry_and_may_be_due_at_once(world: World) -> None:
    world.apply(FLOW)
    id = world.engine.create(OWNER, "thing", {"name": "x"})["id"]
    world.pass_time(hours=30)
    world.apply(flow(late("PT24H", "open")))
    assert world.state(id) == "open"
    world.pass_time(seconds=1)
    assert world.state(id) == "done"


def test_another_delay_moves_what_is_planned_and_none_takes_it_back(world: World) -> None:
    world.apply(flow(late("PT24H", "open")))
    id = world.engine.create(OWNER, "thing", {"name": "x"})["id"]
    world.apply(flow(late("PT48H", "open")))
    assert world.due(id) == [("late", "2026-11-23T10:00:00Z")]
    world.apply(FLOW)
    assert world.due(id) == []
    world.pass_time(hours=72)
    assert world.state(id) == "open"


def test_records_that_enter_their_first_workflow_are_planned_from_then(world: World) -> None:
    world.apply(None)
    id = world.engine.create(OWNER, "thing", {"name": "x"})["id"]
    world.pass_time(hours=30)
    world.apply(flow(late("PT24H", "open")))
    world.pass_time(hours=23)
    assert world.state(id) == "open"
    world.pass_time(hours=1)
    assert world.state(id) == "done"


OCCUPYING: dict[str, Any] = copy.deepcopy(THING)
OCCUPYING["properties"] |= {
    "place": {"type": "string", "title": "Place"}, "until": {"type": "string", "format": "date-time", "title": "Until"},
}
OCCUPYING["x-record"]["occupancy"] = [
    {"key": ["place"], "start": "due", "end": "until", "where": "record.status != 'done'", "message": "Taken"}
]


def test_times_that_a_record_takes_follow_it_into_the_state_it_was_moved_to(world: World) -> None:
    world.apply(FLOW, thing=OCCUPYING)
    taken = {"name": "x", "place": "A", "due": "2026-12-01T10:00:00Z", "until": "2026-12-01T11:00:00Z"}
    id = world.engine.create(CLERK, "thing", taken)["id"]
    world.engine.processes.run(CLERK, "thing", id, "wait")
    with pytest.raises(Conflict):
        world.engine.create(CLERK, "thing", taken)
    world.apply(flow(emptied), thing=OCCUPYING)
    assert world.state(id) == "done"
    assert world.engine.create(CLERK, "thing", taken)["state"] == "open"


def test_an_occupancy_that_is_gone_is_in_nobodys_way(world: World) -> None:
    world.apply(FLOW, thing=OCCUPYING)
    taken = {"name": "x", "place": "A", "due": "2026-12-01T10:00:00Z", "until": "2026-12-01T11:00:00Z"}
    world.engine.create(CLERK, "thing", taken)
    freed = copy.deepcopy(OCCUPYING)
    del freed["x-record"]["occupancy"]
    world.apply(FLOW, thing=freed)
    world.engine.create(CLERK, "thing", taken)
