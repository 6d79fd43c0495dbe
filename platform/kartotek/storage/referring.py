"""Referring: the records that point to one, also from within their sub-tables; and the way through a whole table."""

from __future__ import annotations

from collections.abc import Sequence

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


def holder_ids(conn: Connection, layout: Layout, pointer: str, ids: Sequence[int], *, rows: str = "") -> list[int]:
    """The ids of the live records that point to one of these, in order; `pointer` and `rows` as for `holders`."""
    live = f'SELECT "id" FROM {quote(layout.table)} WHERE "deleted_at" IS NULL'
    if rows or pointer in layout.joins:
        part = layout.rows[rows] if rows else layout.joins[pointer]
        among = conn.dialect.among(quote(pointer if rows else "target_id"))
        sql = f'{live} AND "id" IN (SELECT "parent_id" FROM {quote(part.table)} WHERE {among}) ORDER BY "id"'
    else:
        sql = f'{live} AND {conn.dialect.among(quote(pointer))} ORDER BY "id"'
    return [int(row[0]) for row in conn.rows(sql, (conn.dialect.ids(ids),))]


def ids_after(conn: Connection, layout: Layout, last: int, limit: int) -> list[int]:
    """The next ids, deleted records included, for going through a whole table in batches."""
    sql = f'SELECT "id" FROM {quote(layout.table)} WHERE "id" > ? ORDER BY "id" LIMIT ?'
    return [int(row[0]) for row in conn.rows(sql, (last, limit))]
