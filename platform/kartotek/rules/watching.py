"""Watching: which rules of a type look at records of other types, and by which way from one to the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from kartotek.model.catalog import Catalog, RecordType, Validation
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.frozen import empty

SYSTEM = "meta()"  # stands among the fields of a watch for the system values, state among them


@dataclass(frozen=True, slots=True)
class Hop:
    """From records of `holder` onward by a reference of theirs: `field` is its column, or the name of one that holds many,
    in the rows of a sub-table if `rows` names one. Where `inverse` holds, to the records of `holder`, of which `field` names
    the reference back.
    """

    holder: str
    field: str
    rows: str = ""
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Rules of `type` read `fields` of the records at the end of the hops."""

    type: str
    hops: tuple[Hop, ...]
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Watches:
    """`of` is {watched type: watches}, `rules` {type: its rules that look at other records}."""

    of: Mapping[str, tuple[Watch, ...]] = field(default_factory=empty)
    rules: Mapping[str, tuple[Validation, ...]] = field(default_factory=empty)


def watches_of(catalog: Catalog) -> Watches:
    """All of a catalog's. A rule that looks at who is acting is of no use when nobody acts, and watches nothing."""
    seen: dict[tuple[str, str, tuple[Hop, ...]], set[str]] = {}
    rules: dict[str, list[Validation]] = {}
    for record_type in catalog.types.values():
        for validation in record_type.validations:
            reads = list(_Walk(catalog).of(record_type, validation.rule)) if "user" not in validation.rule.roots else []
            for watched, hops, name in reads:
                seen.setdefault((watched, record_type.name, hops), set()).add(name)
            if reads:
                rules.setdefault(record_type.name, []).append(validation)
    found: dict[str, list[Watch]] = {}
    for (watched, name, hops), fields in seen.items():
        found.setdefault(watched, []).append(Watch(name, hops, frozenset(fields)))
    return Watches(
        MappingProxyType({name: tuple(each) for name, each in found.items()}),
        MappingProxyType({name: tuple(each) for name, each in rules.items()}),
    )


def reads_elsewhere(catalog: Catalog, record_type: RecordType, formula: Formula) -> Iterator[tuple[str, str]]:
    """(type, field) of everything that a formula about a record reads of other records than it."""
    for read, _, name in _Walk(catalog).of(record_type, formula):
        yield read, name


@dataclass(frozen=True, slots=True)
class _Walk:
    catalog: Catalog

    def of(self, record_type: RecordType, formula: Formula) -> Iterator[tuple[str, tuple[Hop, ...], str]]:
        """(type, hops, field) of everything that the formula reads of other records than its own."""
        for path in sorted(formula.paths):
            if path[0] in ("record", "old"):
                yield from self._steps(record_type, path[1:], ())

    def _steps(
        self, here: RecordType, path: Sequence[str], hops: tuple[Hop, ...]
    ) -> Iterator[tuple[str, tuple[Hop, ...], str]]:
        top, rows, fields = "", "", here.by_name
        for name in path:
            if name == "*":
                continue
            if name == SYSTEM:
                if hops:
                    yield here.name, hops, SYSTEM
                return
            if not rows and not top and name in here.inverses:
                link = here.inverses[name]
                hops, here = (*hops, Hop(link.type, link.field, inverse=True)), self.catalog.types[link.type]
                yield here.name, hops, link.field
                top, rows, fields = "", "", here.by_name
                continue
            found = fields.get(name)
            if found is None:
                return
            top = top or name
            yield from self._read(here, hops, top, found)
            if found.reference is not None:
                pointer = found.name if found.kind == "references" else found.column
                hops = (*hops, Hop(here.name, pointer, rows=rows))
                here = self.catalog.types[found.reference.target]
                top, rows, fields = "", "", here.by_name
            else:
                rows = found.name if found.kind == "rows" else rows
                fields = {one.name: one for one in found.fields}

    def _read(
        self, here: RecordType, hops: tuple[Hop, ...], top: str, found: Field
    ) -> Iterator[tuple[str, tuple[Hop, ...], str]]:
        if found.is_live and found.compute is not None:
            for path in sorted(found.compute.paths):
                if path[0] == "record":
                    yield from self._steps(here, path[1:], hops)
                elif path[0] == "row" and hops:
                    yield here.name, hops, top
        elif hops and not here.builtin:
            yield here.name, hops, top
