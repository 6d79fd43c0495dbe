"""Belonging: the records that point to some, deleted ones too; and what is to point elsewhere when these are gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Layout

NOBODY = "nobody"  # the group of the records that stand for somebody who was erased
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_POINTING = {
    "sqlite": (
        'SELECT m.name, f."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) f '
        "WHERE m.type = 'table' AND f.\"table\" = ?"
    ),
    "postgresql": (
        "SELECT c.conrelid::regclass::text, a.attname::text FROM pg_constraint c JOIN pg_attribute a "
        "ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "WHERE c.contype = 'f' AND c.confrelid = CAST(? AS regclass)"
    ),
}


def pointing(conn: Connection, table: str, column: str, ids: Iterable[int], *, id: str = "id") -> list[int]:
    """The ids, in order, of the rows of a table whose column is one of these; `id` is the column with theirs."""
    sql = f"SELECT DISTINCT {quote(id)} FROM {quote(table)} WHERE {conn.dialect.among(quote(column))} ORDER BY 1"
    return [int(row[0]) for row in conn.rows(sql, (conn.dialect.ids(ids),))]


def point_elsewhere(conn: Connection, place: tuple[str, str], ids: Sequence[int], to: int | None) -> int:
    """Has a (table, column) point to another record, or to none; answers how many rows did so."""
    table, column = place
    sql = f"UPDATE {quote(table)} SET {quote(column)} = ? WHERE {conn.dialect.among(quote(column))}"
    return conn.run(sql, (to, conn.dialect.ids(ids)))


def clear(conn: Connection, table: str, columns: Sequence[str], ids: Iterable[int], *, id: str = "id") -> None:
    """Empties columns of rows."""
    if columns:
        settings = ", ".join(f"{quote(name)} = NULL" for name in columns)
        conn.run(f"UPDATE {quote(table)} SET {settings} WHERE {conn.dialect.among(quote(id))}", (conn.dialect.ids(ids),))


def bump(conn: Connection, layout: Layout, ids: Iterable[int], at: datetime) -> None:
    """Tells by their versions that records are not what they were."""
    sql = f'UPDATE {quote(layout.table)} SET "version" = "version" + 1, "updated_at" = ? WHERE {conn.dialect.among(quote("id"))}'
    conn.run(sql, (conn.dialect.encode(layout.column("updated_at").spec, at), conn.dialect.ids(ids)))


def remove(conn: Connection, table: str, ids: Iterable[int], *, id: str = "id") -> int:
    """Removes rows; what belongs to them within the record goes along. Answers how many."""
    return conn.run(f"DELETE FROM {quote(table)} WHERE {conn.dialect.among(quote(id))}", (conn.dialect.ids(ids),))


def add_nobody(conn: Connection, layout: Layout) -> int:
    """The id of a new record without any value, in the trash: what stands for one that is gone."""
    sql = f'INSERT INTO {quote(layout.table)} ("version", "deleted_at", "deleted_group") VALUES (0, ?, ?) RETURNING "id"'
    row = conn.row(sql, (conn.dialect.encode(layout.column("deleted_at").spec, _LONG_AGO), NOBODY))
    assert row is not None
    return int(row[0])


def pointing_places(conn: Connection, table: str) -> list[tuple[str, str]]:
    """(table, column) of all foreign keys that lead to a table, those of what is set aside too."""
    param = table if conn.dialect.name == "sqlite" else quote(table)
    return [(name.strip('"'), column) for name, column in conn.rows(_POINTING[conn.dialect.name], (param,))]
