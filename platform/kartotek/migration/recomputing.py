"""Recomputing: which derived fields of whatever type follow from fields that are about to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter

from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field

Name = tuple[str, str]  # (type, field), in a sub-table ("type.subtable", field)


def affected(catalog: Catalog, changed: Iterable[Name]) -> list[Name]:
    """The names given and all derived fields that depend on them at any distance, sources before what follows."""
    reads = {name: _reads(record_type, field) for name, record_type, field in derived(catalog)}
    order = [name for name in TopologicalSorter(reads).static_order() if name in reads]
    found = set(changed)
    plain = [name for name in found if name not in reads]
    for name in order:
        if reads[name] & found:
            found.add(name)
    return [*sorted(plain), *(name for name in order if name in found)]


def derived(catalog: Catalog) -> Iterator[tuple[Name, RecordType, Field]]:
    """All computed fields and rollups, those inside sub-tables too."""
    for record_type in catalog.types.values():
        for field in record_type.fields:
            if field.is_derived:
                yield (record_type.name, field.name), record_type, field
            for inner in field.fields if field.kind == "rows" else ():
                if inner.is_derived:
                    yield (f"{record_type.name}.{field.name}", inner.name), record_type, inner


def stored(catalog: Catalog, names: Iterable[Name]) -> list[tuple[str, tuple[str, ...]]]:
    """(type, path) of those names whose values are kept, in the order given."""
    kept: Mapping[Name, tuple[str, tuple[str, ...]]] = {
        name: (record_type.name, (*name[0].split(".", 1)[1:], name[1]))
        for name, record_type, field in derived(catalog)
        if not field.is_live
    }
    return [kept[name] for name in names if name in kept]


def _reads(record_type: RecordType, field: Field) -> frozenset[Name]:
    if field.compute is not None:
        return field.compute.fields
    rollup = field.rollup
    if rollup is None:
        return frozenset()
    inverse = record_type.inverses.get(rollup.source)
    source = inverse.type if inverse is not None else f"{record_type.name}.{rollup.source}"
    conditions = rollup.where.fields if rollup.where is not None else frozenset()
    return frozenset({(source, rollup.field)}) | conditions
