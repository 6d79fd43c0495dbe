"""Suggestions: other values that somebody proposes for a record, until somebody who may has decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON

_NAMES = '"id", "key", "type", "record_id", "fields", "sealed", "by", "at", "status", "decided_by", "decided_at"'
_READ = f'SELECT {_NAMES} FROM "kartotek__suggestion"'


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRow:
    """`fields` are names; `sealed` holds the values and words, encrypted; `key` is what they are bound to."""

    id: int = 0
    key: str
    type: str
    record_id: int
    fields: tuple[str, ...]
    sealed: str
    by: int
    at: datetime
    status: str = "open"
    decided_by: int | None = None
    decided_at: datetime | None = None


def add(conn: Connection, row: SuggestionRow) -> SuggestionRow:
    """The row with its number."""
    sql = (
        'INSERT INTO "kartotek__suggestion" ("key", "type", "record_id", "fields", "sealed", "by", "at", "status") '
        'VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING "id"'
    )
    encode = conn.dialect.encode
    values = (row.key, row.type, row.record_id, encode(JSON, list(row.fields)), row.sealed, row.by, encode(INSTANT, row.at), row.status)
    return replace(row, id=int(conn.rows(sql, values)[0][0]))


def find(conn: Connection, id: int) -> SuggestionRow | None:
    """One by its number, locked until the transaction ends."""
    lock = " FOR UPDATE" if conn.dialect.name == "postgresql" else ""
    return next(iter(_rows(conn, f'{_READ} WHERE "id" = ?{lock}', (id,))), None)


def find_many(conn: Connection, ids: Sequence[int]) -> dict[int, SuggestionRow]:
    """{number: suggestion} of those that there are."""
    if not ids:
        return {}
    among = conn.dialect.among('"id"')
    return {one.id: one for one in _rows(conn, f"{_READ} WHERE {among}", (conn.dialect.ids(ids),))}


def still_open(
    conn: Connection, *, record_type: str = "", record_id: int | None = None, before: int | None = None, limit: int
) -> list[SuggestionRow]:
    """Those that nobody has decided, the newest first; `before` is the number of the last one already seen."""
    asked = [("type", "=", record_type or None), ("record_id", "=", record_id), ("id", "<", before)]
    wanted = [(f'"{name}" {sign} ?', value) for name, sign, value in asked if value is not None]
    where = "".join(f" AND {text}" for text, _ in wanted)
    sql = f"{_READ} WHERE \"status\" = 'open'{where} ORDER BY \"id\" DESC LIMIT ?"
    return _rows(conn, sql, (*(value for _, value in wanted), limit))


def decide(conn: Connection, id: int, status: str, *, by: int, at: datetime, sealed: str) -> bool:
    """Ends one that is open; False where somebody was faster."""
    sql = (
        'UPDATE "kartotek__suggestion" SET "status" = ?, "decided_by" = ?, "decided_at" = ?, "sealed" = ? '
        "WHERE \"id\" = ? AND \"status\" = 'open'"
    )
    return conn.run(sql, (status, by, conn.dialect.encode(INSTANT, at), sealed, id)) == 1


def _rows(conn: Connection, sql: str, params: tuple[Any, ...]) -> list[SuggestionRow]:
    instant, wire = conn.dialect.decoder(INSTANT), conn.dialect.decoder(JSON)
    return [
        SuggestionRow(
            id=row[0], key=row[1], type=row[2], record_id=row[3], fields=tuple(wire(row[4])), sealed=row[5], by=row[6],
            at=instant(row[7]), status=row[8], decided_by=row[9], decided_at=None if row[10] is None else instant(row[10]),
        )
        for row in conn.rows(sql, params)
    ]
