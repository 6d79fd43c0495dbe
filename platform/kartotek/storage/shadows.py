"""Shadows: columns and tables that are filled while nobody sees them, beside those in service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.storage import ddl
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.encoding import rest_value
from kartotek.storage.layout import Column, Layout, PartLayout
from kartotek.storage.parts import insert_parts
from kartotek.storage.stored import Stored, StoredRow

Rows = Mapping[int, Mapping[str, Any]]  # {id: {column: abstract value}}


def add_column(conn: Connection, table: str, column: Column) -> None:
    """Makes an empty column; one that refers to a table refers to it from its first value on."""
    ddl.add_column(conn, table, column)
    ddl.add_column_reference(conn, table, column)


def add_table(conn: Connection, parent: str, part: PartLayout) -> None:
    """Makes an empty sub-table or join of a table."""
    ddl.create_part(conn, parent, part)
    ddl.add_part_references(conn, part)


def write_columns(conn: Connection, table: str, columns: Sequence[Column], rows: Rows) -> None:
    """Writes all the columns of each row; one that has no value becomes empty."""
    if not columns or not rows:
        return
    settings = ", ".join(f"{quote(one.name)} = ?" for one in columns)
    encode = conn.dialect.encode
    conn.run_many(
        f'UPDATE {quote(table)} SET {settings} WHERE "id" = ?',
        [(*(encode(one.spec, values.get(one.name)) for one in columns), id) for id, values in rows.items()],
    )


def write_rows(conn: Connection, part: PartLayout, rows: Mapping[int, Sequence[StoredRow]]) -> None:
    """Writes a sub-table anew for these parents, {id: rows}."""
    _clear(conn, part, rows)
    stored = [Stored(id=id, rows={part.field: tuple(replace(one, id=None) for one in each)}) for id, each in rows.items()]
    insert_parts(conn, Layout(part.table, (), {part.field: part}, {}, ()), stored)


def write_links(conn: Connection, part: PartLayout, links: Mapping[int, Sequence[int]]) -> None:
    """Writes a join anew for these parents, {id: ids}."""
    _clear(conn, part, links)
    stored = [Stored(id=id, links={part.field: tuple(each)}) for id, each in links.items()]
    insert_parts(conn, Layout(part.table, (), {}, {part.field: part}, ()), stored)


def write_rest(conn: Connection, table: str, rest: Mapping[int, Mapping[str, Any]]) -> None:
    """Writes what no column holds, {id: values}, of records or of rows."""
    if rest:
        conn.run_many(
            f'UPDATE {quote(table)} SET "rest" = ? WHERE "id" = ?',
            [(rest_value(conn.dialect, values), id) for id, values in rest.items()],
        )


def with_rest(conn: Connection, layout: Layout, *, after: int, limit: int) -> list[int]:
    """The next ids of records that have something no column holds, in themselves or in a row."""
    found = [f'SELECT "id" AS "record_id" FROM {quote(layout.table)} WHERE "rest" IS NOT NULL']
    found += [f'SELECT "parent_id" FROM {quote(part.table)} WHERE "rest" IS NOT NULL' for part in layout.rows.values()]
    sql = f'SELECT "record_id" FROM ({" UNION ".join(found)}) r WHERE "record_id" > ? ORDER BY "record_id" LIMIT ?'
    return [int(id) for (id,) in conn.rows(sql, (after, limit))]


def changed_since(conn: Connection, record_type: str, mark: int) -> list[int]:
    """The ids of the records that history tells of after that row of it, in their order."""
    sql = 'SELECT DISTINCT "record_id" FROM "kartotek__history" WHERE "type" = ? AND "id" > ? ORDER BY "record_id"'
    return [int(id) for (id,) in conn.rows(sql, (record_type, mark))]


def newest_history(conn: Connection) -> int:
    """The id of the last row of history, 0 for none."""
    row = conn.row('SELECT max("id") FROM "kartotek__history"')
    return int(row[0]) if row and row[0] is not None else 0


def newest(conn: Connection, layout: Layout) -> int:
    """The highest id of a record, 0 where there is none."""
    row = conn.row(f'SELECT max("id") FROM {quote(layout.table)}')
    return int(row[0]) if row and row[0] is not None else 0


def count(conn: Connection, layout: Layout, *, up_to: int | None = None) -> int:
    """How many records there are, those in the trash too; with `up_to`, up to that id."""
    only, params = ("", ()) if up_to is None else (' WHERE "id" <= ?', (up_to,))
    row = conn.row(f"SELECT COUNT(*) FROM {quote(layout.table)}{only}", params)
    return int(row[0]) if row else 0


def _clear(conn: Connection, part: PartLayout, parents: Iterable[int]) -> None:
    among = conn.dialect.among(quote("parent_id"))
    conn.run(f"DELETE FROM {quote(part.table)} WHERE {among}", (conn.dialect.ids(parents),))
