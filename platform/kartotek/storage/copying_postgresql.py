"""Copying on PostgreSQL: all tables of a schema in one snapshot, as the text that COPY gives, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kartotek.errors import SetupInvalid
from kartotek.storage import beside, definitions
from kartotek.storage.archive import ArchiveWriter
from kartotek.storage.audit_guards import guard
from kartotek.storage.connection import Connection
from kartotek.storage.copying import Snapshot, described
from kartotek.storage.database import Database
from kartotek.storage.dialect import quote
from kartotek.storage.faults import Collision
from kartotek.storage.own import make_functions

_TRIES = 5


class PostgresqlSnapshot(Snapshot):
    """Holds a share lock that lets everybody read and write, and keeps tables from being altered."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self._tables = definitions.tables(conn)

    def head(self) -> Mapping[str, Any]:
        # Sequences know no snapshots: what they say now is at least what the rows of this moment have.
        return {**described(self.conn), "tables": self._tables, "sequences": definitions.sequences(self.conn)}

    def write(self, archive: ArchiveWriter) -> Mapping[str, int]:
        counts = {}
        for number, table in enumerate(self._tables):
            left_out = table["name"] in beside.OUTSIDE
            counts[table["name"]] = 0 if left_out else self.conn.rows(f"SELECT count(*) FROM {quote(table['name'])}")[0][0]
            archive.add(f"tables/{number:04d}", () if left_out else rows_of(self.conn, table))
        return counts


@contextmanager
def snapshot(database: Database) -> Iterator[PostgresqlSnapshot]:
    """A moment of the database. Raises Collision where tables keep being altered."""
    for _ in range(_TRIES):
        with database.read() as conn:
            names = definitions.table_names(conn)
        with database.read() as conn:
            # Before anything is read: the locks come first, and what is seen is what stands under them.
            conn.control(f"LOCK TABLE {', '.join(map(quote, names))} IN ACCESS SHARE MODE" if names else "SELECT 1")
            if definitions.table_names(conn) == names:
                yield PostgresqlSnapshot(conn)
                return
    raise Collision("Tables keep being made and removed.")


def rows_of(conn: Connection, table: definitions.Table) -> Iterator[bytes]:
    """The rows of a table as COPY writes them."""
    with conn.raw.cursor() as cursor, cursor.copy(f"COPY {_target(table)} TO STDOUT") as copy:
        for row in copy:
            yield bytes(row)


def lay(conn: Connection, head: Mapping[str, Any], members: Iterator[tuple[str, Iterator[bytes]]]) -> dict[str, int]:
    """Makes the tables and fills them; answers {table: rows}. Constraints and indexes come with `finish`."""
    tables = head["tables"]
    make_functions(conn)
    for one in head["sequences"]:
        if not one["identity"]:
            conn.run(definitions.make_sequence(one))
    for table in tables:
        conn.run(definitions.make_table(table))
    named = {f"tables/{number:04d}": table for number, table in enumerate(tables)}
    return {named[name]["name"]: _fill(conn, named[name], chunks) for name, chunks in members if name in named}


def finish(conn: Connection, head: Mapping[str, Any]) -> None:
    """Makes indexes, constraints and sequences as they were, so that no id is given twice."""
    tables: Sequence[definitions.Table] = head["tables"]
    statements = definitions.make_constraints(tables, foreign=False)
    statements += [statement for table in tables for statement in table["indexes"]]
    statements += definitions.make_constraints(tables, foreign=True)
    for statement in statements:
        conn.control(statement)
    for one in head["sequences"]:
        _continue(conn, one)
    guard(conn)


def put_aside(conn: Connection, schema: str) -> str:
    """Moves all tables into a new schema, whose name is given; "" where there are none."""
    names = definitions.table_names(conn)
    if not names:
        return ""
    conn.control(f"CREATE SCHEMA {quote(schema)}")
    loose = [one["name"] for one in definitions.sequences(conn) if one["table"] is None]
    for name in names:
        conn.control(f"ALTER TABLE {quote(name)} SET SCHEMA {quote(schema)}")
    for name in loose:
        conn.control(f"ALTER SEQUENCE {quote(name)} SET SCHEMA {quote(schema)}")
    return schema


def _fill(conn: Connection, table: definitions.Table, chunks: Iterator[bytes]) -> int:
    with conn.raw.cursor() as cursor:
        with cursor.copy(f"COPY {_target(table)} FROM STDIN") as copy:
            for chunk in chunks:
                copy.write(chunk)
        return int(cursor.rowcount)


def _target(table: definitions.Table) -> str:
    columns = ", ".join(quote(name) for name, _, written in table["columns"] if written)
    return f"{quote(table['name'])} ({columns})"


def _continue(conn: Connection, one: Mapping[str, Any]) -> None:
    name = one["name"]
    if one["table"]:
        if not one["identity"]:
            conn.control(f"ALTER SEQUENCE {quote(name)} OWNED BY {quote(one['table'])}.{quote(one['column'])}")
        name = conn.rows("SELECT pg_get_serial_sequence(?, ?)", (quote(one["table"]), one["column"]))[0][0]
    else:
        name = quote(name)
    if name is None:
        raise SetupInvalid(f"The backup is damaged: {one['table']}.{one['column']} has no sequence.")
    conn.rows("SELECT setval(CAST(? AS regclass), ?, ?)", (name, one["last"], one["called"]))
