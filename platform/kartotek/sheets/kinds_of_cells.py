"""The converter of every kind: cell → wire, by rules that are said, or refused with the kind's own codes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from kartotek.kinds.kind import refuse
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.sheets import cells_of_numbers, cells_of_times, cells_of_words
from kartotek.sheets.cells import Cell, check_digits, check_shown_digits, is_fair, kept_text, plain, shown, text_of
from kartotek.sheets.converting import Context, Converter
from kartotek.sheets.defusing import undefuse
from kartotek.sheets.phones import PhoneReader
from kartotek.sheets.words import is_nothing, separated

Make = Callable[[Field, Context], Converter]


def converter_of(field: Field, context: Context) -> Converter:
    """The converter of a column that goes to this field."""
    convert = _MAKERS[field.kind](field, context)
    return convert if field.kind in _TEXTS or field.kind in ("choice", "choices", "boolean") else _or_nothing(convert)


def _or_nothing(convert: Converter) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        if isinstance(cell, str) and is_nothing(cell):
            said.append("empty_word")
            return MISSING
        return convert(cell, said)

    return read


def _text(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        if isinstance(cell, str) and is_fair(cell):
            return cell
        text = text_of(cell, said)
        if context.loose:
            bare = undefuse(text)
            if bare != text:
                said.append("protecting_apostrophe")
                text = bare
        text = kept_text(text, said)
        check_shown_digits(text)
        return text or MISSING

    return read


def _phone(field: Field, context: Context) -> Converter:
    phones = PhoneReader(field.settings.get("region", context.settings.region))

    def read(cell: Cell, said: list[str]) -> Any:
        text = _phone_text(cell, said)
        found = phones.read(text)
        if found is None:
            refuse("format", format="phone number")
        if not text.startswith(("+", "00")):
            said.append("phone_region")
        return found

    return read


def _phone_text(cell: Cell, said: list[str]) -> str:
    """What was typed, plainly; a number that a spreadsheet made of it is digits again."""
    if isinstance(cell, str) and cell.isascii() and cell.isdecimal():
        return cell
    text = plain(undefuse(text_of(cell, said)))
    check_digits(text)
    return _digits_of(text) if (text.endswith(".0") and text[:-2].isdecimal()) or "e" in text.lower() else text


def _digits_of(text: str) -> str:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    return str(int(number)) if number == number.to_integral_value() and abs(number) < 10**15 else text


def _token(field: Field, context: Context) -> Converter:
    """Texts in which no blank and no wide character can be meant: e-mail, URL, UUID, colour."""

    def read(cell: Cell, said: list[str]) -> Any:
        if isinstance(cell, str) and _TOKEN.fullmatch(cell):
            return cell
        text = plain(undefuse(text_of(cell, said)))
        if isinstance(cell, str) and text != cell.strip():
            said.append("wide")
        return text.removeprefix("mailto:") if field.kind == "email" else text

    return read


def _json(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        text = undefuse(shown(cell))
        try:
            wire = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            refuse("format", format="JSON")
        said.append("json_text")
        return wire

    return read


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _link(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        text = text_of(cell, said)
        return kept_text(undefuse(text) if context.loose else text, said) or MISSING

    return read


def _links(field: Field, context: Context) -> Converter:
    one = _link(field, context)

    def read(cell: Cell, said: list[str]) -> Any:
        text = one(cell, said)
        parts = separated(text, strongly=True) if isinstance(text, str) else []
        if len(parts) > 1:
            said.append("listed")
        return parts or MISSING

    return read


_TOKEN = re.compile(r"[a-zA-Z0-9][\w.@/?&=%#+~-]*[a-zA-Z0-9/]", re.ASCII)
_TEXTS = frozenset({"text", "longtext", "markdown"})
LINKED = frozenset({"reference", "references", "user"})
_MAKERS: Mapping[str, Make] = MappingProxyType(
    {
        **dict.fromkeys(_TEXTS, _text),
        **dict.fromkeys(("email", "url", "uuid", "color"), _token),
        **dict.fromkeys(("json", "rows", "object"), _json),
        "integer": cells_of_numbers.integer,
        "number": cells_of_numbers.number,
        "decimal": cells_of_numbers.decimal,
        "date": cells_of_times.date,
        "monthday": cells_of_times.month_day,
        "time": cells_of_times.time_of_day,
        "instant": cells_of_times.instant,
        "duration": cells_of_times.duration,
        "boolean": cells_of_words.boolean,
        "choice": cells_of_words.choice,
        "choices": cells_of_words.choices,
        "rating": cells_of_numbers.rating,
        "phone": _phone,
        "reference": _link,
        "user": _link,
        "references": _links,
    }
)
