"""reference: the id of one record of another type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import extension, plain_type
from kartotek.kinds.integer import as_integer, integer_from_form
from kartotek.kinds.kind import SINGLE, ColumnSpec, Convert, Kind, refuse
from kartotek.model.field import Field
from kartotek.model.formula import Type

USER = "user"
HIGHEST_ID = 2**53 - 1  # JavaScript's integers end there


class ReferenceKind(Kind):
    """Whether such a record exists and may be chosen is asked where there is a database."""

    name = "reference"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return plain_type(fragment) == "integer" and "references" in extension(fragment)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("integer")

    def parse(self, field: Field) -> Convert:
        return as_id

    def formula_type(self, field: Field) -> Type:
        return Type("record", record=field.reference.target if field.reference else "")

    def operators(self, field: Field) -> tuple[str, ...]:
        return SINGLE

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return integer_from_form(strings, language)

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [str(wire)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        return str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": HIGHEST_ID}


def as_id(wire: Any) -> int:
    """The wire value as the id of a record. Raises Refused."""
    value = as_integer(wire)
    if not 1 <= value <= HIGHEST_ID:
        refuse("no_record")
    return value
