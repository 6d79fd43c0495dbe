"""Schedules and clocks: every occurrence once for each record, in the site's local time, through outages and jumps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, OWNER
from timed_site import NOTED, Time, actions, apply, documents, settle, task, upcoming

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.model.query import Query
from kartotek.storage.database import Database

Open = Callable[..., Engine]


@pytest.fixture
def clock() -> Time:  # type: ignore[override]
    """A clock that the test moves."""
    return Time()


@pytest.fixture
def opened(database_url: str, tmp_path: Path, clock: Time) -> Iterator[Open]:
    """A function that opens an engine over a site with this workflow."""
    engines: list[Engine] = []

    def make(flow: str, **more: Any) -> Engine:
        engine = Engine(Database.open(database_url), files=tmp_path / "files", secret=b"s" * 32, clock=clock)
        engines.append(engine)
        apply(engine, documents(flow, **more))
        return engine

    yield make
    for one in engines:
        one.close()


def schedule(rules: str, effect: str = NOTED % "called") -> str:
    return f"---\nschedules:\n  s:\n    {rules}\n    do:\n      - {effect}\n"


def noted(engine: Engine) -> list[tuple[int, str]]:
    """(task, when) of every note there is."""
    found = []
    cursor = None
    while True:
        page = engine.select(OWNER, "note", Query(limit=500, cursor=cursor))
        found += [(one["fields"]["task"], one["fields"]["at"][5:16]) for one in page.items]
        cursor = page.next
        if cursor is None:
            return sorted(found)


def days(engine: Engine, clock: Time, count: int, **step: float) -> None:
    for _ in range(count):
        clock.go(**step)
        settle(engine)


def test_every_day_at_its_local_time_for_every_record_the_condition_holds_for(opened: Open, clock: Time) -> None:
    engine = opened(schedule('every: day\n    at: "09:00"\n    where: "!record.paid"'))
    one, paid = task(engine), task(engine, paid=True)
    days(engine, clock, 72, hours=1)
    assert noted(engine) == [(one["id"], f"11-{day}T01:00") for day in (22, 23, 24)]
    engine.update(CLERK, "task", paid["id"], {"paid": False})
    engine.delete(CLERK, "task", task(engine)["id"])
    days(engine, clock, 24, hours=1)
    assert noted(engine)[3:] == [(one["id"], "11-25T01:00"), (paid["id"], "11-25T01:00")]


def test_nine_stays_nine_where_clocks_change(opened: Open, clock: Time) -> None:
    engine = opened(schedule('every: day\n    at: "09:00"\n    missed: PT40M'), zone="Europe/Berlin")
    task(engine)
    for start in ("2027-03-27T07:30", "2027-10-30T06:30"):
        clock.at = datetime.fromisoformat(start).replace(tzinfo=UTC)
        engine.timers.arrange()
        settle(engine)
        days(engine, clock, 48, hours=1)
    assert [at for _, at in noted(engine)] == [
        "03-27T08:30", "03-28T07:30", "03-29T07:30", "10-30T07:30", "10-31T08:30",
    ]


def test_what_was_missed_for_days_is_left_out_or_done_once(opened: Open, clock: Time) -> None:
    for number, (missed, expected) in enumerate([("", 0), ("\n    missed: run", 1), ("\n    missed: PT3H", 1), ("\n    missed: PT1H", 0)]):
        if number == 0:
            engine = opened(schedule('every: day\n    at: "09:00"' + missed))
            made = task(engine)
        else:
            apply(engine, documents(schedule('every: day\n    at: "09:00"' + missed)))
        before = len(noted(engine))
        clock.go(days=4, hours=1)  # two hours later than nine
        settle(engine)
        assert len(noted(engine)) - before == expected, missed
        clock.go(hours=-1)
        days(engine, clock, 1, days=0)
    days(engine, clock, 30, hours=1)
    assert made["id"] == noted(engine)[-1][0]


@pytest.mark.parametrize(("field", "expected"), [
    ("day", ["2027-02-28T00:00", "2028-02-29T00:00"]), ("feast", ["2027-03-01T00:00", "2028-03-01T00:00"]),
])
def test_a_yearly_day_comes_once_a_year_and_the_29th_of_february_is_the_28th_in_others(
    opened: Open, clock: Time, field: str, expected: list[str]
) -> None:
    engine = opened(schedule(f'yearly: {field}\n    at: "08:00"'))
    task(engine, day="2000-02-29", feast="03-01")
    task(engine)
    for year in (2027, 2028):
        clock.at = datetime(year, 2, 26, tzinfo=UTC)
        engine.timers.arrange()
        settle(engine)
        days(engine, clock, 10, hours=12)
    assert [f"{year}-{at}" for year, (_, at) in zip((2027, 2028), noted(engine), strict=True)] == expected


def test_a_yearly_day_in_an_outage_is_made_good_for_each_record(opened: Open, clock: Time) -> None:
    engine = opened(schedule('yearly: feast\n    at: "08:00"\n    missed: PT100H'))
    for day in ("11-22", "11-23", "11-24", "12-24"):
        task(engine, feast=day)
    clock.go(days=4)
    settle(engine)
    assert [number for number, _ in noted(engine)] == [1, 2, 3]
    settle(engine)
    assert len(noted(engine)) == 3


@pytest.mark.parametrize(("once", "expected"), [("", 6), ("per-day", 4), ("per-month", 1), ("per-year", 1), ("per-record", 1)])
def test_once_is_remembered(opened: Open, clock: Time, once: str, expected: int) -> None:
    engine = opened(schedule('cron: "0 9,18 * * *"' + (f"\n    once: {once}" if once else "")))
    task(engine)
    days(engine, clock, 72, hours=1)
    assert len(noted(engine)) == expected


def test_a_moment_of_each_record_comes_once_and_again_where_it_is_moved_ahead(opened: Open, clock: Time) -> None:
    engine = opened(schedule("moment: \"record.starts_at - duration('24h')\"\n    where: \"!record.paid\""))
    made, soon = task(engine, starts_at="2026-11-23T04:00:00Z"), task(engine, starts_at="2026-11-21T12:00:00Z")
    assert upcoming(engine, made) == ["s 11-22T04:00"] and upcoming(engine, soon) == []
    days(engine, clock, 30, hours=1)
    assert noted(engine) == [(made["id"], "11-22T04:00")]
    engine.update(CLERK, "task", made["id"], {"starts_at": "2026-11-23T05:00:00Z"})
    settle(engine)
    assert len(noted(engine)) == 1
    engine.update(CLERK, "task", made["id"], {"starts_at": "2026-11-25T05:00:00Z"})
    days(engine, clock, 48, hours=1)
    assert noted(engine) == [(made["id"], "11-22T04:00"), (made["id"], "11-24T05:00")]


def test_a_moment_that_was_missed_is_told_in_history(opened: Open, clock: Time) -> None:
    engine = opened(schedule("moment: \"record.starts_at - duration('24h')\""))
    made = task(engine, starts_at="2026-11-23T04:00:00Z")
    clock.go(days=2)
    settle(engine)
    assert noted(engine) == [] and actions(engine, made) == ["create", "skipped"]


def test_a_thousand_records_are_reached_in_batches_each_once(opened: Open, clock: Time) -> None:
    engine = opened(schedule('every: day\n    at: "09:00"\n    where: "record.count == 1"'))
    rows = [{"name": str(number), "count": number % 2} for number in range(1200)]
    for start in range(0, 1200, 400):
        engine.bulk(CLERK, "task", [BulkRow(fields=one) for one in rows[start : start + 400]])
    clock.go(hours=23)
    settle(engine)
    assert [number for number, _ in noted(engine)] == [number for number in range(1, 1201) if number % 2 == 0]




def test_a_schedule_that_changes_or_goes_moves_its_next_occurrence(opened: Open, clock: Time) -> None:
    engine = opened(schedule('every: day\n    at: "09:00"'))
    assert [one["due"] for one in engine.timers.waiting(OWNER).items] == ["2026-11-22T01:00:00Z"]
    apply(engine, documents(schedule('every: day\n    at: "20:00"')))
    assert [one["due"] for one in engine.timers.waiting(OWNER).items] == ["2026-11-21T12:00:00Z"]
    apply(engine, documents("  x: {title: {en: X, zh: 某}, from: open, to: done, after: PT1H}\n"))
    assert engine.timers.waiting(OWNER).items == []


def test_a_clock_that_jumped_far_ahead_and_back_leaves_no_schedule_asleep(opened: Open, clock: Time) -> None:
    engine = opened(schedule('every: day\n    at: "09:00"'))
    task(engine)
    clock.go(days=4000)
    engine.timers.arrange()
    settle(engine)
    clock.go(days=-4000)
    engine.timers.arrange()
    days(engine, clock, 48, hours=1)
    assert [at for _, at in noted(engine)] == ["11-22T01:00", "11-23T01:00"]


@pytest.mark.parametrize("jump", [1, -1])
def test_a_jump_of_a_day_repeats_no_occurrence(opened: Open, clock: Time, jump: int) -> None:
    engine = opened(schedule('every: day\n    at: "09:00"'))
    task(engine)
    days(engine, clock, 30, hours=1)
    clock.go(days=jump)
    engine.timers.arrange()
    settle(engine)
    clock.go(days=-jump)
    engine.timers.arrange()
    days(engine, clock, 48, hours=1)
    found = [at for _, at in noted(engine)]
    assert found == ["11-22T01:00", "11-23T01:00", "11-24T01:00"], found


CLOCK = """---
clocks:
  promise:
    title: {en: Promise, zh: 承诺}
    states: [open, busy]
    %s
    limits:
      - {after: PT4H, do: [{%s}]}
      - {after: "=record.urgent ? duration('5h') : duration('10h')", if: "!record.paid", do: [{%s}]}
"""
PLAIN = CLOCK % ("", NOTED % "first", NOTED % "second")
WORKING = CLOCK % ("hours: [hours]", NOTED % "first", NOTED % "second")


def test_people_are_told_the_title_of_a_schedule_and_renaming_it_plans_nothing_anew(opened: Open) -> None:
    moment = "moment: \"record.starts_at - duration('24h')\""
    engine = opened(schedule(moment + "\n    title: {en: Reminder, zh: 提醒}"))
    made = task(engine, starts_at="2026-11-23T04:00:00Z")
    chinese = replace(OWNER, language="zh")
    assert [one["title"] for one in engine.timers.upcoming(chinese, "task", made["id"])] == ["提醒"]
    before = [one["id"] for one in engine.timers.waiting(OWNER).items]
    apply(engine, documents(schedule(moment + "\n    title: Call")))
    assert [one["title"] for one in engine.timers.upcoming(OWNER, "task", made["id"])] == ["Call"]
    assert [one["id"] for one in engine.timers.waiting(OWNER).items] == before


def test_a_clock_runs_in_its_states_pauses_in_others_and_reaches_each_limit_once(opened: Open, clock: Time) -> None:
    engine = opened(PLAIN)
    made = task(engine)
    assert upcoming(engine, made) == ["promise 11-21T06:00", "promise 11-21T12:00"]
    clock.go(hours=1)
    go(engine, made, "go")  # still running
    assert upcoming(engine, made) == ["promise 11-21T06:00", "promise 11-21T12:00"]
    clock.go(hours=1)
    go(engine, made, "hold")
    assert upcoming(engine, made) == []
    days(engine, clock, 10, hours=1)
    assert noted(engine) == []
    go(engine, made, "back")
    assert upcoming(engine, made) == ["promise 11-21T16:00", "promise 11-21T22:00"]
    days(engine, clock, 3, hours=1)
    assert noted(engine) == [(made["id"], "11-21T16:00")]
    go(engine, made, "hold")
    clock.go(hours=100)
    go(engine, made, "back")
    assert len(upcoming(engine, made)) == 1
    days(engine, clock, 30, hours=1)
    assert len(noted(engine)) == 2 and upcoming(engine, made) == []


def test_a_final_state_stops_the_clock_and_a_condition_keeps_a_limit_still(opened: Open, clock: Time) -> None:
    engine = opened(PLAIN)
    ended, paid = task(engine), task(engine, paid=True)
    go(engine, ended, "end")
    days(engine, clock, 20, hours=1)
    assert noted(engine) == [(paid["id"], "11-21T06:00")]


def test_a_limit_follows_the_fields_it_reads(opened: Open, clock: Time) -> None:
    engine = opened(PLAIN)
    made = task(engine)
    clock.go(hours=1)
    engine.update(CLERK, "task", made["id"], {"urgent": True})
    assert upcoming(engine, made) == ["promise 11-21T06:00", "promise 11-21T07:00"]


def test_a_clock_runs_within_working_hours_alone_and_follows_them_when_they_change(opened: Open, clock: Time) -> None:
    engine = opened(WORKING)
    for weekday in range(1, 6):
        engine.create(CLERK, "hours", {"weekday": weekday, "opens": "09:00", "closes": "12:00"})
    settle(engine)
    made = task(engine)  # on a Saturday
    assert upcoming(engine, made) == ["promise 11-24T02:00", "promise 11-26T02:00"]
    engine.create(CLERK, "hours", {"weekday": 6, "opens": "09:00", "closes": "11:00"})
    settle(engine)
    assert upcoming(engine, made) == ["promise 11-23T04:00", "promise 11-25T04:00"]
    clock.go(hours=5)
    go(engine, made, "hold")  # one hour has run
    clock.go(days=10)
    go(engine, made, "back")  # on a Tuesday in the afternoon
    assert upcoming(engine, made)[0] == "promise 12-02T04:00"


def test_a_deleted_record_stops_its_clock_until_it_is_restored(opened: Open, clock: Time) -> None:
    engine = opened(PLAIN)
    made = task(engine)
    clock.go(hours=1)
    engine.delete(CLERK, "task", made["id"])
    clock.go(hours=50)
    assert settle(engine) == 0
    engine.restore(CLERK, "task", made["id"])
    assert upcoming(engine, made)[0] == "promise 11-23T08:00"


def go(engine: Engine, made: dict[str, Any], name: str) -> None:
    engine.processes.run(CLERK, "task", made["id"], name)
