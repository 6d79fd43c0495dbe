"""Residue: what a database keeps of rows that are gone until somebody sweeps: parts of indexes, logs, dead rows."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.storage.database import Database
from kartotek.storage.dialect import quote
from kartotek.storage.faults import Collision, Fault
from kartotek.storage.search_indexes import search_index


def sweep(database: Database, tables: Iterable[str]) -> bool:
    """Whether nothing is left of what was removed from these tables, as far as the database lets anybody say so.

    On SQLite an index of words keeps what was taken out of it until its parts are joined, and the log the pages as they
    were until it is emptied, which a reader can keep it from. On PostgreSQL dead rows are removed; its log has a course
    of its own.
    """
    try:
        if database.dialect.name == "sqlite":
            return _sweep_sqlite(database)
        with database.outside() as conn:
            for table in sorted(set(tables)):
                conn.run(f"VACUUM {quote(table)}")
    except (Collision, Fault):  # what was to be removed is removed all the same
        return False
    return True


def _sweep_sqlite(database: Database) -> bool:
    with database.write() as conn:
        for table in sorted(search_index(database.dialect).tables(conn)):
            conn.run(f"INSERT INTO {quote(table)} ({quote(table)}) VALUES ('optimize')")
    with database.outside() as conn:
        row = conn.row("PRAGMA wal_checkpoint(TRUNCATE)")
    return row is not None and row[0] == 0
