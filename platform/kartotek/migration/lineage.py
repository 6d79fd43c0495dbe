"""Lineage: which type and field of the old catalog goes on as which of the new one, by name or by a declared alias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, TypeVar

from kartotek.migration.going_on import goes_on
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field

Path = tuple[str, ...]
_HOLDERS = frozenset({"rows", "object"})


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


Named = TypeVar("Named", bound=_Named)


@dataclass(frozen=True)
class Lineage:
    """`types` is {new name: old name}, `fields` {new type: {new path: old path}}; what is new or gone stands in neither."""

    types: Mapping[str, str]
    fields: Mapping[str, Mapping[Path, Path]]

    def former_type(self, name: str) -> str:
        """The old name of a type, "" for a new one."""
        return self.types.get(name, "")

    def former(self, record_type: str, path: Path) -> Path:
        """Where the field stood before, () for a new one."""
        return self.fields.get(record_type, {}).get(path, ())


def lineage(old: Catalog, new: Catalog) -> Lineage:
    """A name goes on as itself; else as what carries it as an alias, on either side, so that a rename can be taken back.

    A field of which no value could be a value of the other does not go on, whatever they are called.
    """
    before = [one for one in old.types.values() if not one.builtin]
    after = [one for one in new.types.values() if not one.builtin]
    types = {one.name: was.name for one, was in pairs(before, after)}
    targets = {was: name for name, was in types.items()}
    fields = {
        name: MappingProxyType(dict(_of_types(old.types[was], new.types[name], targets))) for name, was in types.items()
    }
    return Lineage(MappingProxyType(types), MappingProxyType(fields))


def pairs(before: Sequence[Named], after: Sequence[Named]) -> list[tuple[Named, Named]]:
    """(new, old) of those that go on, in the order of the new ones; each old one goes on once."""
    names = {one.name for one in after}
    known = {one.name: one for one in before}
    waiting = {one.name: one for one in before if one.name not in names}
    found: list[tuple[Named, Named]] = []
    for one in after:
        was = known.get(one.name) or _renamed(one, waiting)
        if was is not None:
            waiting.pop(was.name, None)
            found.append((one, was))
    return found


def _renamed(one: Named, waiting: Mapping[str, Named]) -> Named | None:
    by_alias = next((waiting[name] for name in one.aliases if name in waiting), None)
    return by_alias or next((was for was in waiting.values() if one.name in was.aliases), None)


def _of_types(old: RecordType, new: RecordType, targets: Mapping[str, str]) -> Iterator[tuple[Path, Path]]:
    if old.foreign or new.foreign:  # whose values are kept as they were sent, whatever columns there are
        return (((one.name,), (was.name,)) for one, was in pairs(old.fields, new.fields))
    return _fields((old.fields, new.fields), ((), ()), targets)


def _fields(
    sides: tuple[Sequence[Field], Sequence[Field]], paths: tuple[Path, Path], targets: Mapping[str, str]
) -> Iterator[tuple[Path, Path]]:
    """`sides` are the old fields and the new ones, `paths` those of what the new ones and the old ones stand in."""
    above, below = paths
    for one, was in pairs(*sides):
        if not goes_on(was, one, targets):
            continue
        inside = (*above, one.name), (*below, was.name)
        yield inside
        if one.kind == was.kind and one.kind in _HOLDERS:
            yield from _fields((was.fields, one.fields), inside, targets)
