"""Occupancy: the times that records take, one row each, and the rows by which those who take them take turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT

Key = tuple[str, str]  # (space, key)
_COLUMNS = '"space", "key", "start", "end", "weight", "name"'
_AT_ONCE = 200  # keys in one statement
_ADD = (
    f'INSERT INTO "kartotek__occupancy" ({_COLUMNS}, "type", "record_id") VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
)


@dataclass(frozen=True, slots=True)
class OccupancyRow:
    """A time taken, `start` inclusive and `end` not."""

    space: str
    key: str
    start: datetime
    end: datetime
    weight: int
    name: str
    type: str
    record_id: int


def lock(conn: Connection, keys: Iterable[Key]) -> None:
    """Waits until nobody else is taking time of these keys, and lets nobody until the transaction ends. Always in one order.

    On SQLite a writing transaction is alone anyway.
    """
    if conn.dialect.name != "postgresql":
        return
    wanted = sorted(set(keys))
    for some in _batches(wanted):
        values = ", ".join("(?, ?)" for _ in some)
        # An update that changes nothing locks the row, whether it was there or not.
        sql = (
            f'INSERT INTO "kartotek__occupied" ("space", "key") VALUES {values} '
            'ON CONFLICT ("space", "key") DO UPDATE SET "key" = excluded."key"'
        )
        conn.run(sql, [part for one in some for part in one])


def of_record(conn: Connection, record_type: str, id: int) -> list[OccupancyRow]:
    """The times a record takes."""
    sql = f'SELECT {_COLUMNS}, "type", "record_id" FROM "kartotek__occupancy" WHERE "type" = ? AND "record_id" = ?'
    return _read(conn, conn.rows(sql, (record_type, id)))


def around(
    conn: Connection, spans: Mapping[Key, tuple[datetime, datetime]], *, other_than: tuple[str, int] | None = None
) -> list[OccupancyRow]:
    """What is taken of each key within its span, but for the times of one record."""
    encode = conn.dialect.encode
    found: list[OccupancyRow] = []
    for some in _batches(sorted(spans)):
        each = ' OR '.join('("space" = ? AND "key" = ? AND "end" > ? AND "start" < ?)' for _ in some)
        params: list[Any] = []
        for key in some:
            start, end = spans[key]
            params += [*key, encode(INSTANT, start), encode(INSTANT, end)]
        found += _where(conn, f"({each})", params, other_than)
    return found


def within(
    conn: Connection, spaces: Mapping[str, Sequence[str] | None], span: tuple[datetime, datetime], *,
    other_than: tuple[str, int] | None = None,
) -> list[OccupancyRow]:
    """What is taken in the span of the keys given, of all keys where there is None; one query, or one for 200 keys."""
    encode = conn.dialect.encode
    both = [encode(INSTANT, span[0]), encode(INSTANT, span[1])]
    found: list[OccupancyRow] = []
    for space, keys in sorted(spaces.items()):
        for some in [None] if keys is None else _batches(sorted(set(keys))):
            among = "" if some is None else f' AND "key" IN ({", ".join("?" for _ in some)})'
            condition = f'"space" = ?{among} AND "end" > ? AND "start" < ?'
            found += _where(conn, condition, [space, *(some or ()), *both], other_than)
    return found


def add(conn: Connection, rows: Iterable[OccupancyRow]) -> None:
    """Writes times taken."""
    encode = conn.dialect.encode
    conn.run_many(_ADD, [
        (one.space, one.key, encode(INSTANT, one.start), encode(INSTANT, one.end), one.weight, one.name, one.type, one.record_id)
        for one in rows
    ])


def release(conn: Connection, record_type: str, id: int) -> None:
    """Takes away all times of a record."""
    conn.run('DELETE FROM "kartotek__occupancy" WHERE "type" = ? AND "record_id" = ?', (record_type, id))


def clear(conn: Connection, record_type: str) -> None:
    """Takes away all times of all records of a type."""
    conn.run('DELETE FROM "kartotek__occupancy" WHERE "type" = ?', (record_type,))


def by_key(conn: Connection, spaces: Iterable[str]) -> Iterator[list[OccupancyRow]]:
    """All times taken in the spaces, those of each key by itself, in the order of their starts."""
    for space in sorted(set(spaces)):
        sql = (
            f'SELECT {_COLUMNS}, "type", "record_id" FROM "kartotek__occupancy" WHERE "space" = ? '
            'ORDER BY "key", "start", "id"'
        )
        some: list[OccupancyRow] = []
        for one in _read(conn, conn.rows(sql, (space,))):
            if some and some[0].key != one.key:
                yield some
                some = []
            some.append(one)
        if some:
            yield some


def _where(
    conn: Connection, condition: str, params: list[Any], other_than: tuple[str, int] | None
) -> list[OccupancyRow]:
    if other_than is not None:
        condition += ' AND NOT ("type" = ? AND "record_id" = ?)'
        params = [*params, *other_than]
    sql = f'SELECT {_COLUMNS}, "type", "record_id" FROM "kartotek__occupancy" WHERE {condition}'
    return _read(conn, conn.rows(sql, params))


def _read(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[OccupancyRow]:
    instant = conn.dialect.decoder(INSTANT)
    return [OccupancyRow(row[0], row[1], instant(row[2]), instant(row[3]), *row[4:]) for row in rows]


def _batches(keys: Sequence[Any]) -> list[Any]:
    return [keys[at:at + _AT_ONCE] for at in range(0, len(keys), _AT_ONCE)]
