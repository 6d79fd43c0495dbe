"""Copying on SQLite: the files whole, as they are at one moment, looked through before anybody relies on them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kartotek.errors import SetupInvalid
from kartotek.storage import beside
from kartotek.storage.archive import ArchiveWriter
from kartotek.storage.connection import Connection
from kartotek.storage.copying import Snapshot, described
from kartotek.storage.database import SqliteDatabase
from kartotek.storage.dialect import quote
from kartotek.storage.sqlite import plain_connection

RECORDS, ACCOUNTS = "records.db", "auth.db"
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"


class SqliteSnapshot(Snapshot):
    """Of the records and, copied after them, the accounts: an account too many is put right at the next start, one too few is not."""

    def __init__(self, conn: Connection, files: Mapping[str, Path], counts: Mapping[str, int]) -> None:
        self.conn = conn
        self._files = files
        self._counts = counts

    def head(self) -> Mapping[str, Any]:
        return described(self.conn)

    def write(self, archive: ArchiveWriter) -> Mapping[str, int]:
        for name, path in self._files.items():
            archive.add_file(name, path)
        return self._counts


@contextmanager
def snapshot(database: SqliteDatabase, accounts: Path, scratch: Path) -> Iterator[SqliteSnapshot]:
    """A moment of the records' database and of the accounts' file, if there is one; copies of both come into `scratch`."""
    copy = scratch / RECORDS
    with database.read() as conn:
        # The same connection, so that what is counted is what is copied; in WAL mode a reader stops nobody.
        counts = _counts(conn.raw)
        _copy(conn.raw, copy)
        beside.leave_out(copy)
        counts |= dict.fromkeys(beside.OUTSIDE & counts.keys(), 0)
        files = {RECORDS: copy}
        if accounts.is_file():
            with closing(sqlite3.connect(accounts)) as source:
                source.execute("PRAGMA busy_timeout = 10000")
                _copy(source, scratch / ACCOUNTS)
            files[ACCOUNTS] = scratch / ACCOUNTS
        for path in files.values():
            checked(path)
        if checked(copy) != counts:
            raise SetupInvalid("The copy of the database does not hold what the database holds.")
        yield SqliteSnapshot(conn, files, counts)


def checked(path: Path) -> dict[str, int]:
    """{table: rows} of a database file that nobody uses. Raises SetupInvalid where it is damaged."""
    try:
        with closing(plain_connection(path)) as conn:
            conn.execute("PRAGMA journal_mode = delete")  # all of it in this one file
            found = [text for (text,) in conn.execute("PRAGMA integrity_check(3)")]
            if found != ["ok"]:
                raise SetupInvalid(f"The database {path.name} is damaged: {found[0]}")
            return _counts(conn)
    except sqlite3.Error as exc:
        raise SetupInvalid(f"The database {path.name} is damaged: {exc}.") from exc


def is_filled(path: Path) -> bool:
    """Whether a catalog was ever applied in a database file; also of one that nobody can read."""
    if not path.exists() or not path.stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(path)) as conn:
            there = conn.execute("SELECT count(*) FROM sqlite_master WHERE name = 'kartotek__catalog'").fetchone()[0]
            return bool(there and conn.execute('SELECT count(*) FROM "kartotek__catalog"').fetchone()[0])
    except sqlite3.Error:
        return True


def forget_leases(path: Path) -> None:
    """Ends in a copy what was held when it was made."""
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute('DELETE FROM "kartotek__lease"')


def _copy(source: sqlite3.Connection, target: Path) -> None:
    try:
        with closing(sqlite3.connect(target)) as copy:
            source.backup(copy)  # all pages in one step: a later one would begin anew whenever somebody has written
    except sqlite3.Error as exc:
        raise SetupInvalid(f"The database cannot be copied to {target}: {exc}.") from exc


def _counts(conn: sqlite3.Connection) -> dict[str, int]:
    names = [name for (name,) in conn.execute(_TABLES)]
    return {name: conn.execute(f"SELECT count(*) FROM {quote(name)}").fetchone()[0] for name in names}
