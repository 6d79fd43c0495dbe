"""What is stored as wire, and wire as what is to be stored, judged by no rule: for values that outlive their declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kartotek.kinds.kind import Convert
from kartotek.kinds.registry import kind_of
from kartotek.kinds.unlimited import unlimited
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.storage.stored import Stored, StoredRow

Columns = Mapping[str, Any]
Take = Callable[[Columns], Any]


@dataclass(slots=True)
class Put:
    """Where the values of one field go; `rest` says that its columns do not give it back exactly."""

    columns: dict[str, Any] = field(default_factory=dict)
    rows: tuple[StoredRow, ...] | None = None
    links: tuple[int, ...] | None = None
    rest: bool = False


def taker(declared: Field) -> Callable[[Stored], Any]:
    """A record's wire of the field, MISSING where there is none; what is kept as JSON comes as it is."""
    name = declared.name
    inside = _within(declared)

    def take(stored: Stored) -> Any:
        return stored.rest[name] if name in stored.rest else inside(stored)

    return take


def taker_of_row(declared: Field) -> Callable[[StoredRow], Any]:
    """The same within a row of a sub-table."""
    name, columns = declared.name, taker_of_columns(declared)
    return lambda row: row.rest[name] if name in row.rest else columns(row.columns)


def taker_of_columns(declared: Field) -> Take:
    """columns → wire of a single value or of a small object; MISSING where nothing stands in them."""
    if declared.kind == "object":
        members = [(one.name, taker_of_columns(one)) for one in declared.fields]
        return lambda columns: _there((name, take(columns)) for name, take in members) or MISSING
    column, convert = declared.column, _to_wire(declared)

    def take(columns: Columns) -> Any:
        value = columns.get(column)
        return MISSING if value is None else convert(value) if convert else value

    return take


def putter(declared: Field) -> Callable[[Any], Put]:
    """wire (never None) → where it goes. Raises Refused only for what is no wire of that kind at all."""
    if declared.kind == "rows":
        inner = [(one.name, putter(one)) for one in declared.fields]
        return lambda wire: Put(rows=tuple(_row(inner, one) for one in wire), rest=not wire)
    if declared.kind == "references":
        parse = kind_of(declared).parse(unlimited(declared))
        return lambda wire: Put(links=parse(wire), rest=not wire)
    if declared.kind == "object":
        members = [(one.name, putter(one)) for one in declared.fields]
        return lambda wire: _object(members, wire)
    return _single(declared)


def _within(declared: Field) -> Callable[[Stored], Any]:
    name = declared.name
    if declared.kind == "references":
        return lambda stored: list(stored.links[name]) if stored.links.get(name) else MISSING
    if declared.kind != "rows":
        columns = taker_of_columns(declared)
        return lambda stored: columns(stored.columns)
    members = [(one.name, taker_of_row(one)) for one in declared.fields]

    def rows(stored: Stored) -> Any:
        found = stored.rows.get(name)
        return [_there((inner, take(row)) for inner, take in members) for row in found] if found else MISSING

    return rows


def _there(pairs: Any) -> dict[str, Any]:
    return {name: wire for name, wire in pairs if wire is not MISSING}


def _to_wire(declared: Field) -> Convert | None:
    kind = kind_of(declared)
    first, then = kind.from_column(declared), kind.wire(declared)
    if first is None or then is None:
        return first or then
    return lambda value: then(first(value))


def _single(declared: Field) -> Callable[[Any], Put]:
    plain, kind, column = unlimited(declared), kind_of(declared), declared.column
    parse, hold = kind.parse(plain), kind.to_column(plain)

    def put(wire: Any) -> Put:
        value = parse(wire)
        held = hold(value) if hold else value
        return Put(rest=True) if held is None else Put({column: held})

    return put


def _object(members: Sequence[tuple[str, Callable[[Any], Put]]], wire: Mapping[str, Any]) -> Put:
    whole = Put(rest=not wire)
    for name, put in members:
        value = wire.get(name, MISSING)
        found = Put(rest=value is None) if value is None or value is MISSING else put(value)
        whole.columns.update(found.columns)
        whole.rest = whole.rest or found.rest
    return whole


def _row(members: Sequence[tuple[str, Callable[[Any], Put]]], wire: Mapping[str, Any]) -> StoredRow:
    columns: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, put in members:
        value = wire.get(name, MISSING)
        found = Put(rest=value is None) if value is None or value is MISSING else put(value)
        columns.update(found.columns)
        if found.rest:
            rest[name] = value
    return StoredRow(None, columns, rest)
