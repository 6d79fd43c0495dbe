"""Inbox: messages to people of the site, which they read in its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """`payload` holds references, never values."""

    id: int
    user_id: int
    payload: Mapping[str, Any]
    at: datetime
    read_at: datetime | None = None


def add(conn: Connection, key: str, user_id: int, payload: Mapping[str, Any], *, at: datetime) -> None:
    """Adds a message, once for each key."""
    sql = (
        'INSERT INTO "kartotek__inbox" ("key", "user_id", "payload", "at") VALUES (?, ?, ?, ?) '
        'ON CONFLICT ("key") DO NOTHING'
    )
    conn.run(sql, (key, user_id, conn.dialect.encode(JSON, dict(payload)), conn.dialect.encode(INSTANT, at)))


def listing(
    conn: Connection, user_id: int, *, before: int | None = None, unread: bool = False, limit: int
) -> list[InboxRow]:
    """A user's messages, the newest first; `before` is the id of the last one already seen."""
    also, params = (' AND "id" < ?', (before,)) if before is not None else ("", ())
    also += ' AND "read_at" IS NULL' if unread else ""
    sql = (
        'SELECT "id", "user_id", "payload", "at", "read_at" FROM "kartotek__inbox" '
        f'WHERE "user_id" = ?{also} ORDER BY "id" DESC LIMIT ?'
    )
    wire, instant = conn.dialect.decoder(JSON), conn.dialect.decoder(INSTANT)
    return [
        InboxRow(
            id=id, user_id=user, payload=wire(payload), at=instant(at), read_at=None if read is None else instant(read)
        )
        for id, user, payload, at, read in conn.rows(sql, (user_id, *params, limit))
    ]


def unread(conn: Connection, user_id: int) -> int:
    """How many messages of a user nobody has read."""
    row = conn.row('SELECT COUNT(*) FROM "kartotek__inbox" WHERE "user_id" = ? AND "read_at" IS NULL', (user_id,))
    return int(row[0]) if row else 0


def mark(conn: Connection, user_id: int, at: datetime, *, id: int | None = None) -> int:
    """Marks a user's message as read, or all of them; answers how many were not yet."""
    one, params = (' AND "id" = ?', (id,)) if id is not None else ("", ())
    sql = f'UPDATE "kartotek__inbox" SET "read_at" = ? WHERE "user_id" = ? AND "read_at" IS NULL{one}'
    return conn.run(sql, (conn.dialect.encode(INSTANT, at), user_id, *params))


def exists(conn: Connection, user_id: int, id: int) -> bool:
    """Whether the user has this message."""
    return conn.row('SELECT 1 FROM "kartotek__inbox" WHERE "user_id" = ? AND "id" = ?', (user_id, id)) is not None


def purge(conn: Connection, before: datetime) -> int:
    """Removes what was read before an instant."""
    sql = 'DELETE FROM "kartotek__inbox" WHERE "read_at" < ?'
    return conn.run(sql, (conn.dialect.encode(INSTANT, before),))
