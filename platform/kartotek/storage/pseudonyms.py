"""Pseudonyms: which mask stands for which value, so that the same has the same and two never share one."""

from __future__ import annotations

import sqlite3


class Pseudonyms:
    """In a file without a name that goes with the process. Values are known by digests alone, whose key nobody keeps."""

    def __init__(self) -> None:
        self._conn = sqlite3.connect("", check_same_thread=False)
        self._conn.execute("PRAGMA journal_mode = off")
        self._conn.execute(
            "CREATE TABLE given (space TEXT NOT NULL, digest BLOB NOT NULL, mask TEXT NOT NULL, PRIMARY KEY (space, digest)) WITHOUT ROWID"
        )
        self._conn.execute("CREATE UNIQUE INDEX given_mask ON given (space, mask)")

    def find(self, space: str, digest: bytes) -> str | None:
        """The mask that was given to a value, None before."""
        row = self._conn.execute("SELECT mask FROM given WHERE space = ? AND digest = ?", (space, digest)).fetchone()
        return None if row is None else str(row[0])

    def take(self, space: str, digest: bytes, mask: str) -> bool:
        """Gives a value its mask; False where another value of the space has that already."""
        return self._conn.execute("INSERT OR IGNORE INTO given VALUES (?, ?, ?)", (space, digest, mask)).rowcount == 1

    def close(self) -> None:
        """Forgets all of it."""
        self._conn.close()
