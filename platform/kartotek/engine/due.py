"""Due: the timers that a record has where it stands, worked out from its values and from when it entered its state."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from kartotek.engine.open_writing import Writing
from kartotek.model.formula import Formula
from kartotek.model.record import Record
from kartotek.model.workflow import After, At, Missed, Schedule, Transition
from kartotek.rules.derive import lived
from kartotek.rules.setting import Setting
from kartotek.rules.timing import as_instant, too_late
from kartotek.storage.entries import Entry, entries
from kartotek.storage.timers import TimerRow


def zone_of(writing: Writing) -> ZoneInfo:
    """The site's zone."""
    return ZoneInfo(writing.moment.compiled.catalog.settings.timezone)


def about(writing: Writing, record: Record) -> Setting:
    """Where formulas about the record are evaluated, its live values among the others."""
    rules = writing.moment.compiled.type(record.type).rules
    return writing.setting.about(lived(rules, record, writing.setting), None)


def instant(writing: Writing, formula: Formula, record: Record, setting: Setting) -> datetime | None:
    """The instant that the formula gives for the record."""
    rules = writing.moment.compiled.type(record.type).rules
    return as_instant(rules.evaluate(formula, setting), zone_of(writing))


def transition_timer(
    writing: Writing, record: Record, transition: Transition, entry: Entry, *, setting: Setting
) -> TimerRow | None:
    """The timer that runs the transition; None where it never comes, or came too long ago."""
    timer = transition.timer
    if isinstance(timer, At):
        due = instant(writing, timer.moment, record, setting)
    elif isinstance(timer, After):
        due = _later(entry, timer)
    else:
        return None
    return _timer(writing, record, f"transition.{transition.name}", due, about=(timer.missed, str(entry.version)))


def moment_timer(writing: Writing, record: Record, schedule: Schedule, *, setting: Setting) -> TimerRow | None:
    """The timer of a schedule that is relative to the record; None where it never comes, or came too long ago."""
    assert schedule.moment is not None
    due = instant(writing, schedule.moment, record, setting)
    return _timer(writing, record, f"schedule.{schedule.name}", due, about=(schedule.missed, "moment"))


def entry_of(writing: Writing, record: Record) -> Entry:
    """When the record entered the state it is in."""
    for row in reversed(writing.history):
        if (row.type, row.record_id) == (record.type, record.id) and (
            row.action == "create" or row.state_was != row.state_now
        ):
            return Entry(row.version, row.at)
    return entries(writing.conn, record.type, [record.id]).get(record.id) or first_entry(writing, record)


def first_entry(writing: Writing, record: Record) -> Entry:
    """The entry of a record whose history does not tell."""
    return Entry(1, record.created_at or writing.moment.now)


def _later(entry: Entry, timer: After) -> datetime | None:
    try:
        return entry.at + timer.delay
    except OverflowError:
        return None


def _timer(
    writing: Writing, record: Record, name: str, due: datetime | None, *, about: tuple[Missed, str]
) -> TimerRow | None:
    missed, occurrence = about
    if due is None or too_late(missed, due, writing.moment.now):
        return None
    return TimerRow(
        key=f"{record.type}/{record.id}/{name}/{occurrence}", type=record.type, record_id=record.id, name=name, due=due
    )
