"""Converting: what a stored record is to hold under another catalog, worked out of what it holds now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kartotek.engine.change import CatalogChange
from kartotek.engine.conversion_tree import Going, Tree, tree
from kartotek.engine.converted import NOT_GIVEN, Converted, Given, Target, mover
from kartotek.engine.stored_wires import taker
from kartotek.model.field import Field
from kartotek.storage.layout import blind_column
from kartotek.storage.stored import Stored


class Converter:
    """Of the records of one type, `type` by its new name and `was` by its old one. Pure, and safe to share by threads.

    It fills `columns` of the record's own table, those columns of `parts`, sub-tables that go on, and `tables`, the
    sub-tables and joins that are made anew. With none of these only records with a rest, in themselves or in their rows,
    need be looked at. `reads` are the old fields of which a record must know its values.
    """

    def __init__(self, found: Tree) -> None:
        self.type, self.was = found.type, found.was
        self.paths = tuple(one.path for one in found.each() if one.convert is not None)
        self.reads = frozenset(one.old.name for one in found.fields if one.moves)
        top = [one for one in found.fields if one.converts]
        self.columns = tuple(name for one in top if one.new.kind != "rows" for name in _filled(one))
        parts = {one.new.name: tuple(_filled_members(one)) for one in top if one.convert is None and one.new.kind == "rows"}
        self.parts: Mapping[str, tuple[str, ...]] = parts
        self.tables = tuple(one.new.name for one in top if one.convert is not None and one.new.kind in ("rows", "references"))
        self._movers = [mover(one, taker) for one in found.fields]
        self._gone = found.gone
        self._known = {one.old.name for one in found.fields} | {*found.gone}
        self._named = {one.new.name for one in found.fields}

    @property
    def only_rest(self) -> bool:
        """Whether no column is filled anew."""
        return not (self.columns or self.parts or self.tables)

    def __call__(self, stored: Stored, given: Given = NOT_GIVEN) -> Converted:
        """What is new of the record, which is there whole, or with all of `reads` and its rest."""
        out = Converted()
        target = Target(out, 0, out.columns, out.rest, given)
        for move in self._movers:
            move(stored, target)
        for name, wire in stored.rest.items():
            if name in self._gone:
                out.left[0, name] = wire
            elif name not in self._known and name not in self._named:
                out.rest[name] = wire
        out.changes_rest = out.rest != stored.rest
        return out


def converters(change: CatalogChange) -> dict[str, Converter]:
    """{new type name: its converter} of the types of which a value, a name or a place changes; foreign values stay as sent."""
    types = ((name, change.wanted.types[name], was) for name, was in change.lineage.types.items())
    known = change.current.catalog.types
    trees = (tree(change, name) for name, one, was in types if not (one.foreign or known[was].foreign))
    return {one.type: Converter(one) for one in trees if one.moves}


def _filled(going: Going) -> Iterator[str]:
    """The new columns that get their values from a conversion."""
    if going.convert is not None:
        yield from _columns(going.new)
    else:
        yield from _filled_members(going)


def _filled_members(going: Going) -> Iterator[str]:
    for one in going.members:
        yield from _filled(one)


def _columns(declared: Field) -> Iterator[str]:
    if declared.kind == "object":
        for one in declared.fields:
            yield from _columns(one)
    elif declared.kind not in ("rows", "references") and not declared.is_live:
        yield declared.column
        if declared.blind:
            yield blind_column(declared.column)
