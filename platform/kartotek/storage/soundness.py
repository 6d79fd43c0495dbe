"""Soundness: what a database itself can tell of damage that came to it from below: a failing disk, a copy gone wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from kartotek.storage import definitions
from kartotek.storage.database import Database
from kartotek.storage.dialect import quote
from kartotek.storage.sqlite import plain_connection

# What those meet who read a value of which a byte was changed: the driver, a decoder, or whoever looks for what is not there.
BROKEN = (sqlite3.Error, psycopg.Error, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
_MOST = 20


def of_file(path: Path) -> list[str]:
    """What is wrong with the pages, indexes and references of a file of SQLite, which may be in use; [] for none."""
    try:
        with closing(plain_connection(path)) as conn:
            found = [str(text) for (text,) in conn.execute(f"PRAGMA integrity_check({_MOST})")]
            if found != ["ok"]:
                return found
            rows = conn.execute("PRAGMA foreign_key_check").fetchmany(_MOST)
            return [f"row {id} of {table} refers to a row of {other} that is not there" for table, id, other, _ in rows]
    except sqlite3.Error as error:
        return [str(error)]


def of_tables(database: Database) -> Iterator[str]:
    """What is wrong with tables of which every value is read once; for PostgreSQL, which looks at a page when it is read."""
    with database.read() as conn:
        names = definitions.table_names(conn)
    for name in names:
        try:
            with database.read() as conn:
                conn.rows(f"SELECT count(t::text) FROM {quote(name)} t")
        except BROKEN as error:
            yield f"the table {name} cannot be read: {error}"
