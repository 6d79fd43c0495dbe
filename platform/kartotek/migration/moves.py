"""Moves: which tables and columns go on under which names, and what is set aside: pure, from what was and what is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kartotek.migration.lineage import Lineage, pairs
from kartotek.migration.places import Declared, Path, Place, field_at, places
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field
from kartotek.model.kept import Kept, Reason
from kartotek.storage.layout import Column, PartLayout, layout_of


@dataclass(frozen=True, slots=True)
class Left:
    """What goes on under no name. `type` and `path` are as one would name it from now on, `was` as it was declared.

    `places` are (as declared, where it is now), `what` is how it was declared; `origin` is what it was a part of, of
    something that had been kept already.
    """

    type: str
    path: Path
    was: Path
    reason: Reason
    places: tuple[tuple[Place, Place], ...]
    what: Field | RecordType
    origin: Kept | None = None


@dataclass(frozen=True, kw_only=True)
class Returning:
    """A kept thing that is in service again at `path` of `type`; `before` is what it was declared as."""

    kept: Kept
    type: str
    path: Path
    before: Declared


@dataclass(frozen=True)
class Moves:
    """`tables` is {table now: table then}, `columns` {table now: {column now: column then}}: all that goes on, moved or not.

    `types` are {old name: new name} of the types that go on, `fields` {new type: {old path: new path}}; `sides` are what each
    of them, and each that is in service again, was and is.
    """

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    fields: dict[str, dict[Path, Path]] = field(default_factory=dict)
    back: tuple[Returning, ...] = ()
    sides: list[tuple[Declared, Declared]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether everything stays where it is."""
        moved = any(now != then for each in (self.tables, *self.columns.values()) for now, then in each.items())
        return not (moved or self.left or self.back)


def moves(
    old: Catalog, new: Catalog, lineage: Lineage, *,
    shadows: Mapping[Place, Place] | None = None, returning: tuple[Returning, ...] = (),
) -> Moves:
    """`shadows` is {column or table as it will be called: where its values are made ready}, of all that converts."""
    found = Moves(back=returning)
    whole = {one.type: one for one in returning if not one.path}
    for name, after in new.types.items():
        was = lineage.former_type(name)
        if was and not after.builtin:
            found.types[was] = name
            former = lineage.fields.get(name, {})
            found.fields[name] = {below: above for above, below in former.items()}
            before, origin = _declared(old.types[was]), None
        elif name in whole:
            before, origin = whole[name].before, whole[name].kept
            former = _former(before.type.fields, after.fields)
        else:
            continue
        backs = {one.path: one for one in returning if one.type == name and one.path}
        pair = _Pair(found, (before, _declared(after)), former, shadows=shadows or {}, backs=backs, types=lineage.types)
        pair.walk(origin)
    for gone in old.types.values():
        if not gone.builtin and gone.name not in found.types:
            found.left.append(_whole_type(gone))
    return found


def _declared(record_type: RecordType) -> Declared:
    return Declared(record_type, layout_of(record_type))


def _whole_type(gone: RecordType) -> Left:
    layout = layout_of(gone)
    tables = [layout.table, *(one.table for one in (*layout.rows.values(), *layout.joins.values()))]
    return Left(gone.name, (), (), "removed", tuple((Place(one), Place(one)) for one in tables), gone)


def _former(before: tuple[Field, ...], after: tuple[Field, ...], above: Path = (), below: Path = ()) -> dict[Path, Path]:
    """{new path: old path} of something that was kept, by the rules by which fields go on."""
    found: dict[Path, Path] = {}
    for one, was in pairs(before, after):
        found[*above, one.name] = (*below, was.name)
        if one.kind == was.kind:
            found |= _former(was.fields, one.fields, (*above, one.name), (*below, was.name))
    return found


class _Pair:
    """One type that goes on, from its old tables to its new ones."""

    def __init__(
        self, found: Moves, sides: tuple[Declared, Declared], former: Mapping[Path, Path], *,
        shadows: Mapping[Place, Place], backs: Mapping[Path, Returning], types: Mapping[str, str],
    ) -> None:
        self._found = found
        self._before, self._after = sides
        found.sides.append(sides)
        # A foreign schema's records are the wire itself: a property goes on under its own name or not at all.
        foreign = any(one.type.foreign for one in sides)
        self._former = {new: old for new, old in former.items() if new == old} if foreign else former
        self._names = {old: new for new, old in self._former.items()}
        self._shadows = shadows
        self._backs = backs
        self._types = types

    def walk(self, origin: Kept | None) -> None:
        """Writes down what becomes of everything that the type had."""
        self._carry(self._before.place(Place(self._before.layout.table)), Place(self._after.layout.table))
        taken = set(self._take(self._after.type.fields, (), self._before, self._former))
        self._leave((self._before, origin), self._before.type.fields, (), taken, above=())

    def _take(
        self, fields: tuple[Field, ...], above: Path, before: Declared, former: Mapping[Path, Path]
    ) -> Iterator[Path]:
        """Goes through the new fields; gives the old paths whose places go on."""
        for one in fields:
            path = (*above, one.name)
            if self._is_filled(one, path, before, former):
                self._fill(path)
            elif path in former:
                yield from self._go_on(one, path, before, former)
            elif path in self._backs:
                self._return(one, path, self._backs[path])
            elif one.kind == "object":  # whose members may have been kept one by one
                yield from self._take(one.fields, path, before, former)

    def _is_filled(self, one: Field, path: Path, before: Declared, former: Mapping[Path, Path]) -> bool:
        """Whether its values are made anew, and not only some of something that stands within it."""
        here = [place for place in places(self._after.layout, path) if place in self._shadows]
        was = field_at(before.type, former[path]) if path in former else None
        return bool(here) and not (one.kind == "object" and was is not None and was.kind == "object")

    def _fill(self, path: Path) -> None:
        for place, what in places(self._after.layout, path).items():
            shadow = self._shadows.get(place)
            if shadow is None:
                continue
            self._carry(shadow, place)
            if not place.column and isinstance(what, PartLayout):
                self._found.columns[shadow.table] = {column.name: column.name for column in what.columns}

    def _go_on(self, one: Field, path: Path, before: Declared, former: Mapping[Path, Path]) -> Iterator[Path]:
        was = former[path]
        old = field_at(before.type, was)
        assert old is not None
        if old.kind == one.kind == "object":
            yield was
            yield from self._take(one.fields, path, before, former)
            return
        here, there = places(before.layout, was), places(self._after.layout, path)
        if len(here) != len(there) or not all(map(self._alike, here.values(), there.values())):
            return
        yield was
        for now, then in zip(here, there, strict=True):
            self._carry(before.place(now), then)
        if old.kind == one.kind == "rows":
            yield from self._take(one.fields, path, before, former)

    def _carry(self, now: Place, then: Place) -> None:
        columns = self._found.columns.setdefault(now.table, {})
        if now.column:
            columns[now.column] = then.column
        else:
            self._found.tables[now.table] = then.table

    def _alike(self, old: Column | PartLayout, new: Column | PartLayout) -> bool:
        """Whether the one can simply be called the other, a number with more digits included."""
        target = next((then for then, was in self._types.items() if was == old.target), old.target)
        if target != new.target or isinstance(old, PartLayout) or isinstance(new, PartLayout):
            return target == new.target and type(old) is type(new)
        was, now = old.spec, new.spec
        return was.type == now.type and (
            was.type != "decimal" or (was.scale == now.scale and was.precision <= now.precision)
        )

    def _return(self, one: Field, path: Path, back: Returning) -> None:
        was = back.kept.was[1:]
        old = field_at(back.before.type, was)
        if old is None:
            return
        former = {path: was} | (_former(old.fields, one.fields, path, was) if old.kind == one.kind else {})
        taken = set(self._go_on(one, path, back.before, former))
        if was in taken:
            self._leave((back.before, back.kept), old.fields, was, taken, above=path)

    def _leave(
        self, source: tuple[Declared, Kept | None], fields: tuple[Field, ...], below: Path, taken: set[Path], *, above: Path
    ) -> None:
        """Sets aside what does not go on; `below` is what the fields stood in, `above` what that is called from now on."""
        before, origin = source
        names = self._names if before is self._before else {}
        for one in fields:
            was = (*below, one.name)
            if was in taken:
                self._leave(source, one.fields, was, taken, above=names.get(was, (*above, one.name)))
            elif not one.is_live:  # of which nothing was stored
                reason: Reason = "retyped" if was in names else "removed"
                where = tuple((place, before.place(place)) for place in places(before.layout, was))
                self._found.left.append(
                    Left(self._after.type.name, (*above, one.name), was, reason, where, one, origin)
                )
