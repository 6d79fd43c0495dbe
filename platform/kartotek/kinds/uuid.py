"""uuid: an identifier of somebody else's making."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.formats import is_uuid
from kartotek.kinds.fragments import has_own_kind, is_string
from kartotek.kinds.kind import Convert, refuse
from kartotek.kinds.textual import Textual, first
from kartotek.model.field import Field
from kartotek.model.missing import MISSING


class UuidKind(Textual):
    """Kept as it was written."""

    name = "uuid"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "uuid") and not has_own_kind(fragment)

    def parse(self, field: Field) -> Convert:
        return _parse

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        return MISSING if text is MISSING else text.strip() or MISSING

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


def _parse(wire: Any) -> str:
    if not isinstance(wire, str):
        refuse("type", expected="text")
    if not is_uuid(wire):
        refuse("format", format="UUID")
    return wire
