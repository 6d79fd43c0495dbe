"""Recomputing: which stored fields, of whatever type, follow from fields whose values are about to change."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field

Name = tuple[str, str]  # (type, field), in a sub-table ("type.subtable", field)


def affected(catalog: Catalog, changed: Iterable[Name]) -> frozenset[Name]:
    """The names given and all derived fields that depend on them, over any number of steps."""
    found = set(changed)
    derived = [(one, field) for one in catalog.types.values() for field in one.fields if field.is_derived]
    growing = bool(found)
    while growing:
        more = {(one.name, field.name) for one, field in derived if _reads(one, field) & found} - found
        found |= more
        growing = bool(more)
    return frozenset(found)


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
