"""Breaches: the records that break rules which are younger than they are, by the names of what they break."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT
from kartotek.storage.sql_text import SqlText

Key = tuple[int, str]  # record, name
_ADD = (
    'INSERT INTO "kartotek__breach" ("type", "record_id", "name", "code", "since") VALUES (?, ?, ?, ?, ?) '
    'ON CONFLICT ("type", "name", "record_id") DO UPDATE SET "code" = excluded."code"'
)
_REMOVE = 'DELETE FROM "kartotek__breach" WHERE "type" = ? AND "record_id" = ? AND "name" = ?'


def of_records(conn: Connection, record_type: str, ids: Sequence[int]) -> dict[Key, str]:
    """{(record, name): code of the problem} of these records."""
    if not ids:
        return {}
    among = conn.dialect.among('"record_id"')
    sql = f'SELECT "record_id", "name", "code" FROM "kartotek__breach" WHERE "type" = ? AND {among} ORDER BY "name"'
    return {(int(row[0]), row[1]): row[2] for row in conn.rows(sql, (record_type, conn.dialect.ids(ids)))}


def settle(conn: Connection, record_type: str, ids: Sequence[int], standing: Mapping[Key, str], *, now: datetime) -> None:
    """Has these records break exactly that; what they have broken before keeps its time. One query where nothing changes."""
    known = of_records(conn, record_type, ids)
    gone = [(record_type, *key) for key in known if key not in standing]
    if gone:
        conn.run_many(_REMOVE, gone)
    note(conn, record_type, {key: code for key, code in standing.items() if known.get(key) != code}, now)


def note(conn: Connection, record_type: str, found: Mapping[Key, str], now: datetime) -> None:
    """Adds breaches."""
    at = conn.dialect.encode(INSTANT, now)
    if found:
        conn.run_many(_ADD, [(record_type, id, name, code, at) for (id, name), code in sorted(found.items())])


def named(names: Sequence[str] | None, record_type: str, record: str) -> SqlText:
    """That a record breaks something of these names, or anything; `record` is the SQL of its number."""
    # Not as EXISTS: SQLite would look at every record to find the few that break something.
    found = f'{record} IN (SELECT "k_b"."record_id" FROM "kartotek__breach" "k_b" WHERE "k_b"."type" = ?'
    if names is None:
        return SqlText(f"{found})", (record_type,))
    return SqlText(f'{found} AND "k_b"."name" IN ({", ".join("?" for _ in names)}))', (record_type, *names))


def counts(conn: Connection, types: Sequence[str]) -> dict[tuple[str, str], int]:
    """{(type, name): records} of what anybody breaks."""
    if not types:
        return {}
    marks = ", ".join("?" for _ in types)
    sql = (
        f'SELECT "type", "name", COUNT(*) FROM "kartotek__breach" WHERE "type" IN ({marks}) '
        'GROUP BY "type", "name" ORDER BY "type", "name"'
    )
    return {(row[0], row[1]): int(row[2]) for row in conn.rows(sql, tuple(types))}


def ids_after(conn: Connection, record_type: str, last: int, limit: int) -> list[int]:
    """The next records that break anything."""
    sql = (
        'SELECT DISTINCT "record_id" FROM "kartotek__breach" WHERE "type" = ? AND "record_id" > ? '
        'ORDER BY "record_id" LIMIT ?'
    )
    return [int(row[0]) for row in conn.rows(sql, (record_type, last, limit))]


def names(conn: Connection) -> set[tuple[str, str]]:
    """(type, name) of what is broken by anybody."""
    return {(row[0], row[1]) for row in conn.rows('SELECT DISTINCT "type", "name" FROM "kartotek__breach"', ())}


def rename(conn: Connection, former: tuple[str, str], new: tuple[str, str]) -> None:
    """Calls the (type, name) otherwise; what stands under the new name already gives way."""
    conn.run('DELETE FROM "kartotek__breach" WHERE "type" = ? AND "name" = ?', new)
    conn.run('UPDATE "kartotek__breach" SET "type" = ?, "name" = ? WHERE "type" = ? AND "name" = ?', (*new, *former))


def drop(conn: Connection, gone: Iterable[tuple[str, str]]) -> None:
    """Forgets all breaches of each (type, name)."""
    rows = list(gone)
    if rows:
        conn.run_many('DELETE FROM "kartotek__breach" WHERE "type" = ? AND "name" = ?', rows)
