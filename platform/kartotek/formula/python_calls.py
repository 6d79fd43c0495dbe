"""Functions in Python."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from kartotek.formula.arithmetic import DAY, EXACT, floating, local_date, quotient, rounded, whole, within
from kartotek.formula.python_members import Meaning, found_record
from kartotek.formula.related import Related
from kartotek.formula.texts import WHITE, month_day, written
from kartotek.model.formula import Call, Literal_, Type
from kartotek.model.record import Record

PLAIN: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "size": len,
        "startsWith": str.startswith,
        "endsWith": str.endswith,
        "contains": operator.contains,
        "lower": str.lower,
        "upper": str.upper,
        "trim": lambda text: text.strip(WHITE),
        "div": quotient,
        "int": int,
        "number": floating,
        "days": lambda span: whole(span, DAY),
        "hours": lambda span: whole(span, timedelta(hours=1)),
        "minutes": lambda span: whole(span, timedelta(minutes=1)),
        "seconds": lambda span: whole(span, timedelta(seconds=1)),
        "year": lambda day: day.year,
        "month": lambda day: day.month,
        "day": lambda day: day.day,
        "weekday": date.isoweekday,
        "monthDay": month_day,
    }
)
"""{function whose meaning does not depend on types: what it does with known values}."""


_MAGNITUDES: Mapping[str, Callable[[Any], Any]] = {"decimal": EXACT.abs, "duration": lambda span: within(abs(span))}


def compiled_call(node: Call, arguments: tuple[Meaning, ...]) -> Meaning:
    """The call as a closure over those of its arguments."""
    if node.function == "isSet":
        return _is_set(node, arguments[0])
    if node.function == "meta":
        return _reached(node.arguments[0].type.record, arguments[0])
    if node.function == "dateOf":
        return _date_of(arguments[0])
    if node.function in ("min", "max"):
        return _extreme(node, arguments)
    if node.function == "overlaps":
        return _overlapping(*arguments)
    if node.function == "round":
        arguments = arguments[:1]
    return _known(_function(node), arguments)


def converter(given: Type, wanted: Type) -> Callable[[Any], Any]:
    """Known numbers of one type as of another."""
    if given.name != wanted.name and wanted.name == "decimal":
        return Decimal
    return floating if given.name != wanted.name and wanted.name == "number" else lambda value: value


def _function(node: Call) -> Callable[..., Any]:
    if node.function == "round":
        places = node.arguments[1].value if len(node.arguments) > 1 and isinstance(node.arguments[1], Literal_) else 0
        return lambda value: rounded(value, places)
    if node.function == "string":
        scale = node.arguments[0].type.scale
        return lambda value: written(value, scale)
    if node.function == "decimal":
        return Decimal
    if node.function == "abs":
        return _MAGNITUDES.get(node.type.name, abs)
    return PLAIN[node.function]


def _known(function: Callable[..., Any], arguments: tuple[Meaning, ...]) -> Meaning:
    """The function of known values; unknown where one of them is."""
    if len(arguments) == 1:
        return _known_one(function, arguments[0])

    def called(env: Mapping[str, Any], related: Related) -> Any:
        values = [one(env, related) for one in arguments]
        return None if any(value is None for value in values) else function(*values)

    return called


def _known_one(function: Callable[[Any], Any], argument: Meaning) -> Meaning:
    def called(env: Mapping[str, Any], related: Related) -> Any:
        value = argument(env, related)
        return None if value is None else function(value)

    return called


def _is_set(node: Call, argument: Meaning) -> Meaning:
    if node.arguments[0].type.name == "list":
        return lambda env, related: len(argument(env, related)) > 0
    if node.arguments[0].type.name == "row":
        return lambda env, related: _has_values(argument(env, related))
    return lambda env, related: argument(env, related) is not None


def _has_values(value: Any) -> bool:
    """Whether a small object has a member that is set; a whole row is always there."""
    if isinstance(value, Mapping):
        return any(_has_values(one) for one in value.values())
    return value is not None


def _reached(record_type: str, argument: Meaning) -> Meaning:
    return lambda env, related: found_record(argument(env, related), record_type, related)


def _date_of(argument: Meaning) -> Meaning:
    def called(env: Mapping[str, Any], related: Related) -> Any:
        moment = argument(env, related)
        return None if moment is None else local_date(moment, env["now"].tzinfo)

    return called


def _overlapping(left: Meaning, right: Meaning) -> Meaning:
    return lambda env, related: not _elements(left(env, related)).isdisjoint(_elements(right(env, related)))


def _elements(values: Any) -> set[Any]:
    """What is known of a list; records count by their ids."""
    return {one.id if isinstance(one, Record) else one for one in values if one is not None}


def _extreme(node: Call, arguments: tuple[Meaning, ...]) -> Meaning:
    choose = min if node.function == "min" else max
    converters = [converter(one.type, node.type) for one in node.arguments]

    def called(env: Mapping[str, Any], related: Related) -> Any:
        found = []
        for one, convert in zip(arguments, converters, strict=True):
            value = one(env, related)
            value = None if value is None else convert(value)
            if value is None:
                return None
            found.append(value)
        return choose(found)

    return called
