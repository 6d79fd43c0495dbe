"""Types: the plain ones by name, what two of them meet in, and how they are called before people."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from kartotek.model.formula import Type

BOOL, INT, NUMBER, STRING = Type("bool"), Type("int"), Type("number"), Type("string")
DATE, TIME, INSTANT, DURATION = Type("date"), Type("time"), Type("instant"), Type("duration")
NULL, JSON, DECIMAL = Type("null"), Type("json"), Type("decimal")

ORDERED = frozenset({"int", "number", "decimal", "string", "date", "time", "instant", "duration"})
NUMERIC = frozenset({"int", "number", "decimal"})
_WORDS = {
    "bool": "true/false", "int": "a whole number", "number": "a number", "decimal": "a decimal number",
    "string": "a text", "date": "a date", "time": "a time", "instant": "an instant", "duration": "a duration",
    "null": "null", "user": "the user", "meta": "system values", "json": "free JSON",
}


def words(type: Type) -> str:
    """The type as a person would say it."""
    if type.name == "list":
        return "a list"
    if type.name == "record":
        return f"a record ({type.record})"
    if type.name == "row":
        return f"a group of fields ({type.record})" if type.record else "a group of fields"
    return f"{_WORDS[type.name]} in {type.currency}" if type.currency else _WORDS[type.name]


def decimal_of(value: Decimal) -> Type:
    """The type of an exact constant: as many places as are written."""
    places = max(0, -int(value.as_tuple().exponent))
    return Type("decimal", scale=places, precision=max(len(value.as_tuple().digits), places, 1))


def decimal(scale: int, whole: int, currency: str = "") -> Type:
    """A decimal type with so many places and so many digits before the point."""
    return Type("decimal", scale=scale, precision=scale + whole, currency=currency)


def whole_digits(type: Type) -> int:
    """How many digits a number of this type may have before the point."""
    return 19 if type.name == "int" else type.precision - type.scale


def clash(left: Type, right: Type) -> bool:
    """Whether both are money, and in different currencies."""
    return bool(left.currency and right.currency and left.currency != right.currency)


def common(left: Type, right: Type) -> Type | None:
    """The type in which both are compared or chosen between; None where they do not meet."""
    if left.name == "null" or right.name == "null":
        return right if left.name == "null" else left
    names = {left.name, right.name}
    if names <= {"int", "decimal"} and "decimal" in names:
        whole = max(whole_digits(left), whole_digits(right))
        return decimal(max(left.scale, right.scale), whole, left.currency or right.currency)
    if names == {"int", "number"}:
        return NUMBER
    if names == {"int", "record"}:
        return left if left.name == "record" else right
    if len(names) > 1 or (left.name == "record" and left.record != right.record):
        return None
    if left.name == "list":
        return _common_list(left, right)
    return left


def _common_list(left: Type, right: Type) -> Type | None:
    if left.of is None or right.of is None:
        return left if right.of is None else right
    of = common(left.of, right.of)
    return None if of is None else replace(left, of=of)
