"""Outbox: what is to reach the outside, written with its cause and delivered at least once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON
from kartotek.storage.queue import Queue

QUEUE = Queue("kartotek__outbox", ("key", "channel", "payload"))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """`key` makes a second adding, and a second delivery, recognisable; `payload` holds references, never values."""

    key: str
    channel: str
    payload: Mapping[str, Any]
    due: datetime
    id: int = 0
    attempts: int = 0


def add(conn: Connection, row: OutboxRow) -> bool:
    """Adds a row; False where one with its key is there already."""
    payload, due = conn.dialect.encode(JSON, dict(row.payload)), conn.dialect.encode(INSTANT, row.due)
    sql = (
        'INSERT INTO "kartotek__outbox" ("key", "channel", "payload", "due", "attempts") VALUES (?, ?, ?, ?, 0) '
        'ON CONFLICT ("key") DO NOTHING'
    )
    return conn.run(sql, (row.key, row.channel, payload, due)) == 1


def claim(conn: Connection, holder: str, now: datetime, *, seconds: float = 60, limit: int = 100) -> list[OutboxRow]:
    """Rows that are due, now the holder's; see Queue.claim."""
    wire = conn.dialect.decoder(JSON)
    return [
        OutboxRow(id=id, due=due, attempts=attempts, key=key, channel=channel, payload=wire(payload))
        for id, due, attempts, key, channel, payload in QUEUE.claim(conn, holder, now, seconds=seconds, limit=limit)
    ]


finish = QUEUE.finish
postpone = QUEUE.postpone
