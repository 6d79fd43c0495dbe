"""Scratch: rows put aside to be sorted, in a file of its own that goes away with it, so that a million take no memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any


class Scratch:
    """Rows of so many values, each a text, a number, bytes or None. To be closed by `with`."""

    def __init__(self, width: int) -> None:
        # Without a name SQLite makes a temporary file of its own.
        self._raw = sqlite3.connect("", isolation_level=None)
        self._raw.execute("PRAGMA journal_mode = off")
        self._columns = [f"c{at}" for at in range(width)]
        self._raw.execute(f"CREATE TABLE t ({', '.join(self._columns)})")
        self._add = f"INSERT INTO t VALUES ({', '.join('?' * width)})"

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._raw.close()

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Puts rows aside."""
        self._raw.execute("BEGIN")
        self._raw.executemany(self._add, rows)
        self._raw.execute("COMMIT")

    def ordered(self) -> Iterator[tuple[Any, ...]]:
        """All rows, ordered by their values from the first on."""
        yield from self._raw.execute(f"SELECT * FROM t ORDER BY {', '.join(self._columns)}")

    def repeated(self, limit: int) -> tuple[int, list[tuple[Any, ...]]]:
        """How many rows share their first value with another, and the first of those, in its order."""
        groups = "(SELECT c0 FROM t GROUP BY c0 HAVING COUNT(*) > 1)"
        total = self._raw.execute(f"SELECT COUNT(*) FROM t WHERE c0 IN {groups}").fetchone()[0]
        listed = ", ".join(self._columns)
        found = self._raw.execute(f"SELECT * FROM t WHERE c0 IN {groups} ORDER BY {listed} LIMIT ?", (limit,)).fetchall()
        return int(total), found
