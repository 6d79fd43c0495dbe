"""Between the shapes of a record: stored columns, Python values, wire. Compiled once per record type."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kartotek.kinds.kind import Convert, Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Record, Row
from kartotek.storage.stored import Stored, StoredRow

Values = dict[str, Any]
_COMPOSED = frozenset({"rows", "references", "object"})


@dataclass(frozen=True, slots=True)
class FieldCodec:
    """One field's converters; a None needs no converting."""

    field: Field
    kind: str
    to_column: Convert | None
    from_column: Convert | None
    to_wire: Convert | None
    parse: Convert
    inner: tuple[FieldCodec, ...]
    name: str
    column: str
    is_live: bool
    is_plain: bool  # whether its column takes every value but null as it is


class Codec:
    """Converts records of one type. The rest column holds the wire of what columns cannot: it wins when reading."""

    def __init__(self, record_type: RecordType) -> None:
        self.type = record_type
        self.fields = tuple(_codec(one) for one in record_type.fields)
        self._by_name = {one.field.name: one for one in self.fields}
        self._record = self.recorder()
        self._parts = tuple(one for one in self.fields if one.kind in ("rows", "references"))

    def record(self, stored: Stored) -> Record:
        """The record with its kept values, live ones not among them."""
        return self._record(stored)

    def recorder(self, names: Collection[str] | None = None) -> Callable[[Stored], Record]:
        """What makes records, with these of their values alone, of what was stored."""
        codecs = [one for one in self.fields if names is None or one.field.name in names]
        plan = [(one.field.name, one.field.column, one.from_column, one if one.kind in _COMPOSED else None) for one in codecs]

        def values_of(stored: Stored) -> Values:
            found: Values = {}
            columns = stored.columns
            for name, column, convert, composed in plan:
                if composed is None:
                    value = columns.get(column)
                    if value is not None:
                        found[name] = value if convert is None else convert(value)
                elif (value := _value(composed, stored)) is not MISSING:
                    found[name] = value
            return found

        def record(stored: Stored) -> Record:
            values = _all_values(codecs, stored) if stored.rest else values_of(stored)
            return Record(
                type=self.type.name, id=stored.id, version=stored.version, state=stored.state,
                created_at=stored.created_at, created_by=stored.created_by,
                updated_at=stored.updated_at, updated_by=stored.updated_by, deleted_at=stored.deleted_at, values=values,
            )

        return record

    def stored(self, record: Record, deleted_group: str | None = None) -> Stored:
        """The record as the database is to hold it."""
        columns, rest = self._columns(self.fields, record.values)
        rows: dict[str, tuple[StoredRow, ...]] = {}
        links: dict[str, tuple[int, ...]] = {}
        for codec in self._parts:
            value = record.values.get(codec.field.name)
            if codec.kind == "rows":
                rows[codec.field.name] = tuple(self._stored_row(codec, row) for row in value or ())
            elif codec.kind == "references":
                links[codec.field.name] = tuple(value or ())
        return Stored(
            id=record.id, version=record.version, state=record.state,
            created_at=record.created_at, created_by=record.created_by,
            updated_at=record.updated_at, updated_by=record.updated_by,
            deleted_at=record.deleted_at, deleted_group=deleted_group, columns=columns, rest=rest, rows=rows, links=links,
        )

    def wire(self, values: Mapping[str, Any], names: Iterable[str] | None = None) -> Values:
        """The values as JSON, in the declared order; `names` restricts them."""
        asked = self.fields if names is None else [self._by_name[name] for name in names]
        return {
            codec.name: value if (value := values[codec.name]) is None or codec.to_wire is None else codec.to_wire(value)
            for codec in asked if codec.name in values
        }

    def writer(self, names: Iterable[str]) -> Callable[[Mapping[str, Any]], Values]:
        """The same as `wire` of these names, for many records."""
        pairs = [(name, self._by_name[name].to_wire) for name in names]

        def write(values: Mapping[str, Any]) -> Values:
            return {
                name: value if convert is None or value is None else convert(value)
                for name, convert in pairs if (value := values.get(name, MISSING)) is not MISSING
            }

        return write

    def wire_of(self, name: str, value: Any) -> Any:
        """One field's value as JSON."""
        return _wire(self._by_name[name], value)

    def value_of(self, name: str, wire: Any) -> Any:
        """One field's wire as it was once stored, judged by no rule of today."""
        return _reread(self._by_name[name], wire)

    def value_of_column(self, name: str, column: Any) -> Any:
        """One field's abstract column value as a Python value; MISSING for None."""
        codec = self._by_name[name]
        if column is None:
            return MISSING
        return codec.from_column(column) if codec.from_column else column

    def typed(self, record: Record) -> Record:
        """The record as formulas of other types see it."""
        return record

    def columns(self, values: Mapping[str, Any], names: Iterable[str]) -> Values:
        """{column: value or None} of the named fields, for writing derived values."""
        found: Values = {}
        for name in names:
            codec = self._by_name[name]
            columns, _ = self._columns([codec], values)
            found[codec.field.column] = columns.get(codec.field.column)
        return found

    def _columns(self, codecs: Sequence[FieldCodec], values: Mapping[str, Any]) -> tuple[Values, Values]:
        columns: Values = {}
        rest: Values = {}
        for codec in codecs:
            value = values.get(codec.name, MISSING)
            if value is MISSING or codec.is_live:
                continue
            if codec.is_plain and value is not None:
                columns[codec.column] = value
            elif not self._hold(codec, value, columns):
                rest[codec.field.name] = _wire(codec, value)
        return columns, rest

    def _hold(self, codec: FieldCodec, value: Any, columns: Values) -> bool:
        """Puts the value into its columns; whether reading them will give exactly it back."""
        if value is None:
            return False
        if codec.kind in ("rows", "references"):
            return len(value) > 0
        if codec.kind == "object":
            inner, rest = self._columns(codec.inner, value)
            columns.update(inner)
            return bool(inner) and not rest
        held = codec.to_column(value) if codec.to_column else value
        if held is not None:
            columns[codec.field.column] = held
        return held is not None

    def _stored_row(self, codec: FieldCodec, row: Row) -> StoredRow:
        columns, rest = self._columns(codec.inner, row.values)
        return StoredRow(id=row.id, columns=columns, rest=rest)


def _codec(field: Field) -> FieldCodec:
    kind = kind_of(field)
    inner = tuple(_codec(one) for one in field.fields)
    to_column = kind.to_column(field)
    return FieldCodec(
        field, field.kind, to_column, kind.from_column(field), kind.wire(field), kind.parse(field), inner,
        field.name, field.column, field.is_live, to_column is None and field.kind not in ("rows", "references", "object"),
    )


def _wire(codec: FieldCodec, value: Any) -> Any:
    return codec.to_wire(value) if codec.to_wire and value is not None else value


def _all_values(codecs: Iterable[FieldCodec], stored: Stored) -> Values:
    return {one.field.name: value for one in codecs if (value := _value(one, stored)) is not MISSING}


def _value(codec: FieldCodec, stored: Stored) -> Any:
    name = codec.field.name
    if name in stored.rest:
        return _reread(codec, stored.rest[name])
    if codec.kind == "rows":
        rows = stored.rows.get(name)
        return tuple(Row(_row_values(codec.inner, row), row.id) for row in rows) if rows else MISSING
    if codec.kind == "references":
        return tuple(stored.links[name]) if stored.links.get(name) else MISSING
    return _from_columns(codec, stored.columns)


def _from_columns(codec: FieldCodec, columns: Mapping[str, Any]) -> Any:
    if codec.kind == "object":
        found = ((one.field.name, _from_columns(one, columns)) for one in codec.inner)
        values = {name: value for name, value in found if value is not MISSING}
        return values or MISSING
    value = columns.get(codec.field.column)
    if value is None:
        return MISSING
    return codec.from_column(value) if codec.from_column else value


def _row_values(codecs: Sequence[FieldCodec], row: StoredRow) -> Values:
    values: Values = {}
    for codec in codecs:
        name = codec.field.name
        value = _reread(codec, row.rest[name]) if name in row.rest else _from_columns(codec, row.columns)
        if value is not MISSING:
            values[name] = value
    return values


def _reread(codec: FieldCodec, wire: Any) -> Any:
    if wire is None:
        return None
    try:
        return codec.parse(wire)
    except Refused:
        return wire


