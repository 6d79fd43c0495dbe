"""Planning: the timers of a record, set, moved and taken back with the change that is their cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from kartotek.engine.clocks import turn
from kartotek.engine.due import about, entry_of, moment_timer, transition_timer
from kartotek.engine.occurrences import arrange
from kartotek.engine.open_writing import Writing
from kartotek.engine.replanning import replan_from
from kartotek.model.record import Change, Record
from kartotek.model.workflow import At
from kartotek.rules.timeplan import TypePlan
from kartotek.storage import timers
from kartotek.storage.entries import Entry
from kartotek.storage.timers import TimerRow

# Before all that is due: until it is done, timers may stand where they should not.
FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def plan(writing: Writing, change: Change, after: Record) -> None:
    """Brings the record's timers and clocks to what they are after the change, and has those of others looked at soon."""
    times = writing.moment.compiled.times
    for record_type in sorted(times.hours.get(after.type, ())):
        _soon(writing, record_type, due=writing.moment.now)
    if after.type in times.reaches and change.action != "create":
        _tell_reaching(writing, change, after)
    own = times.types.get(after.type)
    if own is not None and not own.is_empty:
        _plan(writing, own, change, after)


def plan_created(writing: Writing, record_type: str, created: Sequence[tuple[Change, Record]]) -> None:
    """The same for new records of one type, with one statement for the timers of all of them."""
    times = writing.moment.compiled.times
    for name in sorted(times.hours.get(record_type, ())):
        _soon(writing, name, due=writing.moment.now)
    own = times.types.get(record_type)
    if own is None or own.is_empty:
        return
    rows = [row for change, after in created for row in _whole(writing, own, after, Entry(after.version, change.at))]
    _set(writing, rows)
    for change, after in created if own.clocks else ():
        turn(writing, own, change, after)


def replan(writing: Writing, record_type: str) -> None:
    """Brings the timers of all records of the type to what the declarations say now: the first at once, the others soon."""
    writing.finish()  # what history tells of entries is read
    arrange(writing)
    if record_type not in writing.moment.compiled.times.types:
        timers.cancel_type(writing.conn, record_type)
    elif replan_from(writing, record_type, after=0) is not None:
        _soon(writing, record_type, due=FIRST)


def _plan(writing: Writing, own: TypePlan, change: Change, after: Record) -> None:
    before = change.before
    if after.deleted_at is not None:
        timers.cancel(writing.conn, after.type, after.id)
    elif before is None or before.deleted_at is not None:
        _set(writing, _whole(writing, own, after, _entry(writing, change, after)))
    elif before.state != after.state:
        names = [f"transition.{one.name}" for one in own.timed.get(before.state or "", ())]
        timers.forget(writing.conn, after.type, after.id, names, done=True)
        _set(writing, _entering(writing, own, after, Entry(after.version, change.at)))
        _move(writing, own, change, after, transitions=False)
    else:
        _move(writing, own, change, after, transitions=True)
    if own.clocks:
        turn(writing, own, change, after)


def _entry(writing: Writing, change: Change, after: Record) -> Entry:
    return Entry(after.version, change.at) if change.before is None else entry_of(writing, after)


def _whole(writing: Writing, own: TypePlan, after: Record, entry: Entry) -> list[TimerRow | None]:
    found = _entering(writing, own, after, entry)
    if own.moments:
        setting = about(writing, after)
        found += [moment_timer(writing, after, one, setting=setting) for one in own.moments]
    return found


def _entering(writing: Writing, own: TypePlan, after: Record, entry: Entry) -> list[TimerRow | None]:
    timed = own.timed.get(after.state or "", ())
    if not timed:
        return []
    setting = about(writing, after)
    return [transition_timer(writing, after, one, entry, setting=setting) for one in timed]


def _move(writing: Writing, own: TypePlan, change: Change, after: Record, *, transitions: bool) -> None:
    """Moves what is relative to fields that have changed."""
    timed = own.timed.get(after.state or "", ()) if transitions else ()
    moved = [one for one in timed if isinstance(one.timer, At) and own.moves(one.timer.moment, change.changed)]
    moments = [one for one in own.moments if one.moment is not None and own.moves(one.moment, change.changed)]
    if not moved and not moments:
        return
    setting = about(writing, after)
    rows = {f"schedule.{one.name}": moment_timer(writing, after, one, setting=setting) for one in moments}
    if moved:
        entry = entry_of(writing, after)
        rows |= {
            f"transition.{one.name}": transition_timer(writing, after, one, entry, setting=setting) for one in moved
        }
    gone = [name for name, row in rows.items() if row is None]
    timers.forget(writing.conn, after.type, after.id, gone, done=False)
    _set(writing, list(rows.values()))


def _set(writing: Writing, rows: list[TimerRow | None]) -> None:
    timers.set_many(writing.conn, [one for one in rows if one is not None], writing.moment.now)


def _soon(writing: Writing, record_type: str, *, due: datetime) -> None:
    row = TimerRow(key=f"{record_type}/0/replan", type=record_type, record_id=0, name="replan", due=due)
    timers.wake(writing.conn, row)


def _tell_reaching(writing: Writing, change: Change, after: Record) -> None:
    """Has those records looked at soon whose moments look at this one."""
    reaches = writing.moment.compiled.times.reaches[after.type]
    changed = change.changed if change.action not in ("delete", "restore") else frozenset(reaches)
    found = {reach for name in changed for reach in reaches.get(name, ())}
    for reach in sorted(found, key=lambda one: (one.type, one.path)):
        way = ".".join(reach.path)
        timers.wake(writing.conn, TimerRow(
            key=f"{reach.type}/0/replan/{way}/{after.type}/{after.id}", type=reach.type, record_id=0, name="replan",
            due=writing.moment.now, payload={"path": list(reach.path), "id": after.id},
        ))
