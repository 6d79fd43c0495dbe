"""Rechecking: rules that look at other records are judged again when those change, and what breaks them is listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kartotek.engine.compiled import CompiledType
from kartotek.engine.doing import Again
from kartotek.engine.open_writing import Writing
from kartotek.engine.related import record_paths
from kartotek.model.record import Change, Record
from kartotek.rules.derive import lived
from kartotek.rules.watching import SYSTEM, Hop, Watch
from kartotek.storage import conflicts, timers
from kartotek.storage.records import load_many
from kartotek.storage.referring import holder_ids
from kartotek.storage.timers import TimerRow

_BATCH = 200
NAME = "recheck"


def recheck(writing: Writing, change: Change, after: Record) -> None:
    """Has the records judged again soon whose rules look at this one, and settles the conflicts of the record itself."""
    watches = writing.moment.compiled.watches
    if after.type in watches.rules:
        _settle(writing, change, after)
    for row in _wakes(writing, change, after, watches.of.get(after.type, ())):
        timers.wake(writing.conn, row)


def recheck_many(writing: Writing, stored: Sequence[tuple[Change, Record]]) -> None:
    """The same for many changes; what several of them matter to is woken once."""
    watches = writing.moment.compiled.watches
    woken: dict[str, TimerRow] = {}
    for change, after in stored:
        if change.before is not None and after.type in watches.rules:
            _settle(writing, change, after)
        woken |= {row.key: row for row in _wakes(writing, change, after, watches.of.get(after.type, ()))}
    timers.wake_many(writing.conn, [woken[key] for key in sorted(woken)])


def run(writing: Writing, row: TimerRow) -> Again | None:
    """The doer of `recheck`: judges the records that look at one, so many at a time."""
    done = (str(row.payload.get("type", "")), int(row.payload.get("id", 0)))
    left = sorted(one for one in _looking(writing, row) if one > done)
    now, further = left[:_BATCH], left[_BATCH:]
    for name in dict.fromkeys(name for name, _ in now):
        _judge(writing, writing.moment.compiled.type(name), [id for other, id in now if other == name])
    return Again({**row.payload, "type": now[-1][0], "id": now[-1][1]}) if further else None


def _wakes(writing: Writing, change: Change, after: Record, watches: Iterable[Watch]) -> Iterator[TimerRow]:
    """The timers of what the change may matter to: of the record itself, and of those it belongs or belonged to."""
    touched = {one for one in watches if _touches(change, one)}
    if any(not one.hops[-1].inverse for one in touched):
        yield _timer(writing, after.type, after.id, "")
    for name in sorted({one.hops[-1].field for one in touched if one.hops[-1].inverse}):
        target = writing.moment.compiled.type(after.type).type.by_name[name].reference
        assert target is not None
        for parent in sorted({*_ids(change.before, name), *_ids(after, name)}):
            yield _timer(writing, target.target, parent, f".{after.type}.{name}")


def _touches(change: Change, watch: Watch) -> bool:
    if change.action in ("update", "transition", "migration"):
        moved = change.before is not None and change.before.state != change.after.state
        return bool(watch.fields & change.changed) or (moved and SYSTEM in watch.fields)
    # Nobody can look at a new record yet but those whose list it has come into.
    return change.action != "create" or watch.hops[-1].inverse


def _timer(writing: Writing, record_type: str, id: int, by: str) -> TimerRow:
    key = f"{record_type}/{id}/{NAME}{by}"
    return TimerRow(key=key, type=record_type, record_id=id, name=f"{NAME}{by}", due=writing.moment.now)


def _looking(writing: Writing, row: TimerRow) -> set[tuple[str, int]]:
    """(type, id) of all records with a rule that looks at the timer's record, or at one in a list of it."""
    _, _, by = row.name.partition(".")
    watched, _, field = by.rpartition(".")
    found: set[tuple[str, int]] = set()
    for watch in writing.moment.compiled.watches.of.get(watched or row.type, ()):
        last = watch.hops[-1]
        if by and last.inverse and last.field == field:
            found |= {(watch.type, id) for id in _back(writing, watch.hops[:-1], [row.record_id])}
        elif not by and not last.inverse:
            found |= {(watch.type, id) for id in _back(writing, watch.hops, [row.record_id])}
    return found


def _back(writing: Writing, hops: Sequence[Hop], ids: Sequence[int]) -> Sequence[int]:
    """The records from which the hops lead to one of these."""
    for hop in reversed(hops):
        if not ids:
            return ()
        compiled = writing.moment.compiled.type(hop.holder)
        if hop.inverse:
            held = load_many(writing.conn, compiled.layout, ids, parts=hop.field in compiled.layout.joins)
            ids = sorted({id for one in held.values() for id in _ids(compiled.codec.record(one), hop.field)})
        else:
            ids = holder_ids(writing.conn, compiled.layout, hop.field, ids, rows=hop.rows)
    return ids


def _judge(writing: Writing, compiled: CompiledType, ids: Sequence[int]) -> None:
    """Notes which rules that look elsewhere these records break now; those that have come to their end are left alone."""
    rules = writing.moment.compiled.watches.rules[compiled.type.name]
    found = load_many(writing.conn, compiled.layout, ids, lock=True)
    records = [compiled.codec.record(one) for one in found.values() if one.deleted_at is None]
    paths = record_paths(one.rule for one in rules)
    writing.setting.related.prefetch(compiled.type.name, records, paths)
    for record in records:
        broken = [] if _is_over(compiled, record) else _broken(writing, compiled, record)
        conflicts.settle(writing.conn, record.type, record.id, broken)
        conflicts.note(writing.conn, ((record.type, record.id, name) for name in broken), writing.moment.now)


def _settle(writing: Writing, change: Change, after: Record) -> None:
    """After a change of its own: what holds again, what was confirmed now and what is over conflicts no longer."""
    if change.before is None:
        return
    compiled = writing.moment.compiled.type(after.type)
    over = after.deleted_at is not None or _is_over(compiled, after)
    accepted = change.note.get("confirmed", {})
    standing = [] if over else [name for name in _broken(writing, compiled, after) if name not in accepted]
    conflicts.settle(writing.conn, after.type, after.id, standing)
    if change.action == "restore":
        conflicts.note(writing.conn, ((after.type, after.id, name) for name in standing), writing.moment.now)


def _broken(writing: Writing, compiled: CompiledType, record: Record) -> list[str]:
    alive = lived(compiled.rules, record, writing.setting)
    about = writing.setting.about(alive, alive)
    rules = writing.moment.compiled.watches.rules[compiled.type.name]
    return [one.name for one in rules if compiled.rules.broken(one, about)]


def _is_over(compiled: CompiledType, record: Record) -> bool:
    workflow = compiled.type.workflow
    state = workflow.states.get(record.state or "") if workflow is not None else None
    return state is not None and state.final


def _ids(record: Record | None, name: str) -> tuple[int, ...]:
    value = record.values.get(name) if record is not None else None
    return value if isinstance(value, tuple) else () if value is None else (value,)
