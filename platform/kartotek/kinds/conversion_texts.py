"""Between simple values and text: the one exact writing of a value, and the strict reading of what somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from kartotek.kinds.integer import as_integer
from kartotek.kinds.kind import Convert, refuse
from kartotek.kinds.number import as_number
from kartotek.kinds.registry import kind_of
from kartotek.kinds.unlimited import unlimited
from kartotek.model.field import Field

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,4})?", re.ASCII)
_LONGEST = 1000
_WHOLE = 1e15  # up to here a whole double is written as a whole number
_BOOLEANS = {"true": True, "false": False}


def written(wire: Any) -> str:
    """A single JSON value as text, so that reading the text gives exactly it. Raises Refused for lists, objects and null."""
    if isinstance(wire, str):
        return wire
    if isinstance(wire, bool):
        return "true" if wire else "false"
    if isinstance(wire, int):
        return str(wire)
    if not isinstance(wire, float):
        refuse("conversion")
    return str(int(wire)) if wire.is_integer() and abs(wire) < _WHOLE else repr(wire)


def reader(field: Field) -> Convert:
    """What reads a text as the field's wire; space around it does not matter. The answer raises Refused."""
    return _READERS.get(field.kind, _by_kind)(field)


def canonical_wire(field: Field) -> Convert:
    """A wire of the field's kind as it goes out once it is stored; the answer raises Refused, but not for limits."""
    kind, plain = kind_of(field), unlimited(field)
    parse, write = kind.parse(plain), kind.wire(plain)
    return parse if write is None else lambda wire: write(parse(wire))


def exact_number(value: Decimal) -> float:
    """The double that is written like the value, or the whole number itself where no double is it. Raises Refused."""
    double = float(value)
    if Decimal(repr(double)) == value:
        return double
    return as_number(int(value)) if value == value.to_integral_value() else refuse("inexact")


def _by_kind(field: Field) -> Convert:
    read = canonical_wire(field)
    return lambda text: read(text.strip())


def _integer(field: Field) -> Convert:
    check = canonical_wire(field)

    def read(text: str) -> int:
        found = _INTEGER.fullmatch(text.strip()) if len(text) <= _LONGEST else None
        whole: int = check(as_integer(int(text))) if found else refuse("type", expected="a whole number")
        return whole

    return read


def _number(field: Field) -> Convert:
    def read(text: str) -> float:
        plain = text.strip()
        found = _NUMBER.fullmatch(plain) if len(text) <= _LONGEST else None
        if found is None:
            refuse("type", expected="a number")
        if found[1] is None and found[2] is None:
            return as_number(int(plain))
        return exact_number(Decimal(plain)) if abs(float(plain)) != float("inf") else refuse("inexact")

    return read


def _boolean(field: Field) -> Convert:
    def read(text: str) -> bool:
        found = _BOOLEANS.get(text.strip().lower())
        return found if found is not None else refuse("type", expected="true or false")

    return read


def _as_it_is(field: Field) -> Convert:
    return canonical_wire(field)


_READERS: Mapping[str, Callable[[Field], Convert]] = MappingProxyType({
    "integer": _integer, "rating": _integer, "number": _number, "boolean": _boolean,
    "text": _as_it_is, "longtext": _as_it_is, "markdown": _as_it_is, "autonumber": _as_it_is,
})
