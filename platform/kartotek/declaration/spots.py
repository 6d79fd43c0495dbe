"""Spot: a field and where it stands, for going through all fields of a type, columns of tables and members included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kartotek.declaration.document import Path
from kartotek.model.field import Field
from kartotek.model.naming import row_path


@dataclass(frozen=True, slots=True)
class Spot:
    """`path` is in the file; `owner` is the record type or "type.subtable"; `beside` the fields of the same owner."""

    path: Path
    owner: str
    field: Field
    beside: Sequence[Field]


def spots(owner: str, fields: Sequence[Field], path: Path = ("properties",)) -> Iterator[Spot]:
    """Every field, outer ones before what is in them."""
    for field in fields:
        here = (*path, field.name)
        yield Spot(here, owner, field, fields)
        if field.fields:
            inner = (*here, "items", "properties") if field.kind == "rows" else (*here, "properties")
            yield from spots(row_path(owner, field.name), field.fields, inner)
