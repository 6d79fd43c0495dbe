"""Keys: which master keys the data needs, and the keys of people and types, each wrapped by a master key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import INSTANT


def masters(conn: Connection) -> tuple[str, ...]:
    """The names of the master keys that the data cannot be read without, in the order they came."""
    return tuple(str(id) for (id,) in conn.rows('SELECT "id" FROM "kartotek__master" ORDER BY "since", "id"'))


def known_masters(conn: Connection) -> dict[str, tuple[datetime | None, datetime | None]]:
    """{name of a master key: (since when, when it was last copied to paper)}."""
    instant = conn.dialect.decoder(INSTANT)
    rows = conn.rows('SELECT "id", "since", "copied_at" FROM "kartotek__master"')
    return {str(id): (instant(since), None if copied is None else instant(copied)) for id, since, copied in rows}


def note_copy(conn: Connection, id: str, now: datetime) -> None:
    """Notes that a master key was copied to paper."""
    conn.run('UPDATE "kartotek__master" SET "copied_at" = ? WHERE "id" = ?', (conn.dialect.encode(INSTANT, now), id))


def add_master(conn: Connection, id: str, now: datetime) -> None:
    """Notes a master key as needed."""
    sql = 'INSERT INTO "kartotek__master" ("id", "since") VALUES (?, ?) ON CONFLICT ("id") DO NOTHING'
    conn.run(sql, (id, conn.dialect.encode(INSTANT, now)))


def remove_master(conn: Connection, id: str) -> None:
    """Notes that a master key is no longer needed."""
    conn.run('DELETE FROM "kartotek__master" WHERE "id" = ?', (id,))


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A wrapped key; `owner` is the stable number of a type and the id of a record or 0. "" is wrapped where it was destroyed."""

    id: int
    purpose: str
    owner: tuple[int, int]
    master: str
    wrapped: str

    @property
    def about(self) -> bytes:
        """What its wrapping is bound to."""
        return f"{self.purpose}|{self.owner[0]}|{self.owner[1]}".encode()


_READ = 'SELECT "id", "purpose", "type_id", "record_id", "master", "wrapped" FROM "kartotek__key"'
_ADD = (
    'INSERT INTO "kartotek__key" ("id", "purpose", "type_id", "record_id", "master", "wrapped", "created_at") '
    'VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("purpose", "type_id", "record_id") WHERE "destroyed_at" IS NULL DO NOTHING'
)


def find(conn: Connection, ids: Sequence[int]) -> list[KeyRow]:
    """The keys with these numbers."""
    return _rows(conn.rows(f'{_READ} WHERE {conn.dialect.among(quote("id"))}', (conn.dialect.ids(ids),)))


def of_owners(conn: Connection, purpose: str, owners: Collection[tuple[int, int]]) -> list[KeyRow]:
    """The keys in use of these owners; one query for each type among them."""
    found: list[KeyRow] = []
    for number in sorted({type_id for type_id, _ in owners}):
        records = sorted(record for type_id, record in owners if type_id == number)
        sql = f'{_READ} WHERE "purpose" = ? AND "type_id" = ? AND "destroyed_at" IS NULL AND {conn.dialect.among(quote("record_id"))}'
        found += _rows(conn.rows(sql, (purpose, number, conn.dialect.ids(records))))
    return found


def add(conn: Connection, rows: Sequence[KeyRow], now: datetime) -> None:
    """Adds keys for those who have none; somebody else may be faster."""
    at = conn.dialect.encode(INSTANT, now)
    conn.run_many(_ADD, [(one.id, one.purpose, *one.owner, one.master, one.wrapped, at) for one in rows])


def wrapped_otherwise(conn: Connection, master: str, limit: int) -> list[KeyRow]:
    """Some keys that are not wrapped by this master key."""
    sql = f'{_READ} WHERE "master" <> ? AND "wrapped" IS NOT NULL ORDER BY "id" LIMIT ?'
    return _rows(conn.rows(sql, (master, limit)))


def rewrap(conn: Connection, rows: Sequence[KeyRow]) -> None:
    """Writes the wrappings anew; a key that was destroyed meanwhile stays so."""
    sql = 'UPDATE "kartotek__key" SET "master" = ?, "wrapped" = ? WHERE "id" = ? AND "wrapped" IS NOT NULL'
    conn.run_many(sql, [(one.master, one.wrapped, one.id) for one in rows])


def destroy(conn: Connection, owner: tuple[int, int], now: datetime) -> int:
    """Makes all that was sealed with the keys of an owner unreadable for ever; answers how many keys went."""
    sql = 'UPDATE "kartotek__key" SET "wrapped" = NULL, "destroyed_at" = ? WHERE "type_id" = ? AND "record_id" = ? AND "wrapped" IS NOT NULL'
    return conn.run(sql, (conn.dialect.encode(INSTANT, now), *owner))


def counts(conn: Connection) -> dict[str, int]:
    """{master key: how many keys it wraps}."""
    sql = 'SELECT "master", count(*) FROM "kartotek__key" WHERE "wrapped" IS NOT NULL GROUP BY "master" ORDER BY 1'
    return {str(master): int(count) for master, count in conn.rows(sql)}


def _rows(rows: Sequence[tuple[Any, ...]]) -> list[KeyRow]:
    return [KeyRow(row[0], row[1], (row[2], row[3]), row[4], row[5] or "") for row in rows]
