"""Converters of numbers: integer, number, decimal, rating."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from kartotek.kinds.kind import refuse
from kartotek.model.field import Field
from kartotek.sheets.cells import Cell, plain, shown
from kartotek.sheets.converting import Context, Converter
from kartotek.sheets.numbers import read_number, times, vouched
from kartotek.sheets.units import currencies_of, multiple

_STARS, _EMPTY_STARS = "★⭐*", "☆"


def integer(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        found = read_number(cell, context.signs, said, whole=True)
        if found is None or found.money or found.number != found.number.to_integral_value():
            refuse("type", expected="a whole number")
        return int(found.number)

    return read


def number(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        if isinstance(cell, float):
            return cell if math.isfinite(cell) else refuse("type", expected="a number")
        found = read_number(cell, context.signs, said)
        if found is None or found.money:
            refuse("type", expected="a number")
        is_whole = found.number.as_tuple().exponent == 0  # 1e300 is meant as the double that it names
        return int(found.number) if is_whole else float(found.number)

    return read


def decimal(field: Field, context: Context) -> Converter:
    scale = int(field.settings.get("scale", 2))
    currency = field.settings.get("currency") or context.settings.currency
    _, factor = multiple(context.header)

    def read(cell: Cell, said: list[str]) -> Any:
        found = read_number(cell, context.signs, said)
        if found is None:
            refuse("format", format="decimal number")
        if found.money:
            if currency not in currencies_of(found.money):
                refuse("currency", found=found.money, expected=currency or "no currency")
            said.append("currency_sign")
        if factor > 1:
            said.append("header_unit")
        return _written(
            times(found.number, factor) if factor > 1 else found.number, scale, isinstance(cell, float), said
        )

    return read


def _written(number: Decimal, scale: int, rounded: bool, said: list[str]) -> str:
    """The plain writing without idle noughts; what a formula's rounding errors added is dropped."""
    if rounded and -number.as_tuple().exponent > scale:  # type: ignore[operator]
        short = vouched(number)
        if short != number:
            said.append("fifteen_digits")
            number = short
    text = format(number, "f")
    if "." in text and len(text.partition(".")[2]) > scale:
        text = text.rstrip("0").rstrip(".")
    return text


def rating(field: Field, context: Context) -> Converter:
    most, whole = field.settings.get("maximum", 5), integer(field, context)

    def read(cell: Cell, said: list[str]) -> Any:
        text = plain(shown(cell))
        stars = text.rstrip(_EMPTY_STARS)
        if stars and not stars.strip(_STARS):
            said.append("stars")
            return len(stars)
        for ending in ("星", "颗星", "分", f"/{most}", " stars", " star"):
            if text.endswith(ending) and text.removesuffix(ending).strip().isdecimal():
                said.append("stars")
                return int(text.removesuffix(ending))
        return whole(cell, said)

    return read
