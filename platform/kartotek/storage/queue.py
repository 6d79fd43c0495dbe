"""Queue: claiming due rows of a table in batches, each by one holder at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT
from kartotek.storage.leases import AHEAD


_OWN = 'WHERE "id" = ? AND "holder" = ? AND "done_at" IS NULL'


@dataclass(frozen=True, slots=True)
class Queue:
    """A table with id, due, attempts, holder, until, done_at and error; `columns` are given out with a claim.

    `only` is a further condition of rows that may be claimed.
    """

    table: str
    columns: tuple[str, ...]
    only: str = ""

    def claim(
        self, conn: Connection, holder: str, now: datetime, *, seconds: float, limit: int
    ) -> list[tuple[Any, ...]]:
        """(id, due, attempts, columns …) of rows that are due, the earliest first.

        They are the holder's for so many seconds, then anyone may claim them. Commit before working on them.
        """
        encode = conn.dialect.encode
        at, until = encode(INSTANT, now), encode(INSTANT, now + timedelta(seconds=seconds))
        ahead = encode(INSTANT, now + timedelta(seconds=seconds) + AHEAD)
        listed = ", ".join(f'"{name}"' for name in ("id", "due", "attempts", *self.columns))
        rows = conn.rows(
            f'UPDATE "{self.table}" SET "holder" = ?, "until" = ?, "attempts" = "attempts" + 1 WHERE "id" IN ('
            f'SELECT "id" FROM "{self.table}" '
            f'WHERE "done_at" IS NULL AND "due" <= ? AND ("until" IS NULL OR "until" <= ? OR "until" > ?) {self._and()}'
            f'ORDER BY "due", "id" LIMIT ?{conn.dialect.skip_locked}) RETURNING {listed}',
            (holder, until, at, at, ahead, limit),
        )
        instant = conn.dialect.decoder(INSTANT)
        return sorted(((row[0], instant(row[1]), *row[2:]) for row in rows), key=lambda row: (row[1], row[0]))

    def _and(self) -> str:
        return f"AND {self.only} " if self.only else ""

    def finish(self, conn: Connection, id: int, holder: str, at: datetime) -> bool:
        """Marks a row as done; False when the claim has passed to another."""
        sql = f'UPDATE "{self.table}" SET "done_at" = ?, "until" = NULL, "error" = NULL {_OWN}'
        return conn.run(sql, (conn.dialect.encode(INSTANT, at), id, holder)) == 1

    def postpone(self, conn: Connection, id: int, holder: str, due: datetime, *, error: str = "") -> bool:
        """Gives a row back, to be claimed again at `due`; False when the claim has passed to another."""
        sql = f'UPDATE "{self.table}" SET "due" = ?, "until" = NULL, "error" = ? {_OWN}'
        return conn.run(sql, (conn.dialect.encode(INSTANT, due), error or None, id, holder)) == 1
