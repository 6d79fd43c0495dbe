"""Clocks: started, paused and stopped with the states of their record, and the timers of their limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from kartotek.engine.calendars import hours
from kartotek.engine.due import about, zone_of
from kartotek.engine.open_writing import Writing
from kartotek.model.formula import Formula
from kartotek.model.record import Change, Record
from kartotek.model.workflow import Clock
from kartotek.rules.open_hours import Hours, add_open, open_time
from kartotek.rules.timeplan import TypePlan
from kartotek.storage import clocks, timers
from kartotek.storage.clocks import ClockRow
from kartotek.storage.timers import TimerRow

# {calendar types: their hours}, loaded once for all records of a batch.
Known = dict[tuple[str, ...], tuple[Hours, ...]]


def turn(writing: Writing, plan: TypePlan, change: Change, after: Record) -> None:
    """Starts and pauses the clocks as the change says, and moves the limits that it moves."""
    turned = [one for one in plan.clocks if _runs(one, change.before) != _runs(one, after)]
    moved = [one for one in plan.clocks if one not in turned and _runs(one, after) and _moves(plan, one, change)]
    if not turned and not moved:
        return
    known: Known = {}
    stored = clocks.load_many(writing.conn, after.type, [after.id]) if change.before is not None else {}
    changed: list[ClockRow] = []
    for clock in turned:
        row = stored.get((after.id, clock.name)) or ClockRow(type=after.type, record_id=after.id, name=clock.name)
        row = started(writing, row) if _runs(clock, after) else paused(writing, clock, row, known)
        stored[after.id, clock.name] = row
        changed.append(row)
    clocks.save_many(writing.conn, changed)
    _set_limits(writing, [*turned, *moved], after, stored, known=known)


def started(writing: Writing, row: ClockRow) -> ClockRow:
    """The clock, running from now on."""
    return replace(row, since=writing.moment.now) if row.since is None else row


def paused(writing: Writing, clock: Clock, row: ClockRow, known: Known) -> ClockRow:
    """The clock, standing from now on."""
    if row.since is None:
        return row
    now = max(writing.moment.now, row.since)
    ran = now - row.since
    if clock.hours:
        ran = open_time(_hours(writing, clock, known), (row.since, now), zone_of(writing))
    return replace(row, elapsed=row.elapsed + ran, since=None)


def limit_timers(writing: Writing, clock: Clock, row: ClockRow, record: Record, *, known: Known) -> list[TimerRow]:
    """The timers of the limits that a running clock has not reached yet."""
    found = []
    for number in range(len(clock.limits)):
        due = _due(writing, clock, row, (record, number), known=known)
        if due is not None:
            name = f"clock.{clock.name}.{number}"
            found.append(TimerRow(
                key=f"{record.type}/{record.id}/{name}/{_mark(row)}", type=record.type, record_id=record.id, name=name, due=due
            ))
    return found


def names_of(clock: Clock) -> list[str]:
    """The names of the timers of its limits."""
    return [f"clock.{clock.name}.{number}" for number in range(len(clock.limits))]


def _set_limits(
    writing: Writing, moved: Iterable[Clock], after: Record, stored: Mapping[tuple[int, str], ClockRow], *, known: Known
) -> None:
    for clock in moved:
        row = stored.get((after.id, clock.name))
        if row is not None:
            timers.forget(writing.conn, after.type, after.id, names_of(clock), done=False)
            timers.add_many(writing.conn, limit_timers(writing, clock, row, after, known=known))


def _due(
    writing: Writing, clock: Clock, row: ClockRow, limit: tuple[Record, int], *, known: Known
) -> datetime | None:
    record, number = limit
    if row.since is None or number in row.reached:
        return None
    after = clock.limits[number].after
    if isinstance(after, Formula):
        rules = writing.moment.compiled.type(record.type).rules
        after = rules.evaluate(after, about(writing, record))
        if after is None:
            return None
    left = max(after - row.elapsed, timedelta())
    try:
        if clock.hours:
            return add_open(_hours(writing, clock, known), row.since, left, zone_of(writing))
        return row.since + left
    except OverflowError:
        return None


def _hours(writing: Writing, clock: Clock, known: Known) -> tuple[Hours, ...]:
    if clock.hours not in known:
        known[clock.hours] = hours(writing.moment, writing.conn, clock.hours)
    return known[clock.hours]


def _mark(row: ClockRow) -> str:
    """What tells the runs of one clock apart."""
    return f"{row.since:%Y%m%dT%H%M%S.%f}" if row.since is not None else ""


def _runs(clock: Clock, record: Record | None) -> bool:
    return record is not None and record.deleted_at is None and record.state in clock.states


def _moves(plan: TypePlan, clock: Clock, change: Change) -> bool:
    formulas = [one.after for one in clock.limits if isinstance(one.after, Formula)]
    return any(plan.moves(one, change.changed) for one in formulas)
