"""Conflicts: the records that break a rule since something changed that the rule looks at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT

_COLUMNS = '"id", "type", "record_id", "validation", "since"'


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """`validation` is the rule's name; `since` is when it was found broken."""

    id: int
    type: str
    record_id: int
    validation: str
    since: datetime


def note(conn: Connection, found: Iterable[tuple[str, int, str]], now: datetime) -> None:
    """Adds conflicts, (type, record, rule); those that stand already keep their time."""
    at = conn.dialect.encode(INSTANT, now)
    rows = [(*one, at) for one in found]
    sql = (
        'INSERT INTO "kartotek__conflict" ("type", "record_id", "validation", "since") VALUES (?, ?, ?, ?) '
        'ON CONFLICT ("type", "record_id", "validation") DO NOTHING'
    )
    if rows:
        conn.run_many(sql, rows)


def settle(conn: Connection, record_type: str, id: int, standing: Collection[str] = ()) -> None:
    """Removes the conflicts of a record but those of the rules that are still standing."""
    sql = 'DELETE FROM "kartotek__conflict" WHERE "type" = ? AND "record_id" = ?'
    marks = ", ".join("?" for _ in standing)
    conn.run(f'{sql} AND "validation" NOT IN ({marks})' if standing else sql, (record_type, id, *standing))


def newest(
    conn: Connection, types: Sequence[str], *, before: int | None = None, limit: int = 50
) -> list[ConflictRow]:
    """The conflicts of these types that were found last, below an id where one is given."""
    if not types:
        return []
    marks = ", ".join("?" for _ in types)
    after = ' AND "id" < ?' if before is not None else ""
    sql = f'SELECT {_COLUMNS} FROM "kartotek__conflict" WHERE "type" IN ({marks}){after} ORDER BY "id" DESC LIMIT ?'
    params = (*types, *((before,) if before is not None else ()), limit)
    return _read(conn, conn.rows(sql, params))


def of_record(conn: Connection, record_type: str, id: int) -> list[ConflictRow]:
    """The rules that one record conflicts with, the oldest first."""
    asked = f'SELECT {_COLUMNS} FROM "kartotek__conflict" WHERE "type" = ? AND "record_id" = ? ORDER BY "id"'
    return _read(conn, conn.rows(asked, (record_type, id)))


def _read(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[ConflictRow]:
    decode = conn.dialect.decode(INSTANT)
    return [
        ConflictRow(int(row[0]), row[1], int(row[2]), row[3], row[4] if decode is None else decode(row[4]))
        for row in rows
    ]
