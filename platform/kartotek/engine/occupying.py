"""Occupying: the times that a record takes, kept free of conflicts within its transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.engine.open_writing import Writing
from kartotek.engine.refusal import Refusal
from kartotek.engine.visible import names_shown
from kartotek.errors import Conflict
from kartotek.kinds.calendar import write_instant
from kartotek.model.catalog import RecordType
from kartotek.model.messages import MESSAGES
from kartotek.model.process import Occupancy
from kartotek.model.problem import Problem, problem
from kartotek.model.record import Change, Record
from kartotek.rules.derive import lived
from kartotek.rules.occupancy import Claim, claims, columns_of, formulas_of, overfull, reads
from kartotek.rules.open_hours import Span
from kartotek.storage import occupancy as storage
from kartotek.storage.occupancy import OccupancyRow
from kartotek.storage.records import load_many
from kartotek.storage.referring import ids_after

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Stored records that together take more of a key than there is room for. `key` is {field: value} of one of them."""

    name: str
    key: Mapping[str, Any]
    start: datetime
    end: datetime
    records: tuple[int, ...]


def occupy(writing: Writing, change: Change, after: Record) -> None:
    """Brings the record's occupied times to what they are after the change. Raises Conflict (occupied)."""
    record_type = writing.moment.compiled.type(after.type).type
    if not record_type.occupancy:
        return
    if after.deleted_at is not None:
        storage.release(writing.conn, after.type, after.id)
        return
    stood = change.before is not None and change.action != "restore"
    if stood and not _touched(record_type, change):
        return
    _foresee(writing, after.type, [after], rows_alone=True)
    wanted = claims_of(writing, after)
    held = storage.of_record(writing.conn, after.type, after.id) if stood else []
    rows = [_row(one, after) for one in wanted]
    if sorted(rows, key=_order) == sorted(held, key=_order):
        return
    refused = _refused(writing, after, wanted, held)
    if refused and change.before is not None and change.before.version == after.version:
        # A rollup moved it: its fields mean nothing to whoever writes the other record.
        raise Conflict(MESSAGES["occupied"], problems=[problem("", "occupied")])
    if refused:
        raise _occupied(writing, after, wanted, refused, stored=change.before is not None)
    if held:
        storage.release(writing.conn, after.type, after.id)
    if rows:
        storage.add(writing.conn, rows)


def claims_of(writing: Writing, record: Record) -> list[Claim]:
    """All times that the record takes, worked out anew."""
    rules = writing.moment.compiled.type(record.type).rules
    record = lived(rules, record, writing.setting)
    return claims(rules, record, writing.setting.about(record, None))


def rebuild(writing: Writing, record_type: str) -> list[Clash]:
    """Works out anew what all records of a type take, and writes it down whether it fits or not; the clashes there are.

    For applying a changed declaration: a caller that will not have clashes undoes the transaction.
    """
    compiled = writing.moment.compiled.type(record_type)
    storage.clear(writing.conn, record_type)
    room: dict[OccupancyRow, int] = {}
    keys: dict[OccupancyRow, Mapping[str, Any]] = {}
    last = 0
    while compiled.type.occupancy and (ids := ids_after(writing.conn, compiled.layout, last, _BATCH)):
        loaded = [compiled.codec.record(one) for one in load_many(writing.conn, compiled.layout, ids).values()]
        records = [one for one in loaded if one.deleted_at is None]
        _foresee(writing, record_type, records, rows_alone=False)
        found = [(_row(claim, record), claim) for record in records for claim in claims_of(writing, record)]
        storage.add(writing.conn, [row for row, _ in found])
        room.update((row, claim.capacity) for row, claim in found)
        keys.update((row, claim.values) for row, claim in found)
        last = ids[-1]
    spaces = {row.space for row in room}
    return [clash for some in storage.by_key(writing.conn, spaces) for clash in _clashes(some, room, keys)]


def _clashes(
    taken: Sequence[OccupancyRow], room: Mapping[OccupancyRow, int], keys: Mapping[OccupancyRow, Mapping[str, Any]]
) -> list[Clash]:
    """When the times of one key, given in order, are more than some of them have room for."""
    found: list[Clash] = []
    running: list[OccupancyRow] = []
    for row in taken:
        # What is taken grows only where something begins.
        running = [*(one for one in running if row.start < one.end), row]
        load = sum(one.weight for one in running)
        tight = next((one for one in running if room.get(one, load) < load), None)
        if tight is None:
            continue
        end, ids = min(one.end for one in running), {one.record_id for one in running if one in room}
        if found and row.start <= found[-1].end:
            end, ids = max(end, found[-1].end), ids | set(found[-1].records)
            row_start = found.pop().start
        else:
            row_start = row.start
        found.append(Clash(name=tight.name, key=keys[tight], start=row_start, end=end, records=tuple(sorted(ids))))
    return found


def _foresee(writing: Writing, record_type: str, records: Sequence[Record], *, rows_alone: bool) -> None:
    """Fetches what the formulas reach, one query per hop; what they reach from the record itself, an ordinary write has."""
    paths: set[tuple[str, ...]] = set()
    for occupancy in writing.moment.compiled.type(record_type).type.occupancy:
        for path in (path for formula in formulas_of(occupancy) for path in formula.paths):
            if path[0] == "row" and len(path) > 2:
                paths.add((occupancy.rows, "*", *path[1:]))
            elif path[0] == "record" and len(path) > 2 and not rows_alone:
                paths.add(path[1:])
    if paths:
        writing.setting.related.prefetch(record_type, records, paths)


def _touched(record_type: RecordType, change: Change) -> bool:
    """Whether the change may move an occupied time."""
    read = [reads(one) for one in record_type.occupancy]
    return any(one is None or one & change.changed for one in read)


def _refused(
    writing: Writing, record: Record, wanted: Sequence[Claim], held: Sequence[OccupancyRow]
) -> list[tuple[Claim, Span]]:
    """The claims there is no room for, and when; one of each key."""
    by_key: dict[tuple[str, str], list[Claim]] = {}
    for claim in wanted:
        by_key.setdefault((claim.taken.space, claim.taken.key), []).append(claim)
    storage.lock(writing.conn, by_key)
    spans = {
        key: (min(one.taken.start for one in mine), max(one.taken.end for one in mine)) for key, mine in by_key.items()
    }
    others: dict[tuple[str, str], list[OccupancyRow]] = {key: [] for key in by_key}
    for row in storage.around(writing.conn, spans, other_than=(record.type, record.id)):
        others[row.space, row.key].append(row)
    refused: list[tuple[Claim, Span]] = []
    for key, mine in by_key.items():
        own = [one for one in held if (one.space, one.key) == key]
        if (span := overfull(mine, own, others[key])) is not None:
            refused.append((_blocked(mine, span), span))
    return refused


def _blocked(mine: Sequence[Claim], span: Span) -> Claim:
    """The claim that the span refuses."""
    return next((one for one in mine if one.taken.start < span[1] and span[0] < one.taken.end), mine[0])


def _occupied(
    writing: Writing, record: Record, wanted: Sequence[Claim], refused: Sequence[tuple[Claim, Span]], *, stored: bool
) -> Conflict:
    problems = [_problem(writing, record, claim, span) for claim, span in refused]
    first = refused[0][0]
    place = first.occupancy.rows, first.index
    same = {one.occupancy.name: one.occupancy for one in wanted if (one.occupancy.rows, one.index) == place}
    beside = tuple(_row(one, record) for one in wanted if (one.occupancy.rows, one.index) != place)
    refusal = Refusal(
        moment=writing.moment, record=record, occupancy=first.occupancy, occupancies=tuple(same.values()), row=first.row, beside=beside,
        refused=frozenset(claim.occupancy.name for claim, _ in refused), stored=stored,
    )
    return Conflict(problems[0].message, problems=problems, refusal=refusal)


def _problem(writing: Writing, record: Record, claim: Claim, span: Span) -> Problem:
    """What is taken and when. Of a field that the actor may not see in this record nothing is said but that it is so."""
    compiled = writing.moment.compiled.type(record.type)
    view = writing.moment.view.of(record.type)
    own = columns_of(compiled.type, claim.occupancy)
    outer = [claim.occupancy.rows if name in own else name for name in claim.occupancy.key]
    shown = names_shown(compiled, view, record, writing.setting, asked=outer)
    hidden = len(shown) < len(outer) or any(view.inner.get((claim.occupancy.rows, name), True) is not True for name in own.keys() & {*claim.occupancy.key})
    times = {"start": write_instant(span[0]), "end": write_instant(span[1])}
    said = claim.occupancy.message(writing.moment.actor.language)
    if hidden:
        found = problem("", "occupied", name=claim.occupancy.name)
    else:
        key = {name: list(one) if isinstance(one, tuple) else one for name, one in claim.values.items()}
        found = problem(claim.path(compiled.type), "occupied", name=claim.occupancy.name, key=key, **times)
    return Problem(found.path, found.code, said or found.message, found.params)


def _row(claim: Claim, record: Record) -> OccupancyRow:
    one = claim.taken
    return OccupancyRow(one.space, one.key, one.start, one.end, one.weight, one.name, record.type, record.id)


def _order(row: OccupancyRow) -> tuple[Any, ...]:
    return row.space, row.key, row.start, row.end, row.weight, row.name
