"""integer: a whole number of any size; what a 64-bit column cannot hold is kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.bounds import KEYWORDS, numeric_check, numeric_schema, numeric_settings
from kartotek.kinds.fragments import has_own_kind, plain_type
from kartotek.kinds.kind import ORDERED, ColumnSpec, Convert, Kind, refuse
from kartotek.kinds.languages import decimal_text, is_number, typed_number
from kartotek.kinds.storable import MAX_BITS
from kartotek.kinds.textual import first
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings

LOWEST, HIGHEST = -(2**63), 2**63 - 1


class IntegerKind(Kind):
    """1.0 is an integer, as JSON Schema has it; true is none."""

    name = "integer"
    keywords = KEYWORDS | {"multipleOf"}

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return plain_type(fragment) == "integer" and not has_own_kind(fragment)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        return numeric_settings(fragment)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("integer")

    def parse(self, field: Field) -> Convert:
        check = numeric_check(field.settings)
        if check is None:
            return as_integer

        def parse(wire: Any) -> int:
            value = as_integer(wire)
            check(value)
            return value

        return parse

    def to_column(self, field: Field) -> Convert | None:
        low, high = field.settings.get("minimum"), field.settings.get("maximum")
        if low is not None and high is not None and low >= LOWEST and high <= HIGHEST:
            return None
        return lambda value: value if LOWEST <= value <= HIGHEST else None

    def formula_type(self, field: Field) -> Type:
        return Type("int")

    def operators(self, field: Field) -> tuple[str, ...]:
        return ORDERED

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return integer_from_form(strings, language)

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [str(wire)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        return decimal_text(wire, language) if isinstance(wire, int) and abs(wire) <= HIGHEST else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "integer"} | numeric_schema(field.settings)


def as_integer(wire: Any) -> int:
    """The wire value as an int. Raises Refused."""
    if type(wire) is float and wire.is_integer():
        return int(wire)
    if type(wire) is not int:
        refuse("type", expected="a whole number")
    if wire.bit_length() > MAX_BITS:
        refuse("precision", limit=1000)
    return wire


def integer_from_form(strings: Sequence[str], language: str) -> Any:
    """A typed whole number; what is none goes on as it stands, for parse to refuse."""
    text = first(strings)
    if text is MISSING:
        return MISSING
    plain = typed_number(text, language)
    if not plain:
        return MISSING
    if is_number(plain) and plain.lstrip("+-").isdecimal():
        return int(plain)
    return float(plain) if is_number(plain) else plain
