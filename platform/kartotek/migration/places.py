"""Places: the columns and tables in which the values of a field stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.storage.layout import Column, Layout, PartLayout

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A column, or with "" as its name a whole table."""

    table: str
    column: str = ""


@dataclass(frozen=True)
class Declared:
    """A type and its tables; `now` is {place as declared: where it is now}, of what was set aside."""

    type: RecordType
    layout: Layout
    now: Mapping[Place, Place] = field(default_factory=dict)

    def place(self, one: Place) -> Place:
        """Where a place is now."""
        if one in self.now:
            return self.now[one]
        table = self.now.get(Place(one.table))
        return Place(table.table, one.column) if table is not None else one


def places(layout: Layout, path: Path) -> dict[Place, Column | PartLayout]:
    """Everything in which values of the field stand, of an object the columns of its members; {} for a live one."""
    if len(path) == 1 and path[0] in (*layout.rows, *layout.joins):
        part = layout.rows.get(path[0]) or layout.joins[path[0]]
        return {Place(part.table): part}
    table, columns, inner = layout.table, layout.columns, path
    if path[0] in layout.rows:
        table, columns, inner = layout.rows[path[0]].table, layout.rows[path[0]].columns, path[1:]
    return {Place(table, one.name): one for one in columns if one.path[: len(inner)] == inner}


def field_at(record_type: RecordType, path: Path) -> Field | None:
    """The field, also of a sub-table or of a small object."""
    fields = record_type.fields
    found: Field | None = None
    for name in path:
        found = next((one for one in fields if one.name == name), None)
        if found is None:
            return None
        fields = found.fields
    return found
