"""History: one row for each change of a record, written with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kartotek.model.frozen import empty
from kartotek.model.record import ChangeAction
from kartotek.storage import history_names
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """`was` and `now` are {field name: wire} of fields that changed; a field absent on one side has no key there.

    The names are those of today, whatever the fields were called when the row was written.
    """

    type: str
    record_id: int
    version: int
    action: ChangeAction
    by: int
    at: datetime
    was: Mapping[str, Any]
    now: Mapping[str, Any]
    id: int = 0
    state_was: str | None = None
    state_now: str | None = None
    transition: str = ""
    comment: str = ""
    note: Mapping[str, Any] = field(default_factory=empty)


_COLUMNS = (
    '"type", "record_id", "version", "action", "by", "at", "was", "now", "state_was", "state_now", "transition", '
    '"comment", "note"'
)
_BATCH = 2000
_APPEND = f'INSERT INTO "kartotek__history" ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
_SELECT = f'SELECT "id", {_COLUMNS}, {history_names.IS_OLDER} FROM "kartotek__history" WHERE "type" = ?'
_LIST = f'{_SELECT} AND "record_id" = ?'


def append(conn: Connection, row: HistoryRow) -> None:
    """Writes one row."""
    conn.run(_APPEND, _params(conn, row))


def append_many(conn: Connection, rows: Sequence[HistoryRow]) -> None:
    """Writes many rows in their order."""
    if rows:
        conn.run_many(_APPEND, [_params(conn, row) for row in rows])


def of_record(conn: Connection, type: str, id: int, *, before: int | None = None, limit: int = 50) -> list[HistoryRow]:
    """The newest rows of a record, newest first; `before` is the id of the last row already seen."""
    only, params = (' AND "id" < ?', (before,)) if before is not None else ("", ())
    return _read(conn, conn.rows(f'{_LIST}{only} ORDER BY "id" DESC LIMIT ?', (type, id, *params, limit)))


def of_type(conn: Connection, type: str) -> Iterator[HistoryRow]:
    """All rows of a type, record by record, each record's oldest first; read in batches."""
    last = (0, 0)
    while True:
        sql = (
            f'{_SELECT} AND ("record_id", "id") > (?, ?) ORDER BY "record_id", "id" LIMIT ?'
        )
        rows = _read(conn, conn.rows(sql, (type, *last, _BATCH)))
        yield from rows
        if len(rows) < _BATCH:
            return
        last = (rows[-1].record_id, rows[-1].id)


def of_versions(conn: Connection, type: str, versions: Mapping[int, int]) -> dict[int, HistoryRow]:
    """{record id: the change that led to this version of it} of {record id: version}."""
    among = conn.dialect.among('"record_id"')
    rows = _read(conn, conn.rows(f"{_SELECT} AND {among}", (type, conn.dialect.ids(versions))))
    return {row.record_id: row for row in rows if row.version == versions[row.record_id]}


def since(conn: Connection, type: str, id: int, instant: datetime) -> list[HistoryRow]:
    """What was changed after an instant, newest first: undone in this order, it leads back to that moment."""
    at = conn.dialect.encode(INSTANT, instant)
    return _read(conn, conn.rows(f'{_LIST} AND "at" > ? ORDER BY "id" DESC', (type, id, at)))


def after(conn: Connection, type: str, ids: Collection[int], mark: int) -> list[HistoryRow]:
    """What was changed of these records after that row of history."""
    among = conn.dialect.among('"record_id"')
    return _read(conn, conn.rows(f'{_SELECT} AND {among} AND "id" > ? ORDER BY "id"', (type, conn.dialect.ids(ids), mark)))


def _params(conn: Connection, row: HistoryRow) -> tuple[Any, ...]:
    encode = conn.dialect.encode
    at, was, now = encode(INSTANT, row.at), encode(JSON, dict(row.was)), encode(JSON, dict(row.now))
    note = encode(JSON, dict(row.note)) if row.note else None
    process = row.state_was, row.state_now, row.transition or None, row.comment or None, note
    return row.type, row.record_id, row.version, row.action, row.by, at, was, now, *process


def _read(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[HistoryRow]:
    instant, wire = conn.dialect.decoder(INSTANT), conn.dialect.decoder(JSON)
    found = [
        HistoryRow(
            id=row[0], type=row[1], record_id=row[2], version=row[3], action=row[4], by=row[5], at=instant(row[6]),
            was=wire(row[7]), now=wire(row[8]), state_was=row[9], state_now=row[10], transition=row[11] or "",
            comment=row[12] or "", note=wire(row[13]) if row[13] is not None else {},
        )
        for row in rows
    ]
    return _renamed(conn, found) if any(row[14] for row in rows) else found


def _renamed(conn: Connection, rows: Sequence[HistoryRow]) -> list[HistoryRow]:
    """The rows, all of one type, in the words of today."""
    steps = history_names.of_type(conn, rows[0].type)
    found = []
    for row in rows:
        was, now = row.was, row.now
        for _, renamed in (one for one in steps if one[0] >= row.id):
            was, now = (history_names.translated(one, renamed) for one in (was, now))
        was, now = (history_names.declared(one) for one in (was, now))
        found.append(replace(row, was=was, now=now))
    return found
