"""What a statement alone can count: records of a type, values of a field, options in use, duplicates, references."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import CompiledType
from kartotek.engine.conversion_tree import Going
from kartotek.engine.findings_tally import SHOWN, Tally
from kartotek.kinds.conversion_texts import written
from kartotek.migration.lineage import Path
from kartotek.model.field import Field
from kartotek.storage import findings as storage
from kartotek.storage.connection import Connection
from kartotek.storage.layout import Column, PartLayout

_PLAIN = frozenset({"text", "integer", "boolean", "double"})


def all_records(conn: Connection, compiled: CompiledType, *, live: bool = False) -> Tally:
    """How many there are, those in the trash too."""
    return Tally(compiled.type.name, concerned=storage.count(conn, compiled.layout, live=live))


def with_values(conn: Connection, compiled: CompiledType, path: Path) -> Tally:
    """How many have a value there, those in the trash too, which could be brought back without it."""
    asked = storage.having(conn, compiled.layout, path)
    return _counted(conn, compiled, asked, "concerned")


def without(conn: Connection, compiled: CompiledType, name: str, *, null: bool, broken: str) -> Tally:
    """How many live ones lack a field of their own."""
    found = _counted(conn, compiled, storage.lacking(conn, compiled.layout, name, null=null), "failing", live=True)
    found.concerned, found.broken = storage.count(conn, compiled.layout, live=True), broken
    return found


def every(conn: Connection, compiled: CompiledType, *, broken: str) -> Tally:
    """All live ones, since no one has what is demanded."""
    found = _counted(conn, compiled, storage.Asked("1 = 1"), "failing", live=True)
    found.concerned, found.broken = found.failing, broken
    return found


def alike(conn: Connection, compiled: CompiledType, columns: Sequence[str]) -> Tally:
    """How many live ones share their values of these columns."""
    total, ids = storage.repeated(conn, compiled.layout, columns, SHOWN)
    found = Tally(compiled.type.name, concerned=storage.count(conn, compiled.layout, live=True), failing=total)
    for id in ids:
        found.show("failing", id)
    return found


def optioned(
    conn: Connection, compiled: CompiledType, going: Going, *, values: Collection[Any], said: Collection[str]
) -> Tally | None:
    """How many live ones use options that are gone, and of those how many nobody has said anything about; None where no
    single column tells.
    """
    place = _place(compiled, going.was)
    if place is None or place[0].spec.type not in _PLAIN:
        return None
    column, part = place
    unsaid = [one for one in values if written(one) not in said]
    found = _counted(conn, compiled, storage.using(conn, column, values, part), "concerned", live=True)
    failing = _counted(conn, compiled, storage.using(conn, column, unsaid, part), "failing", live=True) if unsaid else found
    return Tally(found.type, concerned=found.concerned, failing=failing.failing, shown={**found.shown, **failing.shown})


def referring(conn: Connection, change: CatalogChange, gone: str) -> tuple[int, list[tuple[str, str, int]]]:
    """How many live records refer, by fields that go on, to a type that goes, and some of them: (type, field, id)."""
    stay = {was: set(change.lineage.fields.get(name, {}).values()) for name, was in change.lineage.types.items()}
    total, shown = 0, list[tuple[str, str, int]]()
    for place, field in change.current.referring.get(gone, ()):
        holder, _, inside = place.partition(".")
        compiled, path = change.current.type(holder), (inside, field.name) if inside else (field.name,)
        if path not in stay.get(holder, ()):  # the link goes too, or leads elsewhere from now on
            continue
        asked = storage.having(conn, compiled.layout, path)
        total += storage.count(conn, compiled.layout, asked, live=True)
        shown += [(holder, ".".join(path), id) for id in storage.first(conn, compiled.layout, asked, SHOWN, live=True)]
    return total, shown[:SHOWN]


def single_columns(compiled: CompiledType, fields: Sequence[Going]) -> list[str] | None:
    """The old columns of fields whose values stay as they are; None where one of them has none, or another afterwards."""
    found = [_place(compiled, one.was) for one in fields if one.convert is None]
    return [one[0].name for one in found if one is not None] if len(found) == len(fields) and None not in found else None


def _place(compiled: CompiledType, path: Path) -> tuple[Column, PartLayout | None] | None:
    part = compiled.layout.rows.get(path[0]) if len(path) > 1 else None
    columns, inner = (part.columns, path[1:]) if part is not None else (compiled.layout.columns, path)
    return next(((one, part) for one in columns if one.path == inner), None)


def _counted(conn: Connection, compiled: CompiledType, asked: storage.Asked, sort: Any, *, live: bool = False) -> Tally:
    found = Tally(compiled.type.name)
    setattr(found, sort, storage.count(conn, compiled.layout, asked, live=live))
    for id in storage.first(conn, compiled.layout, asked, SHOWN, live=live) if getattr(found, sort) else ():
        found.show(sort, id)
    return found


def field_at(fields: Sequence[Field], path: Path) -> list[Field]:
    """The fields that lead to a path, [] where there is none."""
    chain: list[Field] = []
    for name in path:
        one = next((each for each in fields if each.name == name), None)
        if one is None:
            return []
        chain.append(one)
        fields = one.fields
    return chain
