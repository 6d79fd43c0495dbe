"""Occurrences: the next time of every periodic schedule, kept as one timer of its whole type."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.due import zone_of
from kartotek.engine.open_writing import Writing
from kartotek.model.workflow import Schedule
from kartotek.rules.timing import next_due
from kartotek.storage import timer_lists, timers
from kartotek.storage.timer_lists import Told
from kartotek.storage.timers import TimerRow

# How often an occurrence that has been is passed over, after a clock was put back.
_TRIES = 400


def arrange(writing: Writing) -> None:
    """Gives every periodic schedule its next occurrence and takes those back that are no longer declared. Idempotent."""
    known: dict[tuple[str, str], list[Told]] = {}
    for one in timer_lists.of_types(writing.conn):
        if one.row.name.startswith("schedule."):
            known.setdefault((one.row.type, one.row.name), []).append(one)
    for name, plan in writing.moment.compiled.times.types.items():
        for schedule in plan.periodic:
            _arrange(writing, name, schedule, known.pop((name, f"schedule.{schedule.name}"), []))
    timers.cancel_ids(writing.conn, [one.row.id for each in known.values() for one in each])


def plan(writing: Writing, record_type: str, schedule: Schedule, due: datetime) -> None:
    """Sets this occurrence, if it has not been yet."""
    timers.add(writing.conn, _row(record_type, schedule, due, zone_of(writing)))


def plan_next(writing: Writing, record_type: str, schedule: Schedule, after: datetime) -> None:
    """Sets the first occurrence later than `after` that has not been yet."""
    zone = zone_of(writing)
    for _ in range(_TRIES):
        due = next_due(schedule, after, zone)
        if due is None or timers.add(writing.conn, _row(record_type, schedule, due, zone)):
            return
        after = due


def _arrange(writing: Writing, record_type: str, schedule: Schedule, known: list[Told]) -> None:
    """An occurrence in hand goes on. One that was set by other rules, or lies further ahead than the next, is set anew."""
    now, zone = writing.moment.now, zone_of(writing)
    waiting = [one for one in known if "last" not in one.row.payload]
    due = next_due(schedule, now, zone)
    stale = [one for one in waiting if one.row.payload.get("rule") != _rule(schedule, zone)]
    if due is not None and not timer_lists.has(writing.conn, _row(record_type, schedule, due, zone).key):
        stale += [one for one in waiting if one not in stale and one.row.due > due]
    timers.cancel_ids(writing.conn, [one.row.id for one in stale])
    if len(stale) == len(waiting):
        plan_next(writing, record_type, schedule, now)


def _row(record_type: str, schedule: Schedule, due: datetime, zone: ZoneInfo) -> TimerRow:
    name = f"schedule.{schedule.name}"
    return TimerRow(
        key=f"{record_type}/0/{name}/{due:%Y-%m-%dT%H:%M:%SZ}", type=record_type, record_id=0, name=name, due=due,
        payload={"rule": _rule(schedule, zone)},
    )


def _rule(schedule: Schedule, zone: ZoneInfo) -> Any:
    return [schedule.every, schedule.cron, schedule.at, list(schedule.on), schedule.yearly, zone.key]
