"""Timers: what is to happen to a record later, written with its cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kartotek.model.frozen import empty
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON
from kartotek.storage.leases import AHEAD
from kartotek.storage.queue import Queue

COLUMNS = ("key", "type", "record_id", "name", "payload", "meant_at", "failures")
QUEUE = Queue("kartotek__timer", COLUMNS)
_INSERT = (
    'INSERT INTO "kartotek__timer" ("key", "type", "record_id", "name", "payload", "due", "meant_at", "attempts") '
    "VALUES (?, ?, ?, ?, ?, ?, ?, 0) "
)
_ADD = f'{_INSERT}ON CONFLICT ("key") DO NOTHING'
_FRESH = '"attempts" = 0, "failures" = 0, "holder" = NULL, "until" = NULL, "done_at" = NULL, "error" = NULL'
_NEW = '"due" = excluded."due", "meant_at" = excluded."meant_at", "payload" = excluded."payload"'
# What has happened already happens again only at another time that is still ahead.
_SET = (
    f'{_INSERT}ON CONFLICT ("key") DO UPDATE SET {_NEW}, {_FRESH} '
    'WHERE COALESCE("kartotek__timer"."meant_at", "kartotek__timer"."due") <> excluded."due" '
    'AND ("kartotek__timer"."done_at" IS NULL OR excluded."due" > ?)'
)
_WAKE = f'{_INSERT}ON CONFLICT ("key") DO UPDATE SET {_NEW}, {_FRESH}'
_DELETE = 'DELETE FROM "kartotek__timer" WHERE "type" = ? AND "record_id" = ?'
_ID = '"id"'
_HIS = 'WHERE "id" = ? AND "holder" = ? AND "done_at" IS NULL'
_CLAIMED = timedelta(minutes=1)
_LATER = 'UPDATE "kartotek__timer" SET "meant_at" = COALESCE("meant_at", "due"), "until" = NULL'


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRow:
    """`key` is one for each cause, so that a timer is never set twice; `record_id` 0 is for a whole type.

    `meant_at` is when it would have been in time, where it was put off since.
    """

    key: str
    type: str
    record_id: int
    name: str
    due: datetime
    payload: Mapping[str, Any] = field(default_factory=empty)
    id: int = 0
    attempts: int = 0
    meant_at: datetime | None = None
    failures: int = 0

    @property
    def meant(self) -> datetime:
        """When it would have been in time."""
        return self.meant_at or self.due


def add(conn: Connection, row: TimerRow) -> bool:
    """Sets a timer; False where one with its key is set already."""
    return conn.run(_ADD, _params(conn, row)) == 1


def add_many(conn: Connection, rows: Sequence[TimerRow]) -> None:
    """Sets those whose keys are not set already."""
    if rows:
        conn.run_many(_ADD, [_params(conn, row) for row in rows])


def set_many(conn: Connection, rows: Sequence[TimerRow], now: datetime) -> None:
    """Sets timers, or moves those with their keys; one that has happened is set again only for an instant after `now`."""
    at = conn.dialect.encode(INSTANT, now)
    if len(rows) == 1:
        conn.run(_SET, (*_params(conn, rows[0]), at))
    elif rows:
        conn.run_many(_SET, [(*_params(conn, row), at) for row in rows])


def wake(conn: Connection, row: TimerRow) -> None:
    """Sets a timer, again and from the beginning where it was set or has happened already."""
    conn.run(_WAKE, _params(conn, row))


def wake_many(conn: Connection, rows: Sequence[TimerRow]) -> None:
    """The same for many timers."""
    if rows:
        conn.run_many(_WAKE, [_params(conn, row) for row in rows])


def are_due(conn: Connection, now: datetime) -> bool:
    """Whether any timer waits to be claimed."""
    at, ahead = conn.dialect.encode(INSTANT, now), conn.dialect.encode(INSTANT, now + _CLAIMED + AHEAD)
    sql = (
        'SELECT 1 FROM "kartotek__timer" WHERE "done_at" IS NULL AND "due" <= ? AND ("until" IS NULL OR "until" <= ? OR "until" > ?) '
        "LIMIT 1"
    )
    return conn.row(sql, (at, at, ahead)) is not None


def waiting_types(conn: Connection, name: str) -> set[str]:
    """The types of which a timer of this name is still to be done."""
    sql = 'SELECT DISTINCT "type" FROM "kartotek__timer" WHERE "name" = ? AND "done_at" IS NULL'
    return {str(row[0]) for row in conn.rows(sql, (name,))}


def claim(conn: Connection, holder: str, now: datetime, *, seconds: float = _CLAIMED.total_seconds(), limit: int = 100) -> list[TimerRow]:
    """Timers that are due, now the holder's; see Queue.claim."""
    return [row_of(conn, row) for row in QUEUE.claim(conn, holder, now, seconds=seconds, limit=limit)]


def go_on(conn: Connection, row: TimerRow, payload: Mapping[str, Any], now: datetime) -> None:
    """Has a row that was just marked as done run again at once, with another payload."""
    encode = conn.dialect.encode
    sql = f'{_LATER}, "due" = ?, "payload" = ?, "done_at" = NULL, "attempts" = 0, "failures" = 0 WHERE "id" = ?'
    conn.run(sql, (encode(INSTANT, min(row.due, now)), encode(JSON, dict(payload)), row.id))


def put_off(conn: Connection, id: int, holder: str, due: datetime, *, error: str) -> bool:
    """Has a row that failed run again at `due`; False when the claim has passed to another."""
    sql = f'{_LATER}, "due" = ?, "failures" = "failures" + 1, "error" = ? {_HIS}'
    return conn.run(sql, (conn.dialect.encode(INSTANT, due), error, id, holder)) == 1


def give_up(conn: Connection, id: int, holder: str, at: datetime, *, error: str) -> bool:
    """Has a row that failed too often run no more; False when the claim has passed to another."""
    sql = f'UPDATE "kartotek__timer" SET "done_at" = ?, "until" = NULL, "failures" = "failures" + 1, "error" = ? {_HIS}'
    return conn.run(sql, (conn.dialect.encode(INSTANT, at), error, id, holder)) == 1


def let_go(conn: Connection, ids: Sequence[int], holder: str) -> None:
    """Gives rows back as they were before they were claimed."""
    _give_back(conn, ids, holder, '"attempts" - 1')


def suspect(conn: Connection, ids: Sequence[int], holder: str, *, attempts: int) -> None:
    """Gives rows back, to be looked at as if they had been claimed so often at least."""
    _give_back(conn, ids, holder, f'CASE WHEN "attempts" < {attempts:d} THEN {attempts:d} ELSE "attempts" END')


def _give_back(conn: Connection, ids: Sequence[int], holder: str, attempts: str) -> None:
    sql = (
        f'UPDATE "kartotek__timer" SET "until" = NULL, "attempts" = {attempts} '
        f'WHERE {conn.dialect.among(_ID)} AND "holder" = ? AND "done_at" IS NULL'
    )
    conn.run(sql, (conn.dialect.ids(ids), holder))


def remove(conn: Connection, id: int) -> None:
    """Forgets a row, whatever became of it."""
    conn.run('DELETE FROM "kartotek__timer" WHERE "id" = ?', (id,))


def cancel(conn: Connection, type: str, record_id: int) -> int:
    """Takes back what is still to happen to a record; answers how many."""
    return conn.run(f'{_DELETE} AND "done_at" IS NULL', (type, record_id))


def forget(conn: Connection, type: str, record_id: int, names: Sequence[str], *, done: bool) -> None:
    """Takes the named timers of a record back, with `done` also those that have happened."""
    if names:
        only = "" if done else ' AND "done_at" IS NULL'
        marks = ", ".join("?" * len(names))
        conn.run(f'{_DELETE} AND "name" IN ({marks}){only}', (type, record_id, *names))


def forget_key(conn: Connection, key: str) -> None:
    """Takes one timer back, whatever it is for."""
    conn.run('DELETE FROM "kartotek__timer" WHERE "key" = ?', (key,))


def payload_of(conn: Connection, key: str) -> Mapping[str, Any] | None:
    """What a timer that is still to be done carries; None where there is no such."""
    row = conn.row('SELECT "payload" FROM "kartotek__timer" WHERE "key" = ? AND "done_at" IS NULL', (key,))
    found: Mapping[str, Any] | None = conn.dialect.decoder(JSON)(row[0]) if row else None
    return found


def cancel_ids(conn: Connection, ids: Sequence[int]) -> None:
    """Takes the timers back that have not happened yet."""
    if ids:
        sql = f'DELETE FROM "kartotek__timer" WHERE {conn.dialect.among(_ID)} AND "done_at" IS NULL'
        conn.run(sql, (conn.dialect.ids(ids),))


def cancel_type(conn: Connection, type: str) -> int:
    """Takes back all that a process still has to do to records of a type."""
    sorts = " OR ".join(f"\"name\" LIKE '{sort}.%'" for sort in ("transition", "schedule", "clock"))
    return conn.run(f'DELETE FROM "kartotek__timer" WHERE "type" = ? AND "done_at" IS NULL AND ({sorts})', (type,))


def purge(conn: Connection, before: datetime, limit: int = 5000) -> int:
    """Removes what happened before that instant and is not needed to know that it did; answers how many."""
    sql = (
        'DELETE FROM "kartotek__timer" WHERE "id" IN (SELECT "id" FROM "kartotek__timer" WHERE "done_at" < ? '
        """AND "error" IS NULL AND "name" NOT LIKE 'transition.%' AND "key" NOT LIKE '%/moment' LIMIT ?)"""
    )
    return conn.run(sql, (conn.dialect.encode(INSTANT, before), limit))


def _params(conn: Connection, row: TimerRow) -> tuple[Any, ...]:
    encode = conn.dialect.encode
    payload, due, meant = encode(JSON, dict(row.payload)), encode(INSTANT, row.due), encode(INSTANT, row.meant_at)
    return row.key, row.type, row.record_id, row.name, payload, due, meant


def row_of(conn: Connection, row: tuple[Any, ...]) -> TimerRow:
    """The timer of (id, due as an instant, attempts, COLUMNS …)."""
    id, due, attempts, key, type, record, name, payload, meant, failures = row
    wire, instant = conn.dialect.decoder(JSON), conn.dialect.decoder(INSTANT)
    return TimerRow(
        id=id, due=due, attempts=attempts, key=key, type=type, record_id=record, name=name, payload=wire(payload),
        meant_at=None if meant is None else instant(meant), failures=failures,
    )


finish = QUEUE.finish
postpone = QUEUE.postpone
