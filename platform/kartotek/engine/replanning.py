"""Replanning: the timers of records that have not changed themselves, because what they depend on has."""

from __future__ import annotations

from collections.abc import Sequence

from kartotek.engine.clocks import Known, limit_timers, paused, started
from kartotek.engine.doing import Again
from kartotek.engine.due import about, first_entry, moment_timer, transition_timer
from kartotek.engine.open_writing import Writing
from kartotek.engine.related import record_paths
from kartotek.model.formula import Formula
from kartotek.model.record import Record
from kartotek.rules.timeplan import TypePlan
from kartotek.storage import clocks, timer_lists, timers
from kartotek.storage.clocks import ClockRow
from kartotek.storage.entries import Entry, entries
from kartotek.storage.loading import inverse
from kartotek.storage.records import load_many
from kartotek.storage.referring import ids_after
from kartotek.storage.timer_lists import Told
from kartotek.storage.timers import TimerRow

_BATCH = 500


def run(writing: Writing, row: TimerRow) -> Again | None:
    """The doer of `replan`: all records of a type, or those that look at one through a path of references."""
    after = int(row.payload.get("after", 0))
    if "path" not in row.payload:
        last = replan_from(writing, row.type, after=after)
        return None if last is None else Again({"after": last})
    ids = _looking(writing, row.type, list(row.payload["path"]), int(row.payload["id"]))
    ids = [id for id in ids if id > after]
    _replan(writing, row.type, ids[:_BATCH])
    return Again({**row.payload, "after": ids[_BATCH - 1]}) if len(ids) > _BATCH else None


def replan_from(writing: Writing, record_type: str, *, after: int) -> int | None:
    """Plans the next records with a greater id; the last of them, or None where there are no more."""
    compiled = writing.moment.compiled
    if record_type not in compiled.times.types:
        return None
    ids = ids_after(writing.conn, compiled.type(record_type).layout, after, _BATCH)
    _replan(writing, record_type, ids)
    return ids[-1] if len(ids) == _BATCH else None


def _looking(writing: Writing, record_type: str, path: Sequence[str], id: int) -> list[int]:
    """The ids of the records that reach that one by the path."""
    compiled = writing.moment.compiled
    if record_type not in compiled.times.types:
        return []
    types = [compiled.type(record_type)]
    for name in path[:-1]:
        field = types[-1].type.by_name.get(name)
        if field is None or field.reference is None:
            return []
        types.append(compiled.type(field.reference.target))
    ids = [id]
    for holder, name in zip(reversed(types), reversed(path), strict=True):
        field = holder.type.by_name.get(name)
        if field is None:
            return []
        found = inverse(writing.conn, holder.layout, field.column, ids)
        ids = sorted({one.id for each in found.values() for one in each})
    return ids


def _replan(writing: Writing, record_type: str, ids: Sequence[int]) -> None:
    compiled = writing.moment.compiled.type(record_type)
    plan = writing.moment.compiled.times.types.get(record_type)
    if plan is None or not ids:
        return
    found = load_many(writing.conn, compiled.layout, ids, lock=True)
    records = [compiled.codec.record(one) for one in found.values() if one.deleted_at is None]
    _Batch(writing, plan, record_type, records).replan()


class _Batch:
    """Records of one type, planned together."""

    def __init__(self, writing: Writing, plan: TypePlan, record_type: str, records: Sequence[Record]) -> None:
        self._writing, self._plan, self._type, self._records = writing, plan, record_type, records
        ids = [one.id for one in records]
        self._entries = entries(writing.conn, record_type, ids)
        self._told = timer_lists.of_records(writing.conn, record_type, ids)
        self._keys = {one.row.key: one for one in self._told}
        self._clocks = clocks.load_many(writing.conn, record_type, ids) if plan.clocks else {}
        self._turned: list[ClockRow] = []
        self._hours: Known = {}

    def replan(self) -> None:
        """Writes the timers and clocks that differ from what they should be."""
        writing = self._writing
        rules = writing.moment.compiled.type(self._type).rules
        writing.setting.related.prefetch(self._type, self._records, record_paths(self._formulas(rules.formulas)))
        wanted = {row.key: row for record in self._records for row in self._wanted(record)}
        stale = [one.row.id for one in self._told if not one.done and one.row.key not in wanted and self._is_ours(one)]
        timers.cancel_ids(writing.conn, stale)
        clocks.save_many(writing.conn, self._turned)
        timers.set_many(writing.conn, [row for row in wanted.values() if self._differs(row)], writing.moment.now)

    def _formulas(self, known: Sequence[Formula]) -> list[Formula]:
        return [one for one in known if id(one) in self._plan.reads]

    def _wanted(self, record: Record) -> list[TimerRow]:
        writing, setting = self._writing, about(self._writing, record)
        entry = self._entries.get(record.id) or first_entry(writing, record)
        rows = [
            transition_timer(writing, record, one, entry, setting=setting)
            for one in self._plan.timed.get(record.state or "", ())
        ]
        rows += [self._ahead(moment_timer(writing, record, one, setting=setting)) for one in self._plan.moments]
        return [*(one for one in rows if one is not None), *self._limits(record, entry)]

    def _ahead(self, row: TimerRow | None) -> TimerRow | None:
        """A moment that had passed before its schedule was declared does not come again."""
        known = row is not None and (row.key in self._keys or row.due > self._writing.moment.now)
        return row if known else None

    def _limits(self, record: Record, entry: Entry) -> list[TimerRow]:
        found: list[TimerRow] = []
        for clock in self._plan.clocks:
            row = self._clocks.get((record.id, clock.name))
            runs = record.state in clock.states
            if row is None and not runs:
                continue
            row = row or ClockRow(type=self._type, record_id=record.id, name=clock.name)
            turned = started(self._writing, row) if runs else paused(self._writing, clock, row, self._hours)
            if turned != row:
                self._turned.append(turned)
            found += limit_timers(self._writing, clock, turned, record, known=self._hours)
        return found

    def _is_ours(self, one: Told) -> bool:
        """Whether the timer is one of those worked out here, or of a schedule that is gone."""
        sort, _, name = one.row.name.partition(".")
        periodic = sort == "schedule" and not one.row.key.endswith("/moment")
        return name not in self._plan.workflow.schedules if periodic else sort in ("transition", "schedule", "clock")

    def _differs(self, row: TimerRow) -> bool:
        told = self._keys.get(row.key)
        return told is None or told.row.meant != row.due
