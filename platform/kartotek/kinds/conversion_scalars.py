"""Between single values: numbers, decimals, yes and no, days and moments, texts and choices; exactly, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.kinds.calendar import read_date, read_instant, write_instant
from kartotek.kinds.conversion_texts import canonical_wire, exact_number, reader, written
from kartotek.kinds.decimal import DEFAULT_SCALE, MAX_PRECISION
from kartotek.kinds.instant import zone_of
from kartotek.kinds.kind import Convert, refuse
from kartotek.kinds.number import as_number
from kartotek.model.field import Field

# What takes any text, and what is written as a text of some form.
FREE = frozenset({"text", "longtext", "autonumber"})
FORMED = frozenset({"email", "phone", "url", "uuid", "color", "monthday", "time", "date", "instant", "duration", "decimal"})
WRITTEN = FORMED | {"integer", "rating", "number", "boolean"}
_EXACT_DIGITS = 15  # decimal digits that a double always keeps

Made = tuple[bool, Convert]  # whether every value goes over, and how
Make = Callable[[Field, Field], Made]


def scalar(old: Field, new: Field) -> Made | None:
    """How single values of these kinds go over; None where none ever could. Choices are left to others."""
    if new.kind in FREE and old.kind in WRITTEN:
        return True, written
    if new.kind == "markdown" and old.kind in WRITTEN | FREE | {"markdown"}:
        clean = canonical_wire(new)
        return old.kind in WRITTEN, lambda wire: clean(written(wire))
    if old.kind in FREE | {"markdown"} and new.kind in WRITTEN:
        return False, reader(new)
    make = _PAIRS.get((old.kind, new.kind))
    return make(old, new) if make else None


def _same_decimal(old: Field, new: Field) -> Made:
    before, after = _digits(old), _digits(new)
    checked = canonical_wire(new)

    def convert(wire: Any) -> Any:
        text = wire
        # Noughts at the end are no digits that could be lost.
        while "." in text and len(text.partition(".")[2]) > after[1] and text.endswith("0"):
            text = text[:-1].removesuffix(".")
        return checked(text)

    return after[0] >= before[0] and after[1] >= before[1], convert


def _integer_decimal(old: Field, new: Field) -> Made:
    room = 10 ** _digits(new)[0]
    fits = all(limit is not None and -room < limit < room for limit in _range(old))
    checked = canonical_wire(new)
    return fits, lambda wire: checked(str(wire))


def _number_decimal(old: Field, new: Field) -> Made:
    checked = _same_decimal(new, new)[1]
    return False, lambda wire: checked(format(Decimal(repr(wire)), "f"))


def _decimal_integer(old: Field, new: Field) -> Made:
    checked = canonical_wire(new)
    return _digits(old)[1] == 0 and new.kind == "integer", lambda wire: checked(_whole(Decimal(wire)))


def _number_integer(old: Field, new: Field) -> Made:
    checked = canonical_wire(new)
    return False, lambda wire: checked(_whole(wire))


def _whole(value: float | Decimal) -> int:
    return int(value) if value == int(value) else refuse("inexact")


def _decimal_number(old: Field, new: Field) -> Made:
    return sum(_digits(old)) <= _EXACT_DIGITS, lambda wire: exact_number(Decimal(wire))


def _integer_number(old: Field, new: Field) -> Made:
    return True, as_number


def _boolean_integer(old: Field, new: Field) -> Made:
    return True, int


def _integer_boolean(old: Field, new: Field) -> Made:
    return False, lambda wire: wire == 1 if wire in (0, 1) else refuse("type", expected="true or false")


def _integer_rating(old: Field, new: Field) -> Made:
    checked = canonical_wire(new)
    return False, checked


def _written_phone(old: Field, new: Field) -> Made:
    read = reader(new)
    return False, lambda wire: read(written(wire))


def _date_instant(old: Field, new: Field) -> Made:
    zone = zone_of(new)
    return True, lambda wire: write_instant(_day_begins(wire, zone))


def _instant_date(old: Field, new: Field) -> Made:
    return False, partial(_day_of, zone=zone_of(old))


def _day_begins(wire: Any, zone: ZoneInfo) -> datetime:
    """The first instant of the day; where clocks are put forward at midnight, it has no midnight."""
    day = read_date(wire)
    if day is None:
        refuse("format", format="date")
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:  # the ends of the calendar
        refuse("inexact")


def _day_of(wire: Any, zone: ZoneInfo) -> str:
    instant = read_instant(wire)
    if instant is None:
        refuse("format", format="date-time")
    try:
        day = instant.astimezone(zone).date().isoformat()
    except OverflowError:
        refuse("inexact")
    return day if _day_begins(day, zone) == instant else refuse("time_lost")


def _digits(field: Field) -> tuple[int, int]:
    """How many there are before the point and after it."""
    precision, scale = field.settings.get("precision", MAX_PRECISION), field.settings.get("scale", DEFAULT_SCALE)
    return precision - scale, scale


def _range(field: Field) -> tuple[Any, Any]:
    """The least and the largest that is wanted of it, None where it has no end."""
    named = field.settings.get
    return named("minimum", named("exclusive_minimum")), named("maximum", named("exclusive_maximum"))


_PAIRS: Mapping[tuple[str, str], Make] = MappingProxyType({
    ("decimal", "decimal"): _same_decimal,
    ("integer", "decimal"): _integer_decimal, ("rating", "decimal"): _integer_decimal, ("number", "decimal"): _number_decimal,
    ("decimal", "integer"): _decimal_integer, ("decimal", "rating"): _decimal_integer,
    ("number", "integer"): _number_integer, ("number", "rating"): _number_integer, ("integer", "rating"): _integer_rating,
    ("decimal", "number"): _decimal_number, ("integer", "number"): _integer_number, ("rating", "number"): _integer_number,
    ("boolean", "integer"): _boolean_integer, ("integer", "boolean"): _integer_boolean,
    ("integer", "phone"): _written_phone,
    ("date", "instant"): _date_instant, ("instant", "date"): _instant_date,
})
