"""Rejoining: a member that is in service again, put into the objects that stand whole beside their columns."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from kartotek.engine.open_writing import Writing
from kartotek.engine.stored_wires import taker_of_columns
from kartotek.migration.places import Path, field_at
from kartotek.model.missing import MISSING
from kartotek.storage import shadows
from kartotek.storage.records import load_many

_BATCH = 500
Take = Callable[[Mapping[str, Any]], Any]


def rejoin(writing: Writing, record_type: str, path: Path) -> None:
    """What stands whole in the rest hides its columns: there the member's value would be lost."""
    compiled = writing.moment.compiled.type(record_type)
    field = field_at(compiled.type, path)
    in_row = path[0] in compiled.layout.rows
    if field is None or len(path) < (3 if in_row else 2):
        return
    take, inner, last = taker_of_columns(field), path[1:] if in_row else path, 0
    while ids := shadows.with_rest(writing.conn, compiled.layout, after=last, limit=_BATCH):
        found, table = {}, compiled.layout.rows[path[0]].table if in_row else compiled.layout.table
        for stored in load_many(writing.conn, compiled.layout, ids).values():
            for one in stored.rows.get(path[0], ()) if in_row else (stored,):
                rest = _joined(one.rest, inner, take(one.columns))
                if rest is not None and one.id is not None:
                    found[one.id] = rest
        shadows.write_rest(writing.conn, table, found)
        last = ids[-1]


def _joined(rest: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any] | None:
    """The rest with the value at its path, where all that it stands in is there; else None."""
    if value is MISSING or not isinstance(rest.get(path[0]), dict):
        return None
    found = {**rest, path[0]: copy.deepcopy(rest[path[0]])}
    place: Any = found
    for name in path[:-1]:
        place = place.get(name) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        return None
    place[path[-1]] = value
    return found
