"""Timers as they are looked at: of a record, of a whole type, those that failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT
from kartotek.storage.timers import COLUMNS, TimerRow, row_of

_LISTED = ", ".join(f'"{name}"' for name in ("id", "due", "attempts", *COLUMNS, "error", "done_at"))
_SELECT = f'SELECT {_LISTED} FROM "kartotek__timer" WHERE'


@dataclass(frozen=True, slots=True)
class Told:
    """A timer and what became of it: `error` is that of the last try, with `done` it was given up."""

    row: TimerRow
    error: str
    done: bool


def of_record(conn: Connection, type: str, record_id: int) -> list[Told]:
    """What is still to happen to a record, the earliest first."""
    return _read(conn, '"type" = ? AND "record_id" = ? AND "done_at" IS NULL ORDER BY "due", "id"', (type, record_id))


def of_records(conn: Connection, type: str, record_ids: Sequence[int]) -> list[Told]:
    """All timers of the records, those that have happened too."""
    among = conn.dialect.among('"record_id"')
    return _read(conn, f'"type" = ? AND {among} ORDER BY "id"', (type, conn.dialect.ids(record_ids)))


def of_types(conn: Connection) -> list[Told]:
    """What is still to happen to whole types."""
    return _read(conn, '"record_id" = 0 AND "done_at" IS NULL ORDER BY "id"', ())


def has(conn: Connection, key: str) -> bool:
    """Whether a timer with the key was ever set."""
    return conn.row('SELECT 1 FROM "kartotek__timer" WHERE "key" = ?', (key,)) is not None


def failed(conn: Connection, *, before: int | None = None, limit: int = 50) -> list[Told]:
    """Those with an error, newest first; `before` is the id of the last one already seen."""
    only, params = ('"id" < ? AND ', (before,)) if before is not None else ("", ())
    return _read(conn, f'{only}"error" IS NOT NULL ORDER BY "id" DESC LIMIT ?', (*params, limit))


def waiting(conn: Connection, *, after: tuple[datetime, int] | None = None, limit: int = 50) -> list[Told]:
    """What is still to happen, the earliest first; `after` are due and id of the last one already seen."""
    if after is None:
        return _read(conn, '"done_at" IS NULL ORDER BY "due", "id" LIMIT ?', (limit,))
    due = conn.dialect.encode(INSTANT, after[0])
    condition = '"done_at" IS NULL AND ("due" > ? OR ("due" = ? AND "id" > ?)) ORDER BY "due", "id" LIMIT ?'
    return _read(conn, condition, (due, due, after[1], limit))


def retry(conn: Connection, id: int, now: datetime) -> Told | None:
    """Has one that failed run again at once, with all its tries; None where none with that id has failed."""
    sql = (
        'UPDATE "kartotek__timer" SET "meant_at" = COALESCE("meant_at", "due"), "due" = ?, "attempts" = 0, "failures" = 0, '
        '"holder" = NULL, "until" = NULL, "done_at" = NULL, "error" = NULL WHERE "id" = ? AND "error" IS NOT NULL'
    )
    if conn.run(sql, (conn.dialect.encode(INSTANT, now), id)) != 1:
        return None
    return _read(conn, '"id" = ?', (id,))[0]


def _read(conn: Connection, condition: str, params: Iterable[Any]) -> list[Told]:
    instant = conn.dialect.decoder(INSTANT)
    return [
        Told(row_of(conn, (row[0], instant(row[1]), *row[2:-2])), row[-2] or "", row[-1] is not None)
        for row in conn.rows(f"{_SELECT} {condition}", tuple(params))
    ]
