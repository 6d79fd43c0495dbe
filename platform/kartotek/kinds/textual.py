"""Textual: what the kinds have in common whose value is the very text that travels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kartotek.kinds.kind import ColumnSpec, Kind
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.missing import MISSING


class Textual(Kind):
    """A text in a text column."""

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("text")

    def formula_type(self, field: Field) -> Type:
        return Type("string")

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("eq", "ne", "lt", "lte", "gt", "gte", "in", "notIn", "contains", "startsWith", "empty")

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return first(strings)

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [str(wire)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        return str(wire)


def first(strings: Sequence[str]) -> Any:
    """The text of a control that has one; MISSING where it is empty."""
    return strings[0] if strings and strings[0] != "" else MISSING
