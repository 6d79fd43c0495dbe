"""Shadowing: the values that a field gets under its new declaration, written where nobody sees them yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kartotek.engine.change import CatalogChange
from kartotek.engine.converted import Converted
from kartotek.engine.converting import Converter
from kartotek.engine.sealing import sealing_now
from kartotek.migration.places import Place
from kartotek.storage import ddl, renames, shadows
from kartotek.storage.connection import Connection
from kartotek.storage.layout import Column, Layout, PartLayout, layout_of
from kartotek.storage.sealing import sealed_columns
from kartotek.storage.stored import Stored

Shadows = Mapping[Place, Place]  # {place as it will be called: where its values are made ready}


class Shadowing:
    """One type's values under way. `places` are those of all types, as `made` or `known` gave them."""

    def __init__(self, change: CatalogChange, converter: Converter, places: Shadows) -> None:
        self.converter = converter
        self.old: Layout = change.current.type(converter.was).layout
        self._new = layout_of(change.wanted.types[converter.type])
        self._former = change.lineage.fields.get(converter.type, {})
        self._types = change.lineage.types
        self._columns: list[tuple[Column, str]] = [
            (self._column(shadow.column, self._new.column(place.column)), place.column)
            for place, shadow in places.items() if place.table == self._new.table and place.column
        ]
        sealed = tuple(one for one, _ in self._columns if one.spec.type == "sealed")
        sealing = sealing_now(change, converter.type) if sealed else None
        self._secret = Layout(self.old.table, tuple(one for one, _ in self._columns), {}, {}, (), sealing=sealing, sealed=sealed)
        parts = {one.table: one for one in self._new.rows.values()}
        self._inner = {
            part.field: [
                (self._column(shadow.column, next(one for one in part.columns if one.name == place.column)), place.column)
                for place, shadow in places.items() if place.table == table and place.column
            ]
            for table, part in parts.items()
        }
        tables = {one.table: one for one in (*self._new.rows.values(), *self._new.joins.values())}
        self._tables = {
            tables[place.table].field: self._part(shadow.table, tables[place.table])
            for place, shadow in places.items() if place.table in tables and not place.column
        }

    def write(self, conn: Connection, found: Mapping[int, Converted]) -> None:
        """Writes what records, {id: converted}, will have."""
        table = self.old.table
        rows = {id: {one.name: each.columns.get(name) for one, name in self._columns} for id, each in found.items()}
        shadows.write_columns(conn, table, [one for one, _ in self._columns], sealed_columns(conn, self._secret, rows))
        for field, columns in self._inner.items():
            rows = {row.id: row for each in found.values() for row in each.rows.get(field, ()) if row.id is not None}
            if columns:
                values = {id: {one.name: row.columns.get(name) for one, name in columns} for id, row in rows.items()}
                shadows.write_columns(conn, self.part_table(field), [one for one, _ in columns], values)
        for field, part in self._tables.items():
            if part.target:
                shadows.write_links(conn, part, {id: each.links.get(field, ()) for id, each in found.items()})
            else:
                shadows.write_rows(conn, part, {id: each.rows.get(field, ()) for id, each in found.items()})

    def write_rest(self, conn: Connection, found: Mapping[int, Converted], stored: Mapping[int, Stored]) -> None:
        """Writes what no column will hold, under the names that it will have."""
        changed = {id: each.rest for id, each in found.items() if each.changes_rest or each.rest != stored[id].rest}
        shadows.write_rest(conn, self.old.table, changed)
        for field in {name for each in found.values() for name in each.row_rest}:
            rest = {row: values for each in found.values() for row, values in each.row_rest.get(field, {}).items()}
            shadows.write_rest(conn, self.part_table(field), rest)

    def part_table(self, field: str) -> str:
        """The table in which the rows of a field, called as it will be, stand now."""
        return self.old.rows[self._former[field,][0]].table

    def _column(self, name: str, column: Column) -> Column:
        return replace(column, name=name, target=self._types.get(column.target, column.target))

    def _part(self, table: str, part: PartLayout) -> PartLayout:
        columns = tuple(self._column(one.name, one) for one in part.columns)
        return PartLayout(table, part.field, columns, self._types.get(part.target, part.target))

    def make(self, conn: Connection) -> None:
        """Makes the columns and tables, empty."""
        for column, _ in self._columns:
            shadows.add_column(conn, self.old.table, column)
        for field, columns in self._inner.items():
            for column, _ in columns:
                shadows.add_column(conn, self.part_table(field), column)
        for part in self._tables.values():
            shadows.add_table(conn, self.old.table, part)


def named(conn: Connection, change: CatalogChange, converters: Iterable[Converter]) -> dict[Place, Place]:
    """Where the values of all that converts are to be made ready: places whose names nobody has or will have."""
    tables = set(renames.table_names(conn)) | {one.name for one in change.wanted.types.values()}
    found: dict[Place, Place] = {}
    for converter in converters:
        old, new = change.current.type(converter.was).layout, layout_of(change.wanted.types[converter.type])
        former = change.lineage.fields.get(converter.type, {})
        for table, place in _columns(converter, (old, new), former):
            taken = {*ddl.column_names(conn, table), *(one.column for one in found.values() if one.table == table)}
            found[place] = Place(table, renames.shadow_name(place.column, change.id, taken))
        for name in converter.tables:
            part = new.rows.get(name) or new.joins[name]
            shadow = renames.shadow_name(part.table, change.id, tables)
            tables.add(shadow)
            found[Place(part.table)] = Place(shadow)
    return found


def _columns(
    converter: Converter, layouts: tuple[Layout, Layout], former: Mapping[tuple[str, ...], tuple[str, ...]]
) -> Iterator[tuple[str, Place]]:
    """(table as it is called now, column as it will be)."""
    old, new = layouts
    for name in converter.columns:
        yield old.table, Place(new.table, name)
    for field, columns in converter.parts.items():
        for name in columns:
            yield old.rows[former[field,][0]].table, Place(new.rows[field].table, name)


def wire(places: Shadows) -> Sequence[Sequence[str]]:
    """The places as JSON."""
    return [[one.table, one.column, shadow.table, shadow.column] for one, shadow in places.items()]


def places_of(found: Iterable[Sequence[str]]) -> dict[Place, Place]:
    """The places again."""
    return {Place(table, column): Place(now, shadow) for table, column, now, shadow in found}
