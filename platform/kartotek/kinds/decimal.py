"""decimal: an exact number with a fixed scale, such as money; on the wire always a string."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from kartotek.kinds.bounds import KEYWORDS, numeric_check
from kartotek.kinds.fragments import extension, is_string, widget
from kartotek.kinds.kind import ORDERED, ColumnSpec, Convert, Kind, refuse, refuse_setting
from kartotek.kinds.languages import decimal_text, typed_number
from kartotek.kinds.textual import first
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.settings import SiteSettings

MAX_PRECISION = 18
DEFAULT_SCALE = 2
_WIRE = re.compile(r"([+-]?)0*(\d*)(?:\.(\d+))?", re.ASCII)
_BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
}
_LONGEST = 100


class DecimalKind(Kind):
    """Digits beyond the scale are refused, missing ones are filled with noughts."""

    name = "decimal"
    keywords = KEYWORDS

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "decimal")

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        named = extension(fragment)
        # A money field that names no currency is in the site's.
        currency = named.get("currency", site.currency if widget(fragment) == "money" else "")
        usual = get_currency_precision(currency) if currency else DEFAULT_SCALE
        precision, scale = named.get("precision", MAX_PRECISION), named.get("scale", usual)
        if not isinstance(precision, int) or not 1 <= precision <= MAX_PRECISION:
            refuse_setting("/x-field/precision", f"precision must be a whole number from 1 to {MAX_PRECISION}.")
        if not isinstance(scale, int) or not 0 <= scale <= precision:
            refuse_setting("/x-field/scale", f"scale must be a whole number from 0 to the precision, {precision}.")
        bounds = {setting: _bound(key, fragment[key]) for key, setting in _BOUNDS.items() if key in fragment}
        found = {"precision": precision, "scale": scale, **bounds}
        return found | ({"currency": currency} if currency else {})

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("decimal", precision=_precision(field), scale=_scale(field))

    def parse(self, field: Field) -> Convert:
        scale, whole = _scale(field), _precision(field) - _scale(field)
        check = numeric_check({key: value for key, value in field.settings.items() if key in _BOUNDS.values()})

        def parse(wire: Any) -> Decimal:
            value = _read(wire, scale, whole)
            if check is not None:
                check(value)
            return value

        return parse

    def wire(self, field: Field) -> Convert:
        form = f".{_scale(field)}f"
        return lambda value: format(value, form)

    def formula_type(self, field: Field) -> Type:
        currency = field.settings.get("currency", "")
        return Type("decimal", scale=_scale(field), precision=_precision(field), currency=currency)

    def operators(self, field: Field) -> tuple[str, ...]:
        return ORDERED

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        return typed_number(text, language) or first(()) if text else text

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [str(wire)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        found = _WIRE.fullmatch(wire) if isinstance(wire, str) and len(wire) <= _LONGEST else None
        if found is None or not (found[2] or found[3] or "0" in wire) or len(found[2]) > MAX_PRECISION:
            return str(wire)
        scale = max(_scale(field), len(found[3] or "")) if len(found[3] or "") <= MAX_PRECISION else _scale(field)
        return decimal_text(Decimal(wire), language, scale=scale, currency=field.settings.get("currency", ""))

    def json_schema(self, field: Field) -> dict[str, Any]:
        scale, whole = _scale(field), _precision(field) - _scale(field)
        fraction = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
        digits = f"0*[0-9]{{1,{whole}}}" if whole else "0+"
        return {
            "type": "string",
            "format": "decimal",
            "pattern": f"^[+-]?{digits}{fraction}$(?!\\n)",
            "maxLength": _LONGEST,
        }


def _scale(field: Field) -> int:
    return int(field.settings.get("scale", DEFAULT_SCALE))


def _precision(field: Field) -> int:
    return int(field.settings.get("precision", MAX_PRECISION))


def _bound(keyword: str, value: Any) -> Decimal:
    found = (
        _WIRE.fullmatch(str(value)) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    )
    if found is None or not re.search(r"\d", str(value)):
        refuse_setting(f"/{keyword}", f"{keyword} must be a number, or a decimal number in quotes.")
    return Decimal(str(value))


def _read(wire: Any, scale: int, whole: int) -> Decimal:
    if not isinstance(wire, str):
        refuse("type", expected="a decimal number in quotes")
    found = _WIRE.fullmatch(wire) if len(wire) <= _LONGEST else None
    # The part before the point may be nought, but it must be there.
    if found is None or not wire.lstrip("+-")[:1].isdecimal():
        refuse("format", format="decimal number")
    digits, fraction = found[2], found[3] or ""
    if len(fraction) > scale:
        refuse("scale", limit=scale)
    if len(digits) > whole:
        refuse("precision", limit=whole + scale)
    number = int((digits + fraction.ljust(scale, "0")) or "0")
    return Decimal(-number if found[1] == "-" else number).scaleb(-scale)
