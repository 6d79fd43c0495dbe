"""Consents: what people have agreed to and taken back, one row for each answer, none of which is ever changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kartotek.kinds.kind import ColumnSpec
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT

_BOOLEAN = ColumnSpec("boolean")
_NAMES = '"type", "record_id", "purpose", "given", "at", "by", "via", "said"'
_LIST = f'SELECT "id", {_NAMES} FROM "kartotek__consent" WHERE "type" = ? AND "record_id" = ?'


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """An answer of a person. `by` is who wrote it down, 0 for herself; `via` the door; `said` what she was asked."""

    type: str
    record_id: int
    purpose: str
    given: bool
    at: datetime
    by: int
    via: str
    said: str = ""
    id: int = 0


def add(conn: Connection, row: ConsentRow) -> None:
    """Writes an answer down."""
    encode = conn.dialect.encode
    conn.run(
        f'INSERT INTO "kartotek__consent" ({_NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        (row.type, row.record_id, row.purpose, encode(_BOOLEAN, row.given), encode(INSTANT, row.at), row.by, row.via, row.said),
    )


def of_person(conn: Connection, type: str, record_id: int) -> list[ConsentRow]:
    """All answers of a person, oldest first."""
    return _read(conn, conn.rows(f'{_LIST} ORDER BY "id"', (type, record_id)))


def last(conn: Connection, type: str, record_id: int, purpose: str) -> ConsentRow | None:
    """Her last answer about a purpose, None where she never gave one."""
    found = _read(conn, conn.rows(f'{_LIST} AND "purpose" = ? ORDER BY "id" DESC LIMIT 1', (type, record_id, purpose)))
    return found[0] if found else None


def _read(conn: Connection, rows: Sequence[Sequence[object]]) -> list[ConsentRow]:
    instant, boolean = conn.dialect.decoder(INSTANT), conn.dialect.decoder(_BOOLEAN)
    return [
        ConsentRow(
            id=int(str(row[0])), type=str(row[1]), record_id=int(str(row[2])), purpose=str(row[3]), given=bool(boolean(row[4])),
            at=instant(row[5]), by=int(str(row[6])), via=str(row[7]), said=str(row[8]),
        )
        for row in rows
    ]
