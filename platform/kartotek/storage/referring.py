"""Referring: the records that point to one, also from within their sub-tables; and the way through a whole table."""

from __future__ import annotations

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Layout
from kartotek.storage.loading import inverse, load_many
from kartotek.storage.stored import Stored


def holders(conn: Connection, layout: Layout, pointer: str, id: int, *, rows: str = "") -> list[Stored]:
    """The live records, whole, that point to `id` by a column, by a field of many references, or by a column of `rows`."""
    if not rows:
        return inverse(conn, layout, pointer, [id], parts=True)[id]
    part = layout.rows[rows]
    sql = f'SELECT DISTINCT "parent_id" FROM {quote(part.table)} WHERE {quote(pointer)} = ?'
    found = load_many(conn, layout, [row[0] for row in conn.rows(sql, (id,))])
    return [one for one in found.values() if one.deleted_at is None]


def ids_after(conn: Connection, layout: Layout, last: int, limit: int) -> list[int]:
    """The next ids, deleted records included, for going through a whole table in batches."""
    sql = f'SELECT "id" FROM {quote(layout.table)} WHERE "id" > ? ORDER BY "id" LIMIT ?'
    return [int(row[0]) for row in conn.rows(sql, (last, limit))]
