"""Keys: which master keys the data needs, and the keys of people and types, each wrapped by a master key."""

from __future__ import annotations

from datetime import datetime

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT


def masters(conn: Connection) -> tuple[str, ...]:
    """The names of the master keys that the data cannot be read without, in the order they came."""
    return tuple(str(id) for (id,) in conn.rows('SELECT "id" FROM "kartotek__master" ORDER BY "since", "id"'))


def add_master(conn: Connection, id: str, now: datetime) -> None:
    """Notes a master key as needed."""
    sql = 'INSERT INTO "kartotek__master" ("id", "since") VALUES (?, ?) ON CONFLICT ("id") DO NOTHING'
    conn.run(sql, (id, conn.dialect.encode(INSTANT, now)))


def remove_master(conn: Connection, id: str) -> None:
    """Notes that a master key is no longer needed."""
    conn.run('DELETE FROM "kartotek__master" WHERE "id" = ?', (id,))
