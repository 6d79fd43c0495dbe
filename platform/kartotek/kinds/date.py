"""date: a day of the calendar, without a zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kartotek.kinds.calendar import read_date
from kartotek.kinds.fragments import is_string
from kartotek.kinds.kind import ORDERED, ColumnSpec, Convert, Kind, refuse
from kartotek.kinds.languages import date_text, typed
from kartotek.kinds.textual import first
from kartotek.model.field import Field
from kartotek.model.formula import Type


class DateKind(Kind):
    """YYYY-MM-DD, and no other writing."""

    name = "date"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "date")

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("date")

    def parse(self, field: Field) -> Convert:
        return _parse

    def wire(self, field: Field) -> Convert:
        return date.isoformat

    def formula_type(self, field: Field) -> Type:
        return Type("date")

    def operators(self, field: Field) -> tuple[str, ...]:
        return (*ORDERED, "relative", "anniversary")

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        return typed(text) or first(()) if text else text

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [str(wire)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        day = read_date(wire) if isinstance(wire, str) else None
        return date_text(day, language) if day else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


def _parse(wire: Any) -> date:
    day = read_date(wire) if isinstance(wire, str) else refuse("type", expected="text")
    return day or refuse("format", format="date")
