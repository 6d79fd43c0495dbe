"""Keeping: what a change takes out of service stays for a while, and what one brings back is there again with its values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kartotek.declaration.foreign import take_as_sound
from kartotek.declaration.load import load
from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import CompiledType
from kartotek.engine.open_writing import Writing
from kartotek.engine.rejoining import rejoin
from kartotek.migration.identities import key_of
from kartotek.migration.keeping import declared_of
from kartotek.migration.moves import Left, Moves, Returning
from kartotek.migration.places import Declared, Path, Place, field_at
from kartotek.model.field import Field
from kartotek.model.kept import Kept, KeptPlace
from kartotek.model.record import Record, Row
from kartotek.storage import kept, shadows, versions
from kartotek.storage.connection import Connection
from kartotek.storage.kept import KeptValue
from kartotek.storage.layout import layout_of
from kartotek.storage.records import load_many, update

KEPT_FOR = timedelta(days=30)
Entries = dict[tuple[str, Path], Kept]  # {(type as it was called, path as it was): what is kept of it}


def returning(conn: Connection, change: CatalogChange) -> tuple[Returning, ...]:
    """What the steps of a change bring back, with what it was declared as."""
    wanted = {
        int(one.params["kept"]): one for one in change.steps if one.action in ("restore_field", "restore_type")
    }
    found = []
    for one in kept.everything(conn) if wanted else ():
        step = wanted.get(one.id)
        before = declared_before(conn, one) if step is not None else None
        if step is not None and before is not None:
            found.append(Returning(kept=one, type=step.type, path=step.path, before=before))
    return tuple(found)


def declared_before(conn: Connection, one: Kept) -> Declared | None:
    """Its type as it was declared before it went out of service, with where everything of it is now."""
    row = versions.find(conn, one.version - 1)
    if row is None:
        return None
    take_as_sound(row.documents)
    catalog = load(row.documents, notes=False).catalog
    if catalog is None or one.was[0] not in catalog.types:
        return None
    record_type = catalog.types[one.was[0]]
    now = {Place(each.table, each.column): Place(each.now_table, each.now_column) for each in one.places}
    return Declared(record_type, layout_of(record_type), now)


def enter(conn: Connection, change: CatalogChange, moves: Moves, now: datetime) -> Entries:
    """Writes down what goes out of service, before it does."""
    row = versions.find(conn, change.current.catalog.version)
    ids = row.ids if row is not None else {}
    found: Entries = {}
    mark = shadows.newest_history(conn)
    for left in moves.left:
        was = _former_type(change, left)
        within = change.current.catalog.types.get(was) if left.origin is None else None
        entry = Kept(
            id=0, type=left.type, path=left.path, was=(was, *left.was), reason=left.reason,
            stable_id=_stable_id(ids, was, left.was), places=(), records=0,
            declared=declared_of(left.what, within, left.was) | _numbers(ids, was, left),
            version=left.origin.version if left.origin else change.current.catalog.version + 1,
            since=now, until=now + KEPT_FOR, mark=mark,
        )
        found[was, left.was] = replace(entry, id=kept.add(conn, entry))
    return found


def entry_of(entries: Entries, record_type: str, name: str) -> Kept | None:
    """What is kept of a field, called as it was: "lines.price"; a member belongs to what is kept of its holder."""
    known = {".".join(path): one for (of, path), one in entries.items() if of == record_type and path}
    found = [one for one in known if name == one or name.startswith(f"{one}.")]
    return known[max(found, key=len)] if found else None


def place(conn: Connection, change: CatalogChange, entries: Entries, aside: Iterable[tuple[Left, Sequence[KeptPlace]]]) -> None:
    """Writes down where it all is now."""
    for left, places in aside:
        entry = entries[_former_type(change, left), left.was]
        records = max((kept.filled(conn, one) for one in places[:1 if not left.path else None]), default=0)
        kept.place(conn, entry.id, replace(entry, places=tuple(places), records=records))


def bring_back(writing: Writing, back: Iterable[Returning]) -> None:
    """Puts the values that no column held into the records again, and forgets that the thing was kept."""
    for one in back:
        if one.path:
            rejoin(writing, one.type, one.path)
            compiled, last = writing.moment.compiled.type(one.type), 0
            while values := kept.values(writing.conn, one.kept.id, after=last):
                _put_back(writing, compiled, values, one)
                last = values[-1].record_id
        kept.forget(writing.conn, [one.kept.id])


def _put_back(writing: Writing, compiled: CompiledType, values: Sequence[KeptValue], one: Returning) -> None:
    by_record: dict[int, list[KeptValue]] = {}
    for value in values:
        by_record.setdefault(value.record_id, []).append(value)
    for id, stored in load_many(writing.conn, compiled.layout, list(by_record)).items():
        record = compiled.codec.record(stored)
        wire = compiled.codec.wire(record.values)
        for value in by_record[id]:
            _set(wire, record, (*one.path, *_within(one, value.name)), value)
        names = {one.path[0]}
        again = {name: compiled.codec.value_of(name, wire[name]) for name in names if name in wire}
        after = record.having({**record.values, **_with_ids(record, again)})
        update(writing.conn, compiled.layout, stored, compiled.codec.stored(after, stored.deleted_group))


def _within(one: Returning, name: str) -> Path:
    """The path of a value within what it was kept with; names may have dots in them."""
    was = one.kept.was[1:]
    field, left = field_at(one.before.type, was), name[len(".".join(was)) + 1 :]
    found: list[str] = []
    while left and field is not None:
        named = [each for each in field.fields if left == each.name or left.startswith(f"{each.name}.")]
        field = max(named, key=lambda each: len(each.name), default=None)
        found.append(field.name if field is not None else left)
        left = left[len(found[-1]) + 1 :]
    return tuple(found)


def _set(wire: dict[str, Any], record: Record, path: Path, value: KeptValue) -> None:
    """Sets one value in the wire of a record, in the row that it belonged to if there still is one."""
    place: Any = wire
    inner = path
    if value.row_id:
        rows = record.values.get(path[0]) or ()
        at = next((number for number, row in enumerate(rows) if row.id == value.row_id), None)
        if at is None:
            return
        place, inner = wire[path[0]][at], path[1:]
    for name in inner[:-1]:
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            return
    place[inner[-1]] = value.value  # nobody could write it meanwhile


def _with_ids(record: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the rows that they were before."""
    found = dict(values)
    for name, value in values.items():
        before = record.values.get(name)
        if isinstance(value, tuple) and isinstance(before, tuple) and value and isinstance(value[0], Row):
            found[name] = tuple(Row(row.values, was.id) for row, was in zip(value, before, strict=True))
    return found


def _former_type(change: CatalogChange, left: Left) -> str:
    """What its type was called where it was declared."""
    if left.origin is not None:
        return left.origin.was[0]
    return change.lineage.former_type(left.type) if left.path else left.type


def _numbers(ids: Mapping[str, Any], record_type: str, left: Left) -> dict[str, Any]:
    """The numbers of what stands in it, which comes back with it."""
    known, start = ids.get("types", {}).get(record_type, {}).get("fields", {}), len(left.was)
    paths = list(_members(left.what.fields, left.was)) if left.was else []
    return {"numbers": {key_of(path[start:]): known[key_of(path)] for path in paths if key_of(path) in known}} if paths else {}


def _members(fields: Sequence[Field], above: Path) -> Iterator[Path]:
    for one in fields:
        yield (*above, one.name)
        yield from _members(one.fields, (*above, one.name))


def _stable_id(ids: Mapping[str, Any], record_type: str, path: Path) -> int:
    known = ids.get("types", {}).get(record_type, {})
    return int((known.get("fields", {}).get(key_of(path), 0) if path else known.get("id", 0)) or 0)
