"""Retaking: values that a field had before its sort was changed, for records in which nobody has touched it since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kartotek.engine.change import CatalogChange
from kartotek.engine.converted import NOT_GIVEN, Given
from kartotek.engine.keeping import declared_before
from kartotek.engine.stored_wires import taker, taker_of_row
from kartotek.migration.keeping import was_declared
from kartotek.migration.places import Declared, Path, field_at
from kartotek.migration.step import Step
from kartotek.model.field import Field
from kartotek.model.kept import Kept
from kartotek.model.missing import MISSING
from kartotek.storage import history, kept
from kartotek.storage.connection import Connection
from kartotek.storage.database import StaleCatalog
from kartotek.storage.history import HistoryRow
from kartotek.storage.layout import Layout, layout_of
from kartotek.storage.records import load_many
from kartotek.storage.stored import Stored

Wires = dict[int, Any]  # {row id or 0: wire}


@dataclass(frozen=True)
class _Back:
    """One field that goes back to what it was: `path` is its new one, `was` the one it has now."""

    path: Path
    was: Path
    entry: Kept
    layout: Layout  # of the field alone, where its values stand now
    take: Callable[[Stored], Wires]
    in_row: bool
    fits: Callable[[Any], bool]


class Retaking:
    """What goes back by the steps of a change. Raises StaleCatalog where it is not kept any more."""

    def __init__(self, conn: Connection, change: CatalogChange) -> None:
        self._backs: dict[str, list[_Back]] = {}
        steps = [one for one in change.steps if one.code == "retype_back"]
        known = {one.id: one for one in kept.everything(conn)} if steps else {}
        for step in steps:
            was = change.lineage.former_type(step.type)
            self._backs.setdefault(was, []).append(_back(conn, change, step, known.get(step.params["kept"])))

    def given(self, conn: Connection, record_type: str, ids: Collection[int]) -> dict[int, Given]:
        """{record: what it gets back} of records of a type, by its old name; what is kept of the others does not go back."""
        found: dict[int, dict[tuple[int, Path], Any]] = {}
        for one in self._backs.get(record_type, ()):
            for id, wires in _kept_wires(conn, one, _untouched(conn, record_type, one, ids)).items():
                found.setdefault(id, {}).update({(row, one.path): wire for row, wire in wires.items() if one.fits(wire)})
        return {id: each for id, each in found.items() if each}


class Retaken:
    """The same for one look at many records, page by page."""

    def __init__(self, conn: Connection, change: CatalogChange) -> None:
        self._conn = conn
        self._retaking = Retaking(conn, change)
        self._seen: dict[tuple[str, int], Given] = {}

    def look(self, record_type: str, ids: Collection[int]) -> None:
        """Looks at a page; what was known of others is forgotten."""
        found = self._retaking.given(self._conn, record_type, ids)
        self._seen = {(record_type, id): found.get(id, NOT_GIVEN) for id in ids}

    def of(self, record_type: str, id: int) -> Given:
        """What one record gets back."""
        if (record_type, id) not in self._seen:
            self._seen[record_type, id] = self._retaking.given(self._conn, record_type, [id]).get(id, NOT_GIVEN)
        return self._seen[record_type, id]


def spend(conn: Connection, change: CatalogChange) -> None:
    """What has gone back is not kept for anything any more: the next cleaning drops it."""
    spent = {int(one.params["kept"]) for one in change.steps if one.code == "retype_back"}
    for one in kept.everything(conn) if spent else ():
        if one.id in spent:
            kept.spend(conn, one, change.at)


def _back(conn: Connection, change: CatalogChange, step: Step, entry: Kept | None) -> _Back:
    before = declared_before(conn, entry) if entry is not None and entry.mark is not None else None
    new = field_at(change.wanted.types[step.type], step.path)
    if entry is None or before is None or new is None:
        raise StaleCatalog(f"What {'.'.join((step.type, *step.path))} held is not kept any more.")
    field = field_at(before.type, entry.was[1:])
    assert field is not None
    table = change.current.type(change.lineage.former_type(step.type)).layout.table
    holder = before.type.by_name[entry.was[1]]
    in_row = holder.kind == "rows" and len(entry.was) > 2
    now = _as_it_is(field, {one.column: one.now_column for one in entry.places})
    layout = _layout(before, replace(holder, fields=(now,)) if in_row else now, table, entry.places[0].now_table)
    take = _taken_of_rows(holder.name, now) if in_row else _taken(now)
    same = was_declared(entry.declared["as"], new)
    was = change.lineage.former(step.type, step.path)
    return _Back(step.path, was, entry, layout, take, in_row, lambda wire: same or _is_option(new, wire))


def _as_it_is(field: Field, columns: Mapping[str, str]) -> Field:
    """The field with its columns as they are called now; a sub-table was set aside whole."""
    if field.kind in ("rows", "references"):
        return field
    members = tuple(_as_it_is(one, columns) for one in field.fields)
    return replace(field, column=columns.get(field.column, field.column), fields=members, unique=False, index=False)


def _layout(before: Declared, field: Field, table: str, aside: str) -> Layout:
    alone = layout_of(replace(before.type, fields=(field,), unique=(), indexes=()))
    rows, joins = ({name: replace(one, table=aside, kept={}) for name, one in parts.items()} for parts in (alone.rows, alone.joins))
    return replace(alone, table=table, rows=rows, joins=joins, indexes=(), kept={})


def _taken(field: Field) -> Callable[[Stored], Wires]:
    take = taker(field)

    def taken(stored: Stored) -> Wires:
        wire = take(replace(stored, rest={}))
        return {0: wire} if wire is not MISSING else {}

    return taken


def _taken_of_rows(holder: str, member: Field) -> Callable[[Stored], Wires]:
    take = taker_of_row(member)

    def taken(stored: Stored) -> Wires:
        found = {row.id or 0: take(replace(row, rest={})) for row in stored.rows.get(holder, ())}
        return {id: wire for id, wire in found.items() if wire is not MISSING}

    return taken


def _untouched(conn: Connection, record_type: str, one: _Back, ids: Collection[int]) -> list[int]:
    assert one.entry.mark is not None
    rows = history.after(conn, record_type, ids, one.entry.mark)
    touched = {row.record_id for row in rows if _names(row, one.was[:1] if one.in_row else one.was)}
    return [id for id in ids if id not in touched]


def _names(row: HistoryRow, path: Path) -> bool:
    """Whether something of the field was changed: it stands there with other values, or is told alone."""
    was, now = ({path[0]: side[path[0]]} if path[0] in side else {} for side in (row.was, row.now))
    return bool(was or now) if len(path) == 1 else _at(was, path) != _at(now, path)


def _at(wire: Any, path: Path) -> Any:
    for name in path:
        wire = wire.get(name, MISSING) if isinstance(wire, Mapping) else MISSING
    return wire


def _kept_wires(conn: Connection, one: _Back, ids: Collection[int]) -> dict[int, Wires]:
    found = {id: one.take(stored) for id, stored in load_many(conn, one.layout, list(ids)).items()} if ids else {}
    name = ".".join(one.entry.was[1:])
    for value in kept.values_of(conn, one.entry.id, ids) if ids else ():
        if value.name == name and value.value is not None:
            found.setdefault(value.record_id, {})[value.row_id] = value.value
    return found


def _is_option(field: Field, wire: Any) -> bool:
    """Whether a choice still knows what was chosen; other limits say nothing about what may stand there."""
    if field.kind in ("choice", "choices"):
        known = [one.value for one in field.options]
        return all(each in known for each in (wire if isinstance(wire, list) else [wire]))
    return all(_is_option(member, each[member.name]) for each in _rows(wire) for member in field.fields if member.name in each)


def _rows(wire: Any) -> Iterator[Mapping[str, Any]]:
    for one in wire if isinstance(wire, list) else [wire]:
        if isinstance(one, Mapping):
            yield one
