"""Retentions: of each type whose records end with time, what was found, who let it begin, and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import INSTANT, Layout

_LIST = (
    'SELECT "type", "signature", "at", "due", "held", "confirmed_at", "confirmed_by", "done", "done_at" FROM "kartotek__retention"'
)
_PUT = (
    'INSERT INTO "kartotek__retention" ("type", "signature", "at", "due", "held", "confirmed_at", "confirmed_by", "done", "done_at") '
    'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("type") DO UPDATE SET "signature" = excluded."signature", '
    '"at" = excluded."at", "due" = excluded."due", "held" = excluded."held", "confirmed_at" = excluded."confirmed_at", '
    '"confirmed_by" = excluded."confirmed_by", "done" = excluded."done", "done_at" = excluded."done_at"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRow:
    """`signature` is of what is declared. `due` records had served their time `at` that moment, `held` of them had to stay.

    Nothing ends before it was confirmed. `done` is how many have ended since.
    """

    type: str
    signature: str
    at: datetime
    due: int = 0
    held: int = 0
    confirmed_at: datetime | None = None
    confirmed_by: int | None = None
    done: int = 0
    done_at: datetime | None = None


def everyone(conn: Connection) -> dict[str, RetentionRow]:
    """{type: row}."""
    instant = conn.dialect.decoder(INSTANT)
    return {
        row[0]: RetentionRow(
            type=row[0], signature=row[1], at=instant(row[2]), due=row[3], held=row[4],
            confirmed_at=None if row[5] is None else instant(row[5]), confirmed_by=row[6], done=row[7],
            done_at=None if row[8] is None else instant(row[8]),
        )
        for row in conn.rows(f'{_LIST} ORDER BY "type"')
    }


def put(conn: Connection, row: RetentionRow) -> None:
    """Writes a row, in the place of the one that there is."""

    def at(value: datetime | None) -> object:
        return conn.dialect.encode(INSTANT, value)

    values = (row.type, row.signature, at(row.at), row.due, row.held, at(row.confirmed_at), row.confirmed_by, row.done, at(row.done_at))
    conn.run(_PUT, values)


def forget(conn: Connection, type: str) -> None:
    """Removes a row."""
    conn.run('DELETE FROM "kartotek__retention" WHERE "type" = ?', (type,))


def ended(conn: Connection, layout: Layout, column: str, until: object, *, after: int, limit: int) -> list[int]:
    """The next ids of records, deleted ones too, whose column is not later than the value; in order."""
    spec = layout.column(column).spec
    sql = f'SELECT "id" FROM {quote(layout.table)} WHERE {quote(column)} <= ? AND "id" > ? ORDER BY "id" LIMIT ?'
    return [int(id) for (id,) in conn.rows(sql, (conn.dialect.encode(spec, until), after, limit))]
