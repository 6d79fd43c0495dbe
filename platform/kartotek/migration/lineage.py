"""Lineage: which type and field of the old catalog goes on as which of the new one, by name or by a declared alias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, TypeVar

from kartotek.model.catalog import Catalog
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
    """A name goes on as itself; else as what carries it as an alias, on either side, so that a rename can be taken back."""
    before = [one for one in old.types.values() if not one.builtin]
    after = [one for one in new.types.values() if not one.builtin]
    types = {one.name: was.name for one, was in pairs(before, after)}
    fields = {
        name: MappingProxyType(dict(_fields(old.types[was].fields, new.types[name].fields, (), ())))
        for name, was in types.items()
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


def _fields(before: Sequence[Field], after: Sequence[Field], above: Path, below: Path) -> Iterator[tuple[Path, Path]]:
    """`above` is the new path of what the fields stand in, `below` the old one."""
    for one, was in pairs(before, after):
        yield (*above, one.name), (*below, was.name)
        if one.kind == was.kind and one.kind in _HOLDERS:
            yield from _fields(was.fields, one.fields, (*above, one.name), (*below, was.name))
