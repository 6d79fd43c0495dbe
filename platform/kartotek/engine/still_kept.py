"""Still kept: what was taken out of service and is there, under the names of today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from kartotek.migration.identities import key_of
from kartotek.migration.places import Path
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field
from kartotek.model.kept import Kept
from kartotek.storage import kept, versions
from kartotek.storage.connection import Connection


def still_kept(conn: Connection, catalog: Catalog, now: datetime) -> tuple[Kept, ...]:
    """All that is kept; `catalog` is the one in service.

    Of a field that went on as another sort only what is within its time and was that very field, whatever it is called now:
    another one may have taken its name.
    """
    found = kept.everything(conn)
    if all(one.reason != "retyped" for one in found):
        return found
    named = _named(conn, catalog)
    return tuple(
        one if one.reason != "retyped" else replace(one, type=named[one.stable_id][0], path=named[one.stable_id][1])
        for one in found if one.reason != "retyped" or (one.stable_id in named and (one.until is None or one.until > now))
    )


def _named(conn: Connection, catalog: Catalog) -> dict[int, tuple[str, Path]]:
    row = versions.find(conn, catalog.version)
    types = row.ids.get("types", {}) if row is not None else {}
    found: dict[int, tuple[str, Path]] = {}
    for one in catalog.types.values():
        numbers = types.get(one.name, {}).get("fields", {})
        found |= {numbers[key]: (one.name, path) for path in _paths(one.fields) if (key := key_of(path)) in numbers}
    return found


def _paths(fields: Sequence[Field], above: Path = ()) -> Iterator[Path]:
    for one in fields:
        path = (*above, one.name)
        yield path
        yield from _paths(one.fields, path)
