"""Counters: numbers without gaps, drawn inside the transaction that uses them."""

from __future__ import annotations

from kartotek.storage.connection import Connection

_TAKE = (
    'INSERT INTO "kartotek__counter" ("name", "last") VALUES (?, ?) '
    'ON CONFLICT ("name") DO UPDATE SET "last" = "kartotek__counter"."last" + excluded."last" RETURNING "last"'
)


def next(conn: Connection, name: str) -> int:
    """The next number, from 1; others who want one wait until this transaction ends, and get it if it is undone."""
    return take(conn, name, 1)[0]


def last(conn: Connection, name: str) -> int:
    """The number drawn last, 0 for none; others who want one wait until this transaction ends."""
    return int(conn.rows(_TAKE, (name, 0))[0][0])


def take(conn: Connection, name: str, count: int) -> list[int]:
    """So many next numbers."""
    last = int(conn.rows(_TAKE, (name, count))[0][0])
    return list(range(last - count + 1, last + 1))


def raise_to(conn: Connection, name: str, number: int) -> None:
    """Lets the counter go on after a number that was given otherwise, as by an import; it never goes back."""
    conn.run('INSERT INTO "kartotek__counter" ("name", "last") VALUES (?, 0) ON CONFLICT ("name") DO NOTHING', (name,))
    conn.run('UPDATE "kartotek__counter" SET "last" = ? WHERE "name" = ? AND "last" < ?', (number, name, number))
