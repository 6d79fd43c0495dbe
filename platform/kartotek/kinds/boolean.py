"""boolean: true or false, and nothing that resembles them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import plain_type
from kartotek.kinds.kind import SINGLE, ColumnSpec, Convert, Kind, refuse
from kartotek.kinds.languages import boolean_text
from kartotek.kinds.textual import first
from kartotek.model.field import Field
from kartotek.model.formula import Type

_TYPED = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


class BooleanKind(Kind):
    """In a form the last string counts, so that a box may follow a hidden "false"."""

    name = "boolean"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return plain_type(fragment) == "boolean"

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("boolean")

    def parse(self, field: Field) -> Convert:
        return _parse

    def formula_type(self, field: Field) -> Type:
        return Type("bool")

    def operators(self, field: Field) -> tuple[str, ...]:
        return SINGLE

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings[-1:])
        return _TYPED.get(text, text) if text else text

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return ["true" if wire is True else "false" if wire is False else str(wire)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        if not isinstance(wire, bool):
            return str(wire)
        return boolean_text(wire, language)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "boolean"}


def _parse(wire: Any) -> bool:
    if wire is not True and wire is not False:
        refuse("type", expected="true or false")
    return bool(wire)
