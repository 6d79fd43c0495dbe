"""Timers: what is to happen to a record later, written with its cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kartotek.model.frozen import empty
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON
from kartotek.storage.queue import Queue

QUEUE = Queue("kartotek__timer", ("key", "type", "record_id", "name", "payload"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRow:
    """`key` is one for each cause, so that a timer is never set twice."""

    key: str
    type: str
    record_id: int
    name: str
    due: datetime
    payload: Mapping[str, Any] = field(default_factory=empty)
    id: int = 0
    attempts: int = 0


def add(conn: Connection, row: TimerRow) -> bool:
    """Sets a timer; False where one with its key is set already."""
    payload, due = conn.dialect.encode(JSON, dict(row.payload)), conn.dialect.encode(INSTANT, row.due)
    sql = (
        'INSERT INTO "kartotek__timer" ("key", "type", "record_id", "name", "payload", "due", "attempts") '
        'VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT ("key") DO NOTHING'
    )
    return conn.run(sql, (row.key, row.type, row.record_id, row.name, payload, due)) == 1


def claim(conn: Connection, holder: str, now: datetime, *, seconds: float = 60, limit: int = 100) -> list[TimerRow]:
    """Timers that are due, now the holder's; see Queue.claim."""
    wire = conn.dialect.decoder(JSON)
    return [
        TimerRow(
            id=id, due=due, attempts=attempts, key=key, type=type, record_id=record, name=name, payload=wire(payload)
        )
        for id, due, attempts, key, type, record, name, payload
        in QUEUE.claim(conn, holder, now, seconds=seconds, limit=limit)
    ]


def cancel(conn: Connection, type: str, record_id: int) -> int:
    """Takes back what is still to happen to a record; answers how many."""
    sql = 'DELETE FROM "kartotek__timer" WHERE "type" = ? AND "record_id" = ? AND "done_at" IS NULL'
    return conn.run(sql, (type, record_id))


finish = QUEUE.finish
postpone = QUEUE.postpone
