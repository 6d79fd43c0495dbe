"""Rates: how often something was done within an hour, counted for all processes together."""

from __future__ import annotations

from datetime import datetime

from kartotek.storage.connection import Connection

_HOUR = 3600


def count(conn: Connection, name: str, now: datetime) -> int:
    """Counts one more in the hour of `now` and answers how many there are in it."""
    row = conn.row(
        'INSERT INTO "kartotek__rate" ("name", "window", "count") VALUES (?, ?, 1) '
        'ON CONFLICT ("name", "window") DO UPDATE SET "count" = "kartotek__rate"."count" + 1 RETURNING "count"',
        (name, _window(now)),
    )
    assert row is not None
    return int(row[0])


def counted(conn: Connection, name: str, now: datetime) -> int:
    """How many were counted in the hour of `now`."""
    row = conn.row('SELECT "count" FROM "kartotek__rate" WHERE "name" = ? AND "window" = ?', (name, _window(now)))
    return int(row[0]) if row else 0


def purge(conn: Connection, now: datetime) -> None:
    """Forgets the hours before the last."""
    conn.run('DELETE FROM "kartotek__rate" WHERE "window" < ?', (_window(now) - 1,))


def _window(now: datetime) -> int:
    return int(now.timestamp()) // _HOUR
