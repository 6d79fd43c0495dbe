"""number: an IEEE double."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.bounds import KEYWORDS, numeric_check, numeric_schema, numeric_settings
from kartotek.kinds.fragments import plain_type
from kartotek.kinds.integer import integer_from_form
from kartotek.kinds.kind import ORDERED, ColumnSpec, Convert, Kind, refuse
from kartotek.kinds.languages import number_text
from kartotek.kinds.storable import MAX_BITS
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.settings import SiteSettings

_INFINITE = float("inf")


class NumberKind(Kind):
    """The value is a float, but for a whole number that no double equals: it stays an int, and is kept as JSON."""

    name = "number"
    keywords = KEYWORDS | {"multipleOf"}

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return plain_type(fragment) == "number"

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        return numeric_settings(fragment)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("double")

    def parse(self, field: Field) -> Convert:
        check = numeric_check(field.settings)
        if check is None:
            return as_number

        def parse(wire: Any) -> float:
            value = as_number(wire)
            # Judged as it was sent: the remainder of an integer is exact, that of a double is not.
            check(wire)
            return value

        return parse

    def to_column(self, field: Field) -> Convert | None:
        return lambda value: value if isinstance(value, float) else None

    def formula_type(self, field: Field) -> Type:
        return Type("number")

    def operators(self, field: Field) -> tuple[str, ...]:
        return ORDERED

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return integer_from_form(strings, language)

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        whole = isinstance(wire, float) and wire.is_integer() and abs(wire) < 1e15
        return [str(int(wire)) if whole else str(wire)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        is_number = isinstance(wire, int | float) and not isinstance(wire, bool)
        return number_text(float(wire), language) if is_number and abs(wire) < 1e300 else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "number"} | numeric_schema(field.settings)


def as_number(wire: Any) -> float:
    """The wire value as a float, or as an int where only that is exact. Raises Refused for NaN and the infinities."""
    if type(wire) is float and -_INFINITE < wire < _INFINITE:
        return wire
    if type(wire) is not int:
        refuse("type", expected="a number")
    if wire.bit_length() > MAX_BITS:
        refuse("precision", limit=1000)
    double = float(wire) if wire.bit_length() <= 1023 else _INFINITE
    return double if double == wire else wire
