"""Slot fields: what may be asked for in a search of free times, what the texts of an address mean, how a slot is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from kartotek.engine.compiled import CompiledType, type_of
from kartotek.engine.demand import Demand, Slot
from kartotek.engine.moment import Moment
from kartotek.engine.visible import names_shown
from kartotek.errors import Malformed
from kartotek.kinds.calendar import write_instant
from kartotek.kinds.choice import form_string
from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.problem import problem
from kartotek.model.process import Occupancy
from kartotek.model.record import Record
from kartotek.rules.access import inner_writable, writable
from kartotek.rules.occupancy import fields_of

MOST_CANDIDATES = 500
_WIRES: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {"int": int, "number": float, "bool": lambda text: {"true": True, "false": False}[text]}
)


def field_of(compiled: CompiledType, name: str) -> Field:
    """The field that an occupancy means by the name: of its rows, or else of the record."""
    return _in_rows(compiled, name)[1] or compiled.type.by_name[name]


def is_asked_in_rows(compiled: CompiledType, name: str) -> bool:
    """Whether it is a field of rows that occupy."""
    return _in_rows(compiled, name)[1] is not None


def askable(moment: Moment, compiled: CompiledType, name: str, *, to_write: bool = False) -> bool:
    """Whether there is such a field for this actor: one that he may write, or, for keys, that he may read."""
    rows, inner = _in_rows(compiled, name)
    outer = rows.name if rows is not None else name
    if outer not in compiled.type.by_name:
        return False
    actor, record_type, view = moment.actor, compiled.type, moment.view.of(compiled.type.name)
    if not to_write and outer in view.fields and (inner is None or view.inner.get((outer, name), True) is True):
        return True
    return any(
        outer in writable(actor, record_type, action) and (
            inner is None or inner_writable(actor, record_type, action).get((outer, name), True) is True)
        for action in ("create", "write")
    )


def tells(moment: Moment, conn: Any, record: Record | None, name: str) -> bool:
    """Whether the actor may know whom this record takes by the key; of none that is stored there is nothing to know.

    Its own times count as free, so even to be asked about somebody would tell whether it is he.
    """
    if record is None:
        return True
    compiled, seen = moment.type(record.type)
    outer = _in_rows(compiled, name)[0]
    return bool(names_shown(compiled, seen, record, moment.setting(conn), asked=[outer.name if outer is not None else name]))


def value_of_text(field: Field, text: str, parameter: str) -> Any:
    """The value that a text in an address stands for. Raises Malformed."""
    try:
        if field.reference is not None:
            return _whole(text)
        if field.kind == "choice":
            return next(one.value for one in field.options if text in (str(one.value), form_string(field, one.value)))
        return kind_of(field).parse(field)(_WIRES.get(type_of(field).name, str)(text))
    except (Refused, ValueError, KeyError, StopIteration) as exc:
        found = problem("", "parameter", name=parameter, expected=f"a value of {field.name}")
        raise Malformed("The parameters cannot be read.", problems=[found]) from exc


def counts_days(compiled: CompiledType, occupancies: Sequence[Occupancy]) -> bool:
    """Whether the times are dates."""
    return bool(occupancies) and fields_of(compiled.type, occupancies[0])[occupancies[0].start].kind == "date"


def slot_wire(moment: Moment, demand: Demand, slot: Slot) -> dict[str, Any]:
    """The slot as JSON: {"start", "end", "keys": {key field: value}}."""
    record_type = moment.compiled.type(demand.record.type).type
    fields = {name: one for each in demand.occupancies for name, one in fields_of(record_type, each).items() if name in each.key}
    start, end = (write_instant(one) if hasattr(one, "hour") else one.isoformat() for one in (slot.start, slot.end))
    return {"start": start, "end": end, "keys": {name: _wire(fields[name], value) for name, value in slot.keys.items()}}


def _wire(field: Field, value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    convert = kind_of(field).wire(field)
    return convert(value) if convert is not None else value


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        raise ValueError(text)
    return int(text)


def _in_rows(compiled: CompiledType, name: str) -> tuple[Field | None, Field | None]:
    """(the sub-table, its field) of rows that occupy."""
    for occupancy in compiled.type.occupancy:
        rows = compiled.type.by_name.get(occupancy.rows) if occupancy.rows else None
        for one in rows.fields if rows is not None else ():
            if one.name == name:
                return rows, one
    return None, None
