"""The tree of what goes over: each field that goes on, with its conversion, down through sub-tables and small objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kartotek.engine.change import CatalogChange
from kartotek.kinds.answers import answering
from kartotek.kinds.conversion import Alters, Conversion
from kartotek.kinds.kind import Convert, Refused
from kartotek.migration.going_on import going_over
from kartotek.migration.lineage import Path
from kartotek.model.field import Field

HOLDERS = frozenset({"rows", "object"})


@dataclass(frozen=True, slots=True)
class Going:
    """One field that goes on. With `convert` None its own values stay as they are; `members` are those of a holder.

    `gone` are the names of old members that do not go on.
    """

    path: Path
    was: Path
    old: Field
    new: Field
    convert: Convert | None = None
    alters: Alters | None = None
    members: tuple[Going, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def converts(self) -> bool:
        """Whether a value in it becomes another."""
        return self.convert is not None or any(one.converts for one in self.members)

    @property
    def moves(self) -> bool:
        """Whether something in it has another name, another value or no place any more."""
        renamed = self.old.name != self.new.name
        return renamed or self.convert is not None or bool(self.gone) or any(one.moves for one in self.members)


@dataclass(frozen=True, slots=True)
class Tree:
    """All of one type; `gone` are the names of old fields that do not go on."""

    type: str
    was: str
    fields: tuple[Going, ...]
    gone: tuple[str, ...] = ()

    @property
    def moves(self) -> bool:
        """Whether records are to be looked at at all."""
        return bool(self.gone) or any(one.moves for one in self.fields)

    def each(self) -> Iterator[Going]:
        """Every field, members after what they stand in."""
        yield from _each(self.fields)


@dataclass(frozen=True, slots=True)
class _Ways:
    """What decides how fields go over: {new path: old path}, {old target: new name}, and what was said, by dotted path."""

    places: Mapping[Path, Path]
    targets: Mapping[str, str]
    said: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def tree(change: CatalogChange, record_type: str) -> Tree:
    """How the records of a type go over; `record_type` is its new name, and it is one that goes on."""
    was = change.lineage.former_type(record_type)
    old, new = change.current.catalog.types[was], change.wanted.types[record_type]
    before = f"{record_type}."
    said = {name.removeprefix(before): each for name, each in change.answers.options.items() if name.startswith(before)}
    targets = {former: name for name, former in change.lineage.types.items()}
    ways = _Ways(change.lineage.fields.get(record_type, {}), targets, said)
    fields = tuple(_going(old.fields, new.fields, ways, ((), ())))
    return Tree(record_type, was, fields, _gone(old.fields, fields))


def _going(old: Sequence[Field], new: Sequence[Field], ways: _Ways, above: tuple[Path, Path]) -> Iterator[Going]:
    known = {one.name: one for one in old}
    for one in new:
        path = (*above[0], one.name)
        was = ways.places.get(path, ())
        before = known.get(was[-1]) if was else None
        found = _pair(before, one, ways, (path, was)) if before is not None else None
        if found is not None:
            yield found


def _pair(old: Field, new: Field, ways: _Ways, paths: tuple[Path, Path]) -> Going | None:
    path, was = paths
    if old.kind == new.kind and old.kind in HOLDERS:
        members = tuple(_going(old.fields, new.fields, ways, paths))
        return Going(path, was, old, new, members=members, gone=_gone(old.fields, members))
    found = going_over(old, new, ways.targets)
    stays = found.fit == "same" or new.is_state or old.is_state
    if found.fit == "none" and not stays or (new.is_derived and not stays):
        return None
    convert = answering(old, new, ways.said.get(".".join(path), {}), found.convert) if not new.is_derived else None
    if stays:
        return Going(path, was, old, new, convert)
    return Going(path, was, old, new, convert or found.convert, found.alters if convert is None else _unsaid(found))


def _unsaid(found: Conversion) -> Alters:
    """What was said is no surprise; all else is altered as ever."""

    def alters(before: Any, after: Any) -> bool:
        return found.alters(before, after) and _as_before(found.convert, before, after)

    return alters


def _as_before(convert: Convert, before: Any, after: Any) -> bool:
    try:
        return bool(convert(before) == after)
    except Refused:
        return False


def _gone(old: Sequence[Field], fields: Sequence[Going]) -> tuple[str, ...]:
    kept = {one.old.name for one in fields}
    return tuple(one.name for one in old if one.name not in kept and not one.is_derived)


def _each(fields: Sequence[Going]) -> Iterator[Going]:
    for one in fields:
        yield one
        yield from _each(one.members)
