"""Firing: what is done when the timer of a transition, of a schedule or of a clock has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kartotek.engine import held, occurrences
from kartotek.engine.doing import Again
from kartotek.engine.due import about, zone_of
from kartotek.engine.fanning import matching
from kartotek.engine.following import run_effects
from kartotek.engine.open_writing import Writing
from kartotek.engine.processes import fire
from kartotek.model.record import Record
from kartotek.model.workflow import After, At, Schedule, Workflow
from kartotek.rules.timing import FARTHEST, last_due, occasion, too_late
from kartotek.storage import clocks, occasions, timers
from kartotek.storage.history import HistoryRow
from kartotek.storage.timers import TimerRow


def transition(writing: Writing, row: TimerRow) -> None:
    """Runs the transition, if the record is still where it leads from, the guard lets it, and it is not too late."""
    name = row.name.partition(".")[2]
    declared = _workflow(writing, row.type)
    found = declared.transitions.get(name) if declared is not None else None
    if found is None or not isinstance(found.timer, After | At):
        return
    writing = replace(writing, cause="timer", meant_at=row.meant)
    if not too_late(found.timer.missed, row.meant, writing.moment.now):
        fire(writing, row.type, row.record_id, name)
        return
    record = _live(writing, row)
    if record is not None and record.state in found.sources:
        _skip(writing, record, row, transition=name)


def schedule(writing: Writing, row: TimerRow) -> Again | None:
    """Does what the schedule says about one record; for a whole type, sets a timer for each record that it is about."""
    declared = _workflow(writing, row.type)
    found = declared.schedules.get(row.name.partition(".")[2]) if declared is not None else None
    if found is None:
        return None
    if row.record_id == 0:
        return _occur(writing, found, row)
    record = _live(writing, row)
    if record is not None:
        _do(writing, found, row, record)
    return None


def clock(writing: Writing, row: TimerRow) -> None:
    """Does what the clock says at a limit, once, if it is still running."""
    _, name, number = row.name.split(".")
    declared = _workflow(writing, row.type)
    found = declared.clocks.get(name) if declared is not None else None
    record = _live(writing, row)
    if found is None or record is None or record.state not in found.states or int(number) >= len(found.limits):
        return
    running = clocks.load_many(writing.conn, row.type, [row.record_id]).get((row.record_id, name))
    if running is None or running.since is None or int(number) in running.reached:
        return
    clocks.save_many(writing.conn, [replace(running, reached=running.reached | {int(number)})])
    limit = found.limits[int(number)]
    rules = writing.moment.compiled.type(row.type).rules
    if limit.when is None or rules.holds(limit.when, about(writing, record)):
        writing = replace(writing, meant_at=row.meant)
        run_effects(writing, record, limit.effects, cause=row.name, meant_at=row.meant, key=_occasion(row))


def _occur(writing: Writing, found: Schedule, row: TimerRow) -> Again | None:
    """One occurrence: the next one is set, then the records are gone through in batches.

    One that is left out leaves no trace: should the clock have been wrong and be put back, it comes in its time.
    """
    now, meant = writing.moment.now, row.meant
    if "last" not in row.payload:
        latest = _latest(writing, found, meant)
        if latest != meant:
            timers.remove(writing.conn, row.id)
            occurrences.plan(writing, row.type, found, latest)
            return None
        # Each day has yearly records of its own, so none of them is passed over.
        occurrences.plan_next(writing, row.type, found, max(meant, now - FARTHEST) if found.yearly else max(meant, now))
    if too_late(found.missed, meant, now):
        timers.remove(writing.conn, row.id)
        return None
    ids, last = matching(writing, row.type, found, meant, after=int(row.payload.get("last", 0)))
    timers.add_many(writing.conn, [
        TimerRow(
            key=f"{row.type}/{id}/{row.name}/{meant:%Y-%m-%dT%H:%M:%SZ}", type=row.type, record_id=id, name=row.name,
            due=now, meant_at=meant,
        )
        for id in ids
    ])
    return None if last is None else Again({**row.payload, "last": last})


def _latest(writing: Writing, found: Schedule, meant: datetime) -> datetime:
    """The last occurrence not later than now: what was missed before it is not made good."""
    now = writing.moment.now
    return meant if found.yearly or meant > now else last_due(found, meant, now, zone_of(writing))


def _do(writing: Writing, found: Schedule, row: TimerRow, record: Record) -> None:
    if too_late(found.missed, row.meant, writing.moment.now):
        _skip(writing, record, row)
        return
    rules = writing.moment.compiled.type(row.type).rules
    if found.where is not None and not rules.holds(found.where, about(writing, record)):
        return
    once = found.once or ("per-year" if found.yearly else "")
    period = occasion(once, row.meant, zone_of(writing))
    key = f"{row.type}/{row.record_id}/{row.name}/{period}"
    if period and not occasions.take(writing.conn, key, row.meant):
        return
    writing = replace(writing, meant_at=row.meant)
    run_effects(writing, record, found.effects, cause=row.name, meant_at=row.meant, key=_occasion(row))


def _skip(writing: Writing, record: Record, row: TimerRow, *, transition: str = "") -> None:
    """Notes in history that it was too late."""
    writing.history.append(HistoryRow(
        type=record.type, record_id=record.id, version=record.version, action="skipped", by=writing.moment.actor.id,
        at=writing.moment.now, was={}, now={}, state_was=record.state, state_now=record.state, transition=transition,
        note={"missed": row.name, "meant_at": row.meant.isoformat()},
    ))


def _occasion(row: TimerRow) -> str:
    return f"{row.key}@{row.meant.isoformat()}"


def _workflow(writing: Writing, record_type: str) -> Workflow | None:
    found = writing.moment.compiled.catalog.types.get(record_type)
    return found.workflow if found is not None else None


def _live(writing: Writing, row: TimerRow) -> Record | None:
    return held.live(writing, writing.moment.compiled.type(row.type), row.record_id)
