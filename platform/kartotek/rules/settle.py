"""A computed value brought into the shape of its field: rounded half up, bounded by what a column holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import reduce
from operator import add
from typing import Any

from kartotek.model.field import Field, Rollup
from kartotek.model.missing import MISSING

_LARGEST_INTEGER = 2**63


class Overflow(ArithmeticError):
    """A computed value does not fit its field."""


def settled(field: Field, value: Any) -> Any:
    """The value as the field keeps it; MISSING for an unknown one. Raises Overflow."""
    if value is None:
        return MISSING
    if field.kind == "decimal":
        return _decimal(field, value)
    if field.kind == "number":
        return float(value)
    if isinstance(value, Decimal):
        value = int(value.quantize(Decimal(1), ROUND_HALF_UP))
    if isinstance(value, int) and not isinstance(value, bool) and not -_LARGEST_INTEGER <= value < _LARGEST_INTEGER:
        raise Overflow
    return value


def aggregate(field: Field, rollup: Rollup, values: Sequence[Any]) -> Any:
    """The rollup of the values of the rows that count, in their order, absent ones left out. Raises Overflow."""
    if rollup.function == "count":
        return len(values)
    known = [value for value in values if value is not None and value is not MISSING]
    if not known:
        return settled(field, timedelta() if field.kind == "duration" else 0) if rollup.function == "sum" else MISSING
    return settled(field, _FUNCTIONS[rollup.function](known))


def _decimal(field: Field, value: Any) -> Decimal:
    scale = int(field.settings.get("scale", 2))
    precision = int(field.settings.get("precision", 18))
    try:
        exact = Decimal(value).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    except InvalidOperation as exc:
        raise Overflow from exc
    if abs(exact) >= Decimal(10) ** (precision - scale):
        raise Overflow
    return exact


def _average(values: Sequence[Any]) -> Any:
    if isinstance(values[0], float):
        return sum(values) / len(values)
    total = _sum(values)
    return (Decimal(total) if isinstance(total, int) else total) / len(values)


def _last(values: Sequence[Any]) -> Any:
    return values[-1]


def _sum(values: Sequence[Any]) -> Any:
    return reduce(add, values)


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {"sum": _sum, "avg": _average, "min": min, "max": max, "last": _last}


def present(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs whose value is there."""
    return {name: value for name, value in values if value is not MISSING}
