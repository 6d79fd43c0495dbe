"""Holders: which live records have the values that others would like to have, asked for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Layout
from kartotek.storage.sealing import value_found_by
from kartotek.storage.stored import Stored

# Values of the columns of an index as the driver takes them.
Key = tuple[Any, ...]
_AT_ONCE = 250  # keys in one statement; SQLite allows 1,000 terms in one condition


def key_of(conn: Connection, layout: Layout, columns: Sequence[str], stored: Stored) -> Key | None:
    """The record's values of the columns; None where one is missing, since those are never the same as any."""
    key = tuple(value_found_by(conn, layout, name, stored) for name in columns)
    return None if None in key else key


def holders(conn: Connection, layout: Layout, columns: Sequence[str], keys: Iterable[Key]) -> dict[Key, int]:
    """{key: id of the live record that has it} of those keys that one has; of several the first."""
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, int] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        for id, *values in conn.rows(*_query(layout, columns, wanted[start:start + _AT_ONCE])):
            found.setdefault(tuple(values), id)
    return found


def _query(layout: Layout, columns: Sequence[str], keys: Sequence[Key]) -> tuple[str, list[Any]]:
    names = [quote(name) for name in columns]
    if len(names) == 1:
        condition = f"{names[0]} IN ({', '.join('?' * len(keys))})"
    else:
        each = " AND ".join(f"{name} = ?" for name in names)
        condition = f"({' OR '.join([f'({each})'] * len(keys))})"
    sql = (
        f'SELECT "id", {", ".join(names)} FROM {quote(layout.table)} '
        f'WHERE "deleted_at" IS NULL AND {condition} ORDER BY "id"'
    )
    return sql, [value for key in keys for value in key]
