"""Filling: what converts of the records there are, put where it will be, and what no column will hold, kept or renamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kartotek.engine import keeping, shadowing
from kartotek.engine.change import CatalogChange
from kartotek.engine.converted import NOT_GIVEN, Converted
from kartotek.engine.converting import Converter
from kartotek.engine.retaking import Retaking
from kartotek.engine.shadowing import Shadowing, Shadows
from kartotek.migration.places import field_at
from kartotek.storage import kept, shadows
from kartotek.storage.connection import Connection
from kartotek.storage.kept import KeptValue
from kartotek.storage.records import load_many
from kartotek.storage.stored import Stored
from kartotek.storage.referring import ids_after

BATCH = 500
Converters = Mapping[str, Converter]


def converted(conn: Connection, one: Shadowing, ids: list[int], *, retaking: Retaking) -> dict[int, Converted]:
    """What these records become, written to the shadows; nobody else changes them meanwhile."""
    found = _turned(conn, one, load_many(conn, one.old, ids, lock=True), retaking)
    one.write(conn, found)
    return found


def _turned(
    conn: Connection, one: Shadowing, stored: Mapping[int, Stored], retaking: Retaking
) -> dict[int, Converted]:
    given = retaking.given(conn, one.converter.was, stored)
    return {id: one.converter(each, given.get(id, NOT_GIVEN)) for id, each in stored.items()}


def fill_up(
    conn: Connection, change: CatalogChange, converters: Converters, *,
    places: Shadows, state: Mapping[str, Any], entries: keeping.Entries,
) -> None:
    """Within the switch: fills what preparation has not, or not as it is by now, and renames what no column holds."""
    retaking = Retaking(conn, change)
    for converter in converters.values():
        one = Shadowing(change, converter, places)
        for ids in _batches(conn, change, one, state):
            stored = load_many(conn, one.old, ids)
            found = _turned(conn, one, stored, retaking)
            one.write(conn, found)
            one.write_rest(conn, found, stored)
            _keep(conn, converter, found, entries)


def _batches(
    conn: Connection, change: CatalogChange, one: Shadowing, state: Mapping[str, Any]
) -> Iterator[list[int]]:
    again = state.get("again", {}).get(one.converter.type, [])
    if not one.converter.only_rest and (not state.get("complete") or again is None or _follows(change, one.converter)):
        last = 0
        while ids := ids_after(conn, one.old, last, BATCH):
            yield ids
            last = ids[-1]
        return
    seen: set[int] = set()
    if not one.converter.only_rest:
        changed = sorted({*shadows.changed_since(conn, one.converter.was, int(state["mark"])), *again})
        seen.update(changed)
        yield from (changed[start : start + BATCH] for start in range(0, len(changed), BATCH))
    last = 0
    while ids := shadows.with_rest(conn, one.old, after=last, limit=BATCH):
        yield [id for id in ids if id not in seen]
        last = ids[-1]


def _follows(change: CatalogChange, converter: Converter) -> bool:
    """Whether it converts something derived: of such changes history does not tell."""
    old = change.current.catalog.types[converter.was]
    former = change.lineage.fields.get(converter.type, {})
    fields = (field_at(old, former[path]) for path in converter.paths if path in former)
    return any(one is not None and one.is_derived for one in fields)


def _keep(
    conn: Connection, converter: Converter, found: Mapping[int, Converted], entries: keeping.Entries
) -> None:
    values: dict[int, list[KeptValue]] = {}
    for id, each in found.items():
        for (row, name), wire in each.left.items():
            entry = keeping.entry_of(entries, converter.was, name)
            if entry is not None:
                values.setdefault(entry.id, []).append(KeptValue(id, row, name, wire))
    for kept_id, listed in values.items():
        kept.add_values(conn, kept_id, listed)


def made_places(conn: Connection, change: CatalogChange, converters: Converters) -> dict[Any, Any]:
    """The shadows of all that converts, made now."""
    places = shadowing.named(conn, change, converters.values())
    for converter in converters.values():
        Shadowing(change, converter, places).make(conn)
    return places
