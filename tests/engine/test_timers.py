"""Transitions that run by themselves: when they come, when they move with their record, and when they do not come at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER
from timed_site import NOTED, TASK, Time, actions, apply, documents, settle, state, task, upcoming

from kartotek.engine import firing
from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.timers import Timers
from kartotek.errors import Forbidden, NotFound
from kartotek.storage.database import Database

Open = Callable[..., Engine]
EXPIRE = "  expire: {title: {en: E, zh: 期}, from: open, to: done, after: PT24H%s}\n"
MISS = """  miss: {title: {en: M, zh: 失}, from: [open, busy], to: done, at: "record.starts_at + duration('30m')", guard: "!record.paid"}\n"""


@pytest.fixture
def clock() -> Time:  # type: ignore[override]
    """A clock that the test moves."""
    return Time()


@pytest.fixture
def opened(database_url: str, tmp_path: Path, clock: Time) -> Iterator[Open]:
    """A function that opens an engine over a site with this workflow."""
    engines: list[Engine] = []

    def make(flow: str | None = None, **more: Any) -> Engine:
        engine = Engine(Database.open(database_url), files=tmp_path / "files", secret=b"s" * 32, clock=clock)
        engines.append(engine)
        if flow is not None:
            apply(engine, documents(flow, **more))
        return engine

    yield make
    for one in engines:
        one.close()


def run(engine: Engine, made: dict[str, Any], *names: str) -> None:
    for name in names:
        engine.processes.run(CLERK, "task", made["id"], name)


def update(engine: Engine, made: dict[str, Any], **fields: Any) -> None:
    engine.update(CLERK, "task", made["id"], fields)


def test_a_transition_runs_so_long_after_its_state_was_entered(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "")
    made = task(engine)
    assert upcoming(engine, made) == ["expire 11-22T02:00"]
    clock.go(hours=23, minutes=59)
    assert settle(engine) == 0 and state(engine, made) == "open"
    clock.go(minutes=1)
    assert settle(engine) == 1 and state(engine, made) == "done"
    assert actions(engine, made) == ["create", "transition expire"] and upcoming(engine, made) == []
    assert settle(engine) == 0


def test_leaving_the_state_takes_its_timers_back_and_entering_it_sets_them_anew(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "")
    made = task(engine)
    clock.go(hours=20)
    run(engine, made, "hold")
    assert upcoming(engine, made) == []
    clock.go(hours=20)
    assert settle(engine) == 0 and state(engine, made) == "held"
    run(engine, made, "back")
    clock.go(hours=23)
    assert settle(engine) == 0
    clock.go(hours=2)
    assert settle(engine) == 1 and state(engine, made) == "done"


def test_an_update_does_not_count_as_entering(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "")
    made = task(engine)
    clock.go(hours=20)
    update(engine, made, count=3)
    assert upcoming(engine, made) == ["expire 11-22T02:00"]


@pytest.mark.parametrize(("moment", "first", "change", "then"), [
    ("record.starts_at - duration('1h')", {"starts_at": "2026-11-23T10:00:00Z"}, {"starts_at": "2026-11-24T10:00:00Z"},
     ("x 11-23T09:00", "x 11-24T09:00")),
    ("record.day", {"day": "2026-11-23"}, {"day": "2026-12-01"}, ("x 11-22T16:00", "x 11-30T16:00")),
    ("record.ends_at", {"starts_at": "2026-11-23T10:00:00Z"}, {"starts_at": "2026-11-24T10:00:00Z"},
     ("x 11-23T11:00", "x 11-24T11:00")),
    ("record.day + duration('P2D')", {"day": "2026-11-23"}, {"day": None}, ("x 11-24T16:00", None)),
    ("record.urgent ? record.starts_at : record.ends_at", {"starts_at": "2026-11-23T10:00:00Z"}, {"urgent": True},
     ("x 11-23T11:00", "x 11-23T10:00")),
])
def test_an_exact_moment_follows_its_fields(
    opened: Open, moment: str, first: dict[str, Any], change: dict[str, Any], then: tuple[str, str | None]
) -> None:
    engine = opened(f'  x: {{title: {{en: X, zh: 某}}, from: open, to: done, at: "{moment}"}}\n')
    made = task(engine, **first)
    assert upcoming(engine, made) == [then[0]]
    gone = [name for name, value in change.items() if value is None]
    engine.update(CLERK, "task", made["id"], {name: one for name, one in change.items() if one is not None}, unset=gone)
    assert upcoming(engine, made) == ([then[1]] if then[1] else [])


def test_a_moment_follows_rollups(opened: Open, clock: Time) -> None:
    engine = opened("""  x: {title: {en: X, zh: 某}, from: open, to: done, at: "record.last_note + duration('1h')"}\n""")
    made = task(engine)
    assert upcoming(engine, made) == []
    note = engine.create(CLERK, "note", {"task": made["id"], "at": "2026-11-22T00:00:00Z"})
    assert upcoming(engine, made) == ["x 11-22T01:00"]
    engine.update(CLERK, "note", note["id"], {"at": "2026-11-25T00:00:00Z"})
    assert upcoming(engine, made) == ["x 11-25T01:00"]
    engine.delete(CLERK, "note", note["id"])
    assert upcoming(engine, made) == []


def test_a_moment_follows_what_is_reached_through_a_reference(opened: Open) -> None:
    engine = opened('  x: {title: {en: X, zh: 某}, from: open, to: done, at: "record.person.until"}\n')
    person = engine.create(CLERK, "person", {"name": "P", "until": "2026-11-25T00:00:00Z"})
    made, other = task(engine, person=person["id"]), task(engine)
    assert upcoming(engine, made) == ["x 11-25T00:00"]
    engine.update(CLERK, "person", person["id"], {"until": "2026-11-28T00:00:00Z"})
    settle(engine)
    assert upcoming(engine, made) == ["x 11-28T00:00"] and upcoming(engine, other) == []


def test_a_moment_can_follow_the_last_change(opened: Open, clock: Time) -> None:
    engine = opened("""  x: {title: {en: X, zh: 某}, from: open, to: done, at: "meta.updated_at + duration('P2D')"}\n""")
    made = task(engine)
    clock.go(hours=24)
    update(engine, made, count=1)
    assert upcoming(engine, made) == ["x 11-24T02:00"]


def test_a_guard_that_is_false_consumes_the_timer_and_leaves_a_note(opened: Open, clock: Time) -> None:
    engine = opened(MISS)
    made = task(engine, starts_at="2026-11-21T03:00:00Z", paid=True)
    clock.go(hours=2)
    assert settle(engine) == 1 and state(engine, made) == "open"
    assert actions(engine, made) == ["create", "skipped miss"]
    assert engine.get(OWNER, "task", made["id"])["version"] == 1
    update(engine, made, paid=False)
    assert settle(engine) == 0 and upcoming(engine, made) == []


def test_one_that_was_consumed_comes_again_when_it_is_moved_ahead_but_not_back(opened: Open, clock: Time) -> None:
    engine = opened(MISS)
    made = task(engine, starts_at="2026-11-21T03:00:00Z", paid=True)
    clock.go(hours=2)
    settle(engine)
    update(engine, made, starts_at="2026-11-21T03:10:00Z", paid=False)
    assert settle(engine) == 0 and state(engine, made) == "open"
    update(engine, made, starts_at="2026-11-21T06:00:00Z")
    assert upcoming(engine, made) == ["miss 11-21T06:30"]
    clock.go(hours=3)
    assert settle(engine) == 1 and state(engine, made) == "done"


def test_one_that_is_moved_into_the_past_runs_at_once(opened: Open) -> None:
    engine = opened(MISS)
    made = task(engine, starts_at="2026-11-25T03:00:00Z")
    update(engine, made, starts_at="2026-11-20T03:00:00Z")
    assert settle(engine) == 1 and state(engine, made) == "done"


@pytest.mark.durability("D12")
@pytest.mark.parametrize(("missed", "late", "expected"), [
    ("", {"days": 30}, "done"), (", missed: run", {"days": 30}, "done"), (", missed: skip", {"minutes": 9}, "done"),
    (", missed: skip", {"days": 30}, "open"), (", missed: PT2H", {"hours": 1}, "done"), (", missed: PT2H", {"hours": 3}, "open"),
])
def test_what_was_missed_is_done_as_declared(
    opened: Open, clock: Time, missed: str, late: dict[str, float], expected: str
) -> None:
    engine = opened(EXPIRE % missed)
    made = task(engine)
    clock.go(hours=24)
    clock.go(**late)
    assert settle(engine) == 1 and state(engine, made) == expected
    assert actions(engine, made)[1:] == ["transition expire" if expected == "done" else "skipped expire"]
    assert settle(engine) == 0


def test_a_deleted_record_has_no_timers_and_a_restored_one_has_them_again(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "")
    made = task(engine)
    clock.go(hours=10)
    run(engine, made, "hold", "back")
    engine.delete(CLERK, "task", made["id"])
    clock.go(hours=12)
    assert settle(engine) == 0
    engine.restore(CLERK, "task", made["id"])
    assert upcoming(engine, made) == ["expire 11-22T12:00"]


def test_two_timers_of_one_record_that_are_due_together_run_the_first_alone(opened: Open, clock: Time) -> None:
    engine = opened(
        "  one: {title: {en: One, zh: 一}, from: open, to: held, after: PT1H}\n"
        "  two: {title: {en: Two, zh: 二}, from: [open, held], to: done, after: PT2H}\n"
    )
    made = task(engine)
    clock.go(hours=9)
    settle(engine)
    assert actions(engine, made) == ["create", "transition one"]
    assert upcoming(engine, made) == ["two 11-21T13:00"]


def test_what_a_timer_does_is_done_by_nobody_with_the_rights_of_the_site(opened: Open, clock: Time) -> None:
    engine = opened("  x:\n    title: {en: X, zh: 某}\n    from: open\n    to: done\n    after: PT1H\n"
                    f"    do:\n      - {NOTED % 'expired'}\n")
    made = task(engine)
    clock.go(hours=1)
    settle(engine)
    [row, _] = engine.history(OWNER, "task", made["id"]).items
    assert (row["action"], row["by"]) == ("transition", 0)
    assert engine.get(OWNER, "task", made["id"], fields=["last_note"])["fields"]["last_note"] == "2026-11-21T03:00:00Z"


def test_only_readers_of_the_record_see_what_is_to_come(opened: Open) -> None:
    engine = opened(EXPIRE % "")
    made = task(engine)
    with pytest.raises(NotFound):
        engine.timers.upcoming(HELPER, "task", made["id"])


def test_a_time_that_tells_of_a_hidden_field_is_told_to_those_who_read_it(opened: Open) -> None:
    hidden = {**TASK, "properties": {**TASK["properties"], "starts_at": {
        "type": "string", "format": "date-time", "title": "Start", "x-field": {"read": ["helper"], "write": ["clerk", "helper"]}}}}
    del hidden["properties"]["ends_at"]
    engine = opened(EXPIRE % "" + MISS, task=hidden)
    made = task(engine, starts_at="2026-11-25T03:00:00Z")
    told = [[one["name"] for one in engine.timers.upcoming(actor, "task", made["id"])] for actor in (CLERK, OWNER)]
    assert told == [["expire"], ["expire", "miss"]]


FAILING = ("  x:\n    title: {en: X, zh: 某}\n    from: open\n    to: done\n    after: PT1H\n"
           "    do:\n      - create: {record: hours, set: {weekday: =record.count}}\n")


def test_one_that_fails_keeps_no_other_from_running_and_is_tried_again(opened: Open, clock: Time) -> None:
    engine = opened(FAILING)
    bad, good = task(engine, count=9), [task(engine, count=1) for _ in range(3)]
    clock.go(hours=1)
    assert settle(engine) == 4
    assert [state(engine, one) for one in (bad, *good)] == ["open", "done", "done", "done"]
    [told] = engine.timers.failed(OWNER).items
    assert (told["name"], told["record_id"], told["failures"], told["dead"]) == ("transition.x", bad["id"], 1, False)
    assert "maximum" in told["error"] and told["meant_at"] == "2026-11-21T03:00:00Z" and told["due"] == "2026-11-21T03:01:00Z"
    update(engine, bad, count=2)
    clock.go(minutes=1)
    assert settle(engine) == 1 and state(engine, bad) == "done" and engine.timers.failed(OWNER).items == []


def test_one_that_fails_again_and_again_is_given_up_until_an_owner_has_it_tried(opened: Open, clock: Time) -> None:
    engine = opened(FAILING)
    bad = task(engine, count=9)
    tries = 0
    clock.go(hours=1)
    for _ in range(40):
        tries += settle(engine)
        clock.go(hours=3)
    assert tries == 8
    [told] = engine.timers.failed(OWNER).items
    assert told["dead"] and told["failures"] == 8
    for refused in (CLERK, HELPER):
        with pytest.raises(Forbidden):
            engine.timers.failed(refused)
        with pytest.raises(Forbidden):
            engine.timers.retry(refused, told["id"])
    with pytest.raises(NotFound):
        engine.timers.retry(OWNER, told["id"] + 1)
    update(engine, bad, count=3)
    engine.timers.retry(OWNER, told["id"])
    assert settle(engine) == 1 and state(engine, bad) == "done" and engine.timers.failed(OWNER).items == []


def test_failed_and_waiting_timers_are_told_page_by_page(opened: Open, clock: Time) -> None:
    engine = opened(FAILING)
    for number in range(5):
        task(engine, count=9 if number < 3 else 1)
    first = engine.timers.waiting(OWNER, limit=3)
    rest = engine.timers.waiting(OWNER, limit=3, cursor=first.next or "")
    assert [one["record_id"] for one in (*first.items, *rest.items)] == [1, 2, 3, 4, 5] and rest.next is None
    clock.go(hours=1)
    settle(engine)
    first = engine.timers.failed(OWNER, limit=2)
    rest = engine.timers.failed(OWNER, limit=2, cursor=first.next or "")
    assert [one["record_id"] for one in (*first.items, *rest.items)] == [3, 2, 1] and rest.next is None


@pytest.mark.parametrize("jump", [{"days": 1}, {"days": -1}])
def test_a_jump_of_the_clock_neither_loses_nor_repeats(opened: Open, clock: Time, jump: dict[str, float]) -> None:
    engine = opened(EXPIRE % "")
    made = [task(engine) for _ in range(3)]
    clock.go(hours=23)
    clock.go(**jump)
    settle(engine)
    clock.go(**{name: -value for name, value in jump.items()})
    clock.go(hours=2)
    settle(engine)
    assert [actions(engine, one) for one in made] == [["create", "transition expire"]] * 3


def test_a_changed_delay_counts_from_when_the_state_was_entered(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "")
    made = task(engine)
    clock.go(hours=5)
    apply(engine, documents(EXPIRE.replace("PT24H", "PT48H") % ""))
    assert upcoming(engine, made) == ["expire 11-23T02:00"]
    apply(engine, documents(EXPIRE.replace("PT24H", "PT1H") % ""))
    assert upcoming(engine, made) == ["expire 11-21T03:00"]
    assert settle(engine) == 1 and state(engine, made) == "done"


def test_timers_of_what_is_no_longer_declared_are_taken_back(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "" + MISS)
    made = task(engine, starts_at="2026-11-22T03:00:00Z")
    apply(engine, documents(EXPIRE % ""))
    assert upcoming(engine, made) == ["expire 11-22T02:00"]
    apply(engine, documents(""))
    assert upcoming(engine, made) == []
    clock.go(days=9)
    assert settle(engine) == 0 and state(engine, made) == "open"


def test_a_changed_workflow_replans_more_records_than_one_batch(opened: Open, clock: Time) -> None:
    engine = opened("")
    rows = [BulkRow(fields={"name": str(number)}) for number in range(700)]
    for start in range(0, len(rows), 350):
        engine.bulk(CLERK, "task", rows[start : start + 350])
    apply(engine, documents(EXPIRE % ""))
    assert settle(engine) > 0  # the first five hundred are planned at once, the others by the worker
    with engine.database.read() as conn:
        planned = conn.rows("SELECT count(*), count(DISTINCT record_id) FROM kartotek__timer WHERE name = 'transition.expire'")
    assert planned == [(700, 700)]
    clock.go(hours=1)
    apply(engine, documents(EXPIRE.replace("PT24H", "PT1H") % ""))
    settle(engine)
    with engine.database.read() as conn:
        assert conn.rows("SELECT state, count(*) FROM task GROUP BY state") == [("done", 700)]


def test_what_was_consumed_is_not_run_by_a_change_of_the_workflow(opened: Open, clock: Time) -> None:
    engine = opened(MISS)
    made = task(engine, starts_at="2026-11-21T03:00:00Z", paid=True)
    clock.go(hours=2)
    settle(engine)
    update(engine, made, paid=False)
    apply(engine, documents(MISS + EXPIRE % ""))
    assert settle(engine) == 0 and upcoming(engine, made) == ["expire 11-22T02:00"]


class Broken(Exception):
    """A defect."""


def test_a_defect_stops_no_other_timer_and_is_told(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "")
    made = [task(engine) for _ in range(4)]

    def broken(writing: Any, row: Any) -> None:
        if row.record_id == made[1]["id"]:
            raise Broken("oh")
        firing.transition(writing, row)

    engine.timers = Timers(engine.transactions, b"s" * 32, {"transition": broken})
    clock.go(hours=24)
    defects = 0
    for _ in range(8):
        try:
            settle(engine)
        except Broken:
            defects += 1
    assert [state(engine, one) for one in made] == ["done", "open", "done", "done"] and defects == 2
    [told] = engine.timers.failed(OWNER).items
    assert (told["record_id"], told["error"]) == (made[1]["id"], "Broken: oh")


def test_one_that_never_comes_to_an_end_is_given_up(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "")
    made = task(engine)
    clock.go(hours=24)
    with engine.database.write() as conn:
        conn.run("UPDATE kartotek__timer SET attempts = 100")
    assert settle(engine) == 1 and state(engine, made) == "open"
    [told] = engine.timers.failed(OWNER).items
    assert told["dead"] and "end" in told["error"]


def test_what_is_left_when_the_time_is_over_is_done_by_the_next_call(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "")
    for _ in range(60):
        task(engine)
    clock.go(hours=24)
    assert [engine.timers.run_due(seconds=0) for _ in range(4)] == [25, 25, 10, 0]


def test_old_rows_are_removed_but_not_the_memory_of_what_was_consumed(opened: Open, clock: Time) -> None:
    engine = opened(MISS + '---\nschedules:\n  s: {every: day, do: [{set: {count: 1}}]}\n')
    made = task(engine, starts_at="2026-11-21T03:00:00Z", paid=True)
    for _ in range(3):
        clock.go(hours=24)
        clock.at = clock.at.replace(hour=16, minute=1)
        settle(engine)
    clock.go(days=60)
    engine.tidy()
    with engine.database.read() as conn:
        done = conn.rows("SELECT DISTINCT name FROM kartotek__timer WHERE done_at IS NOT NULL")
    assert done == [("transition.miss",)] and actions(engine, made)[1] == "skipped miss"


def test_what_a_timer_sends_late_is_known_as_late(opened: Open, clock: Time) -> None:
    engine = opened(EXPIRE % "")
    seen: list[Any] = []

    def noted(writing: Any, row: Any) -> None:
        seen.append((row.meant, writing.moment.now))

    engine.timers = Timers(engine.transactions, b"s" * 32, {"transition": noted})
    task(engine)
    clock.go(days=3)
    settle(engine)
    [(meant, now)] = seen
    assert (now - meant).days == 2
