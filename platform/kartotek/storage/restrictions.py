"""Restrictions: the people whose data may be kept and not be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT

_LIST = 'SELECT "type", "record_id", "at", "by", "reason", "count" FROM "kartotek__restriction"'


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionRow:
    """`count` is how many records belonged to the person when they were looked for last."""

    type: str
    record_id: int
    at: datetime
    by: int
    reason: str
    count: int = 0


def put(conn: Connection, row: RestrictionRow) -> None:
    """Restricts a person; one who is restricted already stays so since then."""
    conn.run(
        'INSERT INTO "kartotek__restriction" ("type", "record_id", "at", "by", "reason", "count") VALUES (?, ?, ?, ?, ?, ?) '
        'ON CONFLICT ("type", "record_id") DO UPDATE SET "count" = excluded."count"',
        (row.type, row.record_id, conn.dialect.encode(INSTANT, row.at), row.by, row.reason, row.count),
    )


def lift(conn: Connection, type: str, record_id: int) -> bool:
    """Takes it back; False where there was none."""
    return conn.run('DELETE FROM "kartotek__restriction" WHERE "type" = ? AND "record_id" = ?', (type, record_id)) == 1


def find(conn: Connection, type: str, record_id: int) -> RestrictionRow | None:
    """A person's restriction."""
    found = _read(conn, f'{_LIST} WHERE "type" = ? AND "record_id" = ?', (type, record_id))
    return found[0] if found else None


def everyone(conn: Connection) -> list[RestrictionRow]:
    """All who are restricted, latest first."""
    return _read(conn, f'{_LIST} ORDER BY "at" DESC, "type", "record_id"', ())


def _read(conn: Connection, sql: str, params: tuple[object, ...]) -> list[RestrictionRow]:
    instant = conn.dialect.decoder(INSTANT)
    return [
        RestrictionRow(type=type, record_id=id, at=instant(at), by=by, reason=reason, count=count)
        for type, id, at, by, reason, count in conn.rows(sql, params)
    ]
