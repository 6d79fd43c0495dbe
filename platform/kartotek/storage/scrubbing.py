"""Scrubbing: what a database still holds of values that were written anew is written over, file by file or table by table."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.dialect import quote
from kartotek.storage.faults import Collision, Fault

_OWED = "scrub"
_ALWAYS = ("kartotek__history", "kartotek__idempotency", "kartotek__kept_value")


def owe(conn: Connection) -> None:
    """Notes in the open transaction that what it writes over has to be scrubbed."""
    conn.run('INSERT INTO "kartotek__counter" ("name", "last") VALUES (?, 1) ON CONFLICT ("name") DO UPDATE SET "last" = 1', (_OWED,))


def is_owed(conn: Connection) -> bool:
    """Whether something has to be scrubbed still."""
    row = conn.row('SELECT "last" FROM "kartotek__counter" WHERE "name" = ?', (_OWED,))
    return row is not None and row[0] == 1


def scrub(database: Database, tables: Iterable[str]) -> bool:
    """Whether it is done; whoever reads for long can keep it from being done now, and it is owed still."""
    try:
        with database.outside() as conn:
            if database.dialect.name == "sqlite":
                conn.run("VACUUM")
                row = conn.row("PRAGMA wal_checkpoint(TRUNCATE)")
                if row is None or row[0] != 0:
                    return False
            else:
                for table in sorted({*tables, *_ALWAYS}):
                    conn.run(f"VACUUM FULL {quote(table)}")
        with database.write() as conn:
            conn.run('DELETE FROM "kartotek__counter" WHERE "name" = ?', (_OWED,))
    except (Collision, Fault):
        return False
    return True
