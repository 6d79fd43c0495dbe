"""Past values: what history kept of a field, as a value of what the field is today; what is none of that sort is left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.kinds.unlimited import unlimited
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Record


def past_values(compiled: CompiledType, record: Record, wires: Mapping[str, Any], undone: Collection[str]) -> dict[str, Any]:
    """The values of a record's wires, of which those that are not undone are what they are in the record."""
    if compiled.type.foreign:
        return {name: compiled.codec.value_of(name, wire) for name, wire in wires.items()}
    plain = [one for one in compiled.type.fields if one.name in wires and not one.is_derived]
    found = {one.name: past_value(one, wires[one.name]) if one.name in undone else record.values[one.name] for one in plain}
    return {name: value for name, value in found.items() if value is not MISSING}


def past_value(field: Field, wire: Any) -> Any:
    """The value, whatever limits it breaks today; MISSING where the field was of another sort then."""
    if wire is None:
        return None
    fitting = _fitting(field, wire)
    try:
        return MISSING if fitting is MISSING else kind_of(field).parse(unlimited(field))(fitting)
    except Refused:
        return _gone_options(field, wire)


def _gone_options(field: Field, wire: Any) -> Any:
    """What was chosen then, if it is of the sort of what can be chosen today."""
    sorts = {type(one.value) for one in field.options}
    if field.kind == "choices" and isinstance(wire, list):
        return tuple(wire) if all(type(one) in sorts for one in wire) else MISSING
    return wire if field.kind == "choice" and type(wire) in sorts else MISSING


def _fitting(field: Field, wire: Any) -> Any:
    """The wire without members that are of another sort today."""
    if field.kind == "object":
        return _members(field, wire) if isinstance(wire, Mapping) else MISSING
    if field.kind == "rows":
        return [_members(field, row) for row in wire if isinstance(row, Mapping)] if isinstance(wire, list) else MISSING
    return wire


def _members(field: Field, wire: Mapping[str, Any]) -> dict[str, Any]:
    known = {one.name: one for one in field.fields}
    found = {name: _fitting(known[name], value) for name, value in wire.items() if name in known}
    return {name: value for name, value in found.items() if value is None or _is_readable(known[name], value)}


def _is_readable(field: Field, wire: Any) -> bool:
    try:
        kind_of(field).parse(unlimited(field))(wire)
    except Refused:
        return False
    return wire is not MISSING
