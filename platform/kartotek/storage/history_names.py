"""History names: what fields were called when a row of history was written, and what they are called now."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import JSON

# What is set aside has no name: it is called by its number among what is kept, which no field can be called.
Name = tuple[str | int, ...]
Renamed = Mapping[Name, Name]  # {path then: path now, () for what is another thing than what bears the name now}
_ADD = (
    'INSERT INTO "kartotek__rename" ("version", "history_id", "type", "old", "new") '
    'SELECT ?, COALESCE(max("id"), 0), ?, ?, ? FROM "kartotek__history"'
)
# Whether rows of history, in a statement over them, were written under other names than today's.
IS_OLDER = (
    '(SELECT 1 FROM "kartotek__rename" r WHERE r."type" = "kartotek__history"."type" '
    'AND r."history_id" >= "kartotek__history"."id" LIMIT 1)'
)


def add(conn: Connection, version: int, type: str, renamed: Renamed) -> None:
    """Writes down for all history there is what a version calls otherwise."""
    wire = conn.dialect.encoder(JSON) or list
    for old, new in sorted(renamed.items(), key=str):
        conn.run(_ADD, (version, type, wire(list(old)), wire(list(new))))


def of_type(conn: Connection, type: str) -> list[tuple[int, Renamed]]:
    """(id of the last row of history that it is about, what was called otherwise until then), the oldest first."""
    wire = conn.dialect.decoder(JSON)
    sql = 'SELECT "version", "history_id", "old", "new" FROM "kartotek__rename" WHERE "type" = ? ORDER BY "version", "id"'
    rows = conn.rows(sql, (type,))
    return [
        (key[1], {tuple(wire(old)): tuple(wire(new)) for _, _, old, new in each})
        for key, each in groupby(rows, key=lambda row: (row[0], row[1]))
    ]


def translated(wire: Mapping[Any, Any], renamed: Renamed, above: Name = ()) -> dict[Any, Any]:
    """The values of a row under the names that came next; what was set aside by then under its number."""
    found: dict[Any, Any] = {}
    for name, value in wire.items():
        path = (*above, name)
        new = renamed.get(path, path)
        if new:
            found[new[-1]] = _inner(value, renamed, path)
    return found


def declared(wire: Mapping[Any, Any]) -> dict[str, Any]:
    """The same without what is set aside."""
    return {name: _declared(value) for name, value in wire.items() if isinstance(name, str)}


def _declared(value: Any) -> Any:
    if isinstance(value, Mapping):
        return declared(value)
    return [_declared(one) for one in value] if isinstance(value, list) else value


def _inner(value: Any, renamed: Renamed, path: Name) -> Any:
    if not any(len(one) > len(path) and one[: len(path)] == path for one in renamed):
        return value
    if isinstance(value, Mapping):
        return translated(value, renamed, path)
    if isinstance(value, list):
        return [translated(one, renamed, path) if isinstance(one, Mapping) else one for one in value]
    return value
