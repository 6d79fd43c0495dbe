"""Sealing: gives the types of a catalog the numbers that their encrypted values are bound to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.engine.change import CatalogChange
from kartotek.engine.still_kept import still_kept
from kartotek.migration import identities
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field
from kartotek.model.sealing import Sealing
from kartotek.rules.subjects import subject_path
from kartotek.storage import versions
from kartotek.storage.connection import Connection

Ids = Mapping[str, Any]


def numbered(catalog: Catalog, ids: Ids) -> Catalog:
    """The catalog, its types with their numbers; `ids` are those of migration/identities.py."""
    known: Ids = ids.get("types", {})
    types = {name: _numbered(catalog.types, one, known) if name in known and not one.foreign else one for name, one in catalog.types.items()}
    return replace(catalog, types=MappingProxyType(types))


def with_numbers(conn: Connection, change: CatalogChange) -> CatalogChange:
    """The change to a catalog whose types have the numbers that they will have."""
    before = change.current.catalog
    old, lineage = (before, change.lineage) if before.version else (None, None)
    row = versions.find(conn, before.version)
    ids = identities.carried(row.ids if row else {}, old, change.wanted, lineage, kept=still_kept(conn, before, change.at))
    return replace(change, wanted=numbered(change.wanted, ids))


def sealing_now(change: CatalogChange, record_type: str) -> Sealing:
    """What values of a type of the new catalog are bound to, while tables and columns are still called as they are.

    Whom a record is about by a link that only comes with the change, nobody knows yet: its type's key will do.
    """
    one = change.wanted.types[record_type].sealing
    if one is None:
        raise RuntimeError(f"{record_type} has no numbers to bind encrypted values to.")
    hops: list[tuple[str, str]] = []
    at = record_type
    for column, target in one.hops:
        field = next(each for each in change.wanted.types[at].fields if each.column == column)
        former = change.lineage.former(at, (field.name,))
        if not former:
            return replace(one, person=0, hops=())
        was = change.current.catalog.types[change.lineage.former_type(at)]
        hops.append((was.by_name[former[0]].column, change.lineage.former_type(target)))
        at = target
    return replace(one, hops=tuple(hops))


def _numbered(types: Mapping[str, RecordType], one: RecordType, known: Ids) -> RecordType:
    path = subject_path(types, one.name)
    secret = {each: known[one.name]["fields"][identities.key_of(each)] for each in _secret(one.fields)}
    if path is None and not secret:
        return one
    person = known.get(path[-1].target if path else one.name, {}).get("id", 0) if path is not None else 0
    hops = tuple((types[each.type].by_name[each.field].column, each.target) for each in path or ())
    return replace(one, sealing=Sealing(known[one.name]["id"], MappingProxyType(secret), person, hops))


def _secret(fields: Sequence[Field], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for one in fields:
        path = (*above, one.name)
        inside = tuple(_secret(one.fields, path))
        if one.encrypt or inside:  # history keeps an object whole
            yield path
        yield from inside
