"""Transfer: the rows of tables from one database into another, which may be of the other sort."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kartotek.kinds.kind import ColumnSpec
from kartotek.storage import definitions, own_tables
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import ID, INSTANT, JSON, TEXT, Column, Layout

_BATCH = 500
_WIRE = ColumnSpec("wire")
_WORDS = {"integer": ID, "identity": ID, "text": TEXT, "instant": INSTANT, "json": JSON, "wire": _WIRE, "boolean": ColumnSpec("boolean")}
_DEFINES = re.compile(r'\s*(?:CREATE|ALTER) TABLE "(\w+)"')
_COLUMN = re.compile(r'"(\w+)" \{(\w+)\}')
_AS_TEXT = frozenset({"json", "wire"})

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What is read and written of a table. Its rows are tuples of abstract column values, but JSON is its text."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the rows' values."""
        return tuple(one.name for one in self.columns)

    @property
    def counts(self) -> bool:
        """Whether its ids are given by the database."""
        return "id" in self.names and self.name not in _NUMBERED_BY_US


_NUMBERED_BY_US = frozenset({"kartotek__pulse", "kartotek__report", "kartotek__file", "kartotek__key", "user"})


def own() -> list[Table]:
    """Kartotek's own tables, as their definitions say."""
    found: dict[str, list[Column]] = {}
    for statements in own_tables.MIGRATIONS.values():
        for statement in statements:
            if named := _DEFINES.match(statement):
                found.setdefault(named[1], []).extend(Column(name, _WORDS[word]) for name, word in _COLUMN.findall(statement))
    return [Table(name, tuple(columns)) for name, columns in found.items()]


def of_type(layout: Layout) -> list[Table]:
    """The tables of a record type, the records' own first."""
    parent = (Column("parent_id", ID), Column("position", ID))
    rows = [Table(one.table, (*parent, Column("id", ID), Column("rest", JSON), *one.columns)) for one in layout.rows.values()]
    joins = [Table(one.table, (*parent, Column("target_id", ID))) for one in layout.joins.values()]
    return [Table(layout.table, (*layout.system, *layout.columns)), *rows, *joins]


def read(conn: Connection, table: Table) -> Iterator[list[Row]]:
    """All rows, in batches; the transaction has to last as long."""
    listed = ", ".join(_selected(conn, one) for one in table.columns)
    decode = [None if one.spec.type in _AS_TEXT else conn.dialect.decode(one.spec) for one in table.columns]
    for rows in _streamed(conn, f"SELECT {listed} FROM {quote(table.name)}"):
        yield [
            tuple(value if value is None or convert is None else convert(value) for value, convert in zip(row, decode, strict=True))
            for row in rows
        ]


def write(conn: Connection, table: Table, rows: Iterable[Row]) -> int:
    """Adds rows; answers how many."""
    encode = [None if one.spec.type in _AS_TEXT else conn.dialect.encoder(one.spec) for one in table.columns]
    ready = [
        tuple(value if value is None or convert is None else convert(value) for value, convert in zip(row, encode, strict=True))
        for row in rows
    ]
    if not ready:
        return 0
    listed = ", ".join(map(quote, table.names))
    if conn.dialect.name == "postgresql":
        with conn.raw.cursor() as cursor, cursor.copy(f"COPY {quote(table.name)} ({listed}) FROM STDIN") as copy:
            for row in ready:
                copy.write_row(row)
    else:
        conn.run_many(f"INSERT INTO {quote(table.name)} ({listed}) VALUES ({', '.join('?' * len(table.names))})", ready)
    return len(ready)


def empty(conn: Connection, table: Table) -> None:
    """Removes what was put into a table when it was made."""
    conn.run(f"DELETE FROM {quote(table.name)}")


def last_id(conn: Connection, table: Table) -> int:
    """The last id that was given, also where its row has gone."""
    if conn.dialect.name == "sqlite":
        row = conn.row("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,))
        return int(row[0]) if row else 0
    row = conn.row("SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(?, 'id') AS regclass))", (quote(table.name),))
    return int(row[0]) if row and row[0] is not None else 0


def go_on_after(conn: Connection, table: Table, last: int) -> None:
    """Lets the next id be a later one than the last given."""
    if last and conn.dialect.name == "postgresql":
        conn.rows("SELECT setval(CAST(pg_get_serial_sequence(?, 'id') AS regclass), ?)", (quote(table.name), last))
    elif last:
        conn.run("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        conn.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last))


def count(conn: Connection, table: Table) -> int:
    """How many rows a table has."""
    return int(conn.rows(f"SELECT count(*) FROM {quote(table.name)}")[0][0])


def begin_filling(conn: Connection) -> list[str]:
    """Lets rows come before those that they point to; answers the statements that `end_filling` makes it forbidden again with."""
    if conn.dialect.name == "sqlite":
        conn.control("PRAGMA defer_foreign_keys = ON")  # they are looked at when the transaction ends
        return []
    tables = definitions.tables(conn)
    for table in tables:
        for name, _, kind in table["constraints"]:
            if kind == "f":
                conn.control(f"ALTER TABLE {quote(table['name'])} DROP CONSTRAINT {quote(name)}")
    return definitions.make_constraints(tables, foreign=True)


def end_filling(conn: Connection, statements: Iterable[str]) -> None:
    """All that is pointed to has to be there now."""
    for statement in statements:
        conn.control(statement)


def _selected(conn: Connection, column: Column) -> str:
    name = quote(column.name)
    return f"CAST({name} AS text)" if column.spec.type in _AS_TEXT and conn.dialect.name == "postgresql" else name


def _streamed(conn: Connection, sql: str) -> Iterator[Sequence[Row]]:
    named = {"name": "kartotek_transfer"} if conn.dialect.name == "postgresql" else {}
    cursor = conn.raw.cursor(**named)
    try:
        cursor.execute(sql)
        while rows := cursor.fetchmany(_BATCH):
            yield rows
    finally:
        cursor.close()
