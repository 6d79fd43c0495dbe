"""Glass: records that people have opened for themselves for a while, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kartotek.storage.catalogs import bump_security
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT

_COLUMNS = '"id", "type", "record_id", "user_id", "reason", "at", "ends_at"'


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassRow:
    """One opening; it stays when it has ended."""

    id: int = 0
    type: str
    record_id: int
    user_id: int
    reason: str
    at: datetime
    ends_at: datetime


def add(conn: Connection, row: GlassRow) -> int:
    """Keeps an opening, and has every process look; its number."""
    at, ends_at = (conn.dialect.encode(INSTANT, one) for one in (row.at, row.ends_at))
    found = conn.row(
        'INSERT INTO "kartotek__glass" ("type", "record_id", "user_id", "reason", "at", "ends_at") VALUES (?, ?, ?, ?, ?, ?) RETURNING "id"',
        (row.type, row.record_id, row.user_id, row.reason, at, ends_at),
    )
    bump_security(conn)
    return int(found[0]) if found else 0


def end(conn: Connection, user_id: int, of: tuple[str, int], now: datetime) -> int:
    """Ends a person's openings of a record, (type, id), that are open, and has every process look; how many."""
    instant = conn.dialect.encode(INSTANT, now)
    ended = conn.run(
        'UPDATE "kartotek__glass" SET "ends_at" = ? WHERE "user_id" = ? AND "type" = ? AND "record_id" = ? AND "ends_at" > ?',
        (instant, user_id, *of, instant),
    )
    if ended:
        bump_security(conn)
    return ended


def still_open(conn: Connection, now: datetime) -> list[GlassRow]:
    """All that have not ended."""
    return _read(conn, f'SELECT {_COLUMNS} FROM "kartotek__glass" WHERE "ends_at" > ?', (conn.dialect.encode(INSTANT, now),))


def find_many(conn: Connection, ids: list[int]) -> dict[int, GlassRow]:
    """{number: opening} of those that there are."""
    sql = f'SELECT {_COLUMNS} FROM "kartotek__glass" WHERE {conn.dialect.among(chr(34) + "id" + chr(34))}'
    return {one.id: one for one in _read(conn, sql, (conn.dialect.ids(ids),))} if ids else {}


def _read(conn: Connection, sql: str, params: tuple[object, ...]) -> list[GlassRow]:
    instant = conn.dialect.decoder(INSTANT)
    return [
        GlassRow(id=row[0], type=row[1], record_id=row[2], user_id=row[3], reason=row[4], at=instant(row[5]), ends_at=instant(row[6]))
        for row in conn.rows(sql, params)
    ]
