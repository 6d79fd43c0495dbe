"""Leases: one holder of a task at a time, over all processes, until it ends or is not renewed."""

from __future__ import annotations

from datetime import datetime, timedelta

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT

_ACQUIRE = (
    'INSERT INTO "kartotek__lease" ("name", "holder", "until") VALUES (?, ?, ?) '
    'ON CONFLICT ("name") DO UPDATE SET "holder" = excluded."holder", "until" = excluded."until" '
    'WHERE "kartotek__lease"."holder" = excluded."holder" OR "kartotek__lease"."until" <= ? OR "kartotek__lease"."until" > ?'
)
AHEAD = timedelta(minutes=1)  # further ahead than that is only what was claimed before a clock was put back


def acquire(conn: Connection, name: str, holder: str, *, now: datetime, seconds: float) -> bool:
    """Takes a free lease or renews one's own; False while another holds it."""
    encode = conn.dialect.encode
    until = now + timedelta(seconds=seconds)
    params = (name, holder, encode(INSTANT, until), encode(INSTANT, now), encode(INSTANT, until + AHEAD))
    return conn.run(_ACQUIRE, params) == 1


def release(conn: Connection, name: str, holder: str) -> None:
    """Gives one's own lease back."""
    conn.run('DELETE FROM "kartotek__lease" WHERE "name" = ? AND "holder" = ?', (name, holder))


def holders(conn: Connection, now: datetime) -> list[str]:
    """Who holds any lease at this moment: processes that work on this database, wherever they run."""
    sql = 'SELECT DISTINCT "holder" FROM "kartotek__lease" WHERE "until" > ? ORDER BY 1'
    return [holder for (holder,) in conn.rows(sql, (conn.dialect.encode(INSTANT, now),))]


def forget_all(conn: Connection) -> None:
    """Ends what was held when a copy was made."""
    conn.run('DELETE FROM "kartotek__lease"')
