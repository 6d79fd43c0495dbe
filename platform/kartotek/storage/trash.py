"""Trash: the records that were deleted together and come back together."""

from __future__ import annotations

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Layout
from kartotek.storage.loading import load_many
from kartotek.storage.stored import Stored


def in_group(conn: Connection, layout: Layout, group: str) -> list[Stored]:
    """The deleted records of one type that share a group, whole, locked, in the order of their ids."""
    sql = f'SELECT "id" FROM {quote(layout.table)} WHERE "deleted_group" = ? AND "deleted_at" IS NOT NULL'
    ids = [id for (id,) in conn.rows(sql, (group,))]
    return list(load_many(conn, layout, ids, lock=True).values())
