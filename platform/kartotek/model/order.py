"""What derived fields read, across all types, and an order in which they can be worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.naming import row_path

Key = tuple[str, str]  # (record type or "type.subtable", field name), as in Formula.fields
Reads = Mapping[Key, frozenset[Key]]


def reads(types: Mapping[str, RecordType]) -> Reads:
    """{computed field or rollup: every declared field it reads}; a copied field (fetch_from) is not among the keys."""
    found: dict[Key, frozenset[Key]] = {}
    for one in types.values():
        for owner, field in owned(one):
            if field.compute is not None:
                found[owner, field.name] = field.compute.fields
            elif field.rollup is not None:
                found[owner, field.name] = frozenset(_rollup_reads(one, field))
    return found


def owned(record_type: RecordType) -> Iterator[tuple[str, Field]]:
    """Every field with what owns it: the type, a sub-table or a small object."""
    yield from _owned(record_type.name, record_type.fields)


def order(graph: Reads) -> tuple[Key, ...]:
    """The keys, each after those of them that it reads. Only for a graph without cycles."""
    return tuple(key for key in TopologicalSorter(graph).static_order() if key in graph)


def cycles(graph: Reads) -> tuple[tuple[Key, ...], ...]:
    """Chains of fields that come back to where they began, none of them sharing a field with another."""
    rest = dict(graph)
    found: list[tuple[Key, ...]] = []
    while True:
        try:
            TopologicalSorter(rest).prepare()
            return tuple(found)
        except CycleError as error:
            chain = tuple(reversed(error.args[1][1:]))
            found.append(chain)
            rest = {key: those for key, those in rest.items() if key not in chain}


def _owned(owner: str, fields: tuple[Field, ...]) -> Iterator[tuple[str, Field]]:
    for field in fields:
        yield owner, field
        if field.fields:
            yield from _owned(row_path(owner, field.name), field.fields)


def _rollup_reads(record_type: RecordType, field: Field) -> Iterator[Key]:
    rollup = field.rollup
    assert rollup is not None
    if rollup.where is not None:
        yield from rollup.where.fields
    if rollup.source in record_type.inverses:
        inverse = record_type.inverses[rollup.source]
        yield inverse.type, inverse.field
        owner = inverse.type
    else:
        yield record_type.name, rollup.source
        owner = row_path(record_type.name, rollup.source)
    if rollup.field:
        yield owner, rollup.field
