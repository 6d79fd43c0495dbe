"""color: #rrggbb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.formats import is_color
from kartotek.kinds.fragments import is_string
from kartotek.kinds.kind import SINGLE, Convert, refuse
from kartotek.kinds.textual import Textual, first
from kartotek.model.field import Field
from kartotek.model.missing import MISSING


class ColorKind(Textual):
    """Kept as it was written; #FF0000 and #ff0000 are two texts."""

    name = "color"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "color")

    def parse(self, field: Field) -> Convert:
        return _parse

    def operators(self, field: Field) -> tuple[str, ...]:
        return SINGLE

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        return MISSING if text is MISSING else text.strip() or MISSING

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "color", "pattern": "^#[0-9a-fA-F]{6}$(?!\\n)"}


def _parse(wire: Any) -> str:
    if not isinstance(wire, str):
        refuse("type", expected="text")
    if not is_color(wire):
        refuse("format", format="colour (#rrggbb)")
    return wire
