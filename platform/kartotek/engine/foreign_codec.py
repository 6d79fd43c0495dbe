"""Between the shapes of a foreign type's records: their values are the wire itself, and come back exactly as they were sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from kartotek.engine.codec import Codec, Values
from kartotek.kinds.calendar import read_date, read_instant, write_instant
from kartotek.kinds.kind import Convert
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Record
from kartotek.storage.stored import Stored

LOWEST, HIGHEST = -(2**63), 2**63 - 1
_LARGEST = 1.7976931348623157e308
_FINER = re.compile(r"(\.\d{6})\d+")  # what is finer than a microsecond
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Typed(dict[str, Any]):
    """Values as formulas see them, moments and days among them; `sent` are the same as they were sent."""

    sent: Mapping[str, Any]


class ForeignCodec(Codec):
    """A column holds a value that can be compared; where reading it back would not give the wire, the rest holds that too."""

    def __init__(self, record_type: RecordType) -> None:
        self.type = record_type
        self._fields = [(one.name, one.column, _IN[spec.type], _OUT.get(spec.type)) for one, spec in _held(record_type)]
        self._typed = [(one.name, _READ[spec.type]) for one, spec in _held(record_type) if spec.type in _READ]
        self._names = frozenset(one.name for one in record_type.fields)
        self._order = tuple(one.name for one in record_type.fields)

    def record(self, stored: Stored) -> Record:
        found = dict(stored.rest)
        for name, column, _, restore in self._fields:
            if name not in found and (value := stored.columns.get(column)) is not None:
                found[name] = restore(value) if restore else value
        return Record(
            type=self.type.name, id=stored.id, version=stored.version, state=stored.state,
            created_at=stored.created_at, created_by=stored.created_by, updated_at=stored.updated_at,
            updated_by=stored.updated_by, deleted_at=stored.deleted_at, values=self._ordered(found),
        )

    def recorder(self, names: Collection[str] | None = None) -> Callable[[Stored], Record]:
        return self.record

    def writer(self, names: Iterable[str]) -> Callable[[Mapping[str, Any]], Values]:
        kept = tuple(names)
        return lambda values: self.wire(values, kept)

    def stored(self, record: Record, deleted_group: str | None = None) -> Stored:
        columns: Values = {}
        rest = dict(record.values)
        for name, column, hold, restore in self._fields:
            wire = rest.get(name)
            if wire is None:
                continue
            held = hold(wire)
            if held is not None:
                columns[column] = held
                if _same(restore(held) if restore else held, wire):
                    del rest[name]
        return Stored(
            id=record.id, version=record.version, state=record.state, created_at=record.created_at,
            created_by=record.created_by, updated_at=record.updated_at, updated_by=record.updated_by,
            deleted_at=record.deleted_at, deleted_group=deleted_group, columns=columns, rest=rest,
        )

    def wire(self, values: Mapping[str, Any], names: Iterable[str] | None = None) -> Values:
        """What was sent. Whoever asks for all declared names gets the undeclared properties as well."""
        sent = values.sent if isinstance(values, Typed) else values
        asked = None if names is None else set(names)
        if asked is None or asked >= self._names:
            return dict(sent)
        return {name: sent[name] for name in sent if name in asked}

    def wire_of(self, name: str, value: Any) -> Any:
        if isinstance(value, datetime):
            return write_instant(value)
        return value.isoformat() if isinstance(value, date) else value

    def value_of(self, name: str, wire: Any) -> Any:
        return wire

    def value_of_column(self, name: str, column: Any) -> Any:
        return MISSING if column is None else column

    def columns(self, values: Mapping[str, Any], names: Iterable[str]) -> Values:
        """Nothing: no value of a foreign type follows from others."""
        return {}

    def typed(self, record: Record) -> Record:
        """The record as formulas of other types see it."""
        values = Typed(record.values)
        values.sent = record.values
        for name, read in self._typed:
            wire = values.get(name)
            if isinstance(wire, str) and (value := read(wire)) is not None:
                values[name] = value
        return replace(record, values=values)

    def _ordered(self, found: Values) -> Values:
        """Declared fields in their order, then the others as they were sent."""
        values = {name: found[name] for name in self._order if name in found}
        values.update(found)
        return values


def _held(record_type: RecordType) -> list[tuple[Field, Any]]:
    specs = ((one, kind_of(one).column(one)) for one in record_type.fields)
    return [(one, spec) for one, spec in specs if spec is not None]


def _same(left: Any, right: Any) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _text(wire: Any) -> Any:
    return wire if isinstance(wire, str) else None


def _boolean(wire: Any) -> Any:
    return wire if isinstance(wire, bool) else None


def _integer(wire: Any) -> Any:
    """The nearest that 64 bits can hold."""
    if isinstance(wire, bool) or not isinstance(wire, int | float) or int(wire) != wire:
        return None
    return max(LOWEST, min(HIGHEST, int(wire)))


def _double(wire: Any) -> Any:
    if isinstance(wire, bool) or not isinstance(wire, int | float):
        return None
    return float(max(-_LARGEST, min(_LARGEST, wire)))


def _date(wire: Any) -> Any:
    return read_date(wire) if isinstance(wire, str) else None


def _instant(wire: Any) -> Any:
    """The moment; of one that the calendar does not have in UTC the nearest."""
    if not isinstance(wire, str):
        return None
    return read_instant(_FINER.sub(r"\1", wire)) or (_LATEST if wire.startswith("9999-12-31") else _EARLIEST if wire[:4] in ("0000", "0001") else None)


_IN: Mapping[str, Convert] = {
    "text": _text, "boolean": _boolean, "integer": _integer, "double": _double, "date": _date, "instant": _instant,
    "json": lambda wire: wire,
}
_OUT: Mapping[str, Convert] = {"date": date.isoformat, "instant": write_instant}
_READ: Mapping[str, Convert] = {"date": _date, "instant": _instant}
