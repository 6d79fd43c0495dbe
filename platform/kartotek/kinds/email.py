"""email: an e-mail address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.formats import is_email
from kartotek.kinds.fragments import is_string
from kartotek.kinds.kind import Convert, refuse
from kartotek.kinds.languages import typed
from kartotek.kinds.textual import Textual, first
from kartotek.model.field import Field
from kartotek.model.missing import MISSING


class EmailKind(Textual):
    """Kept as it was written: the part before the @ may tell capitals apart."""

    name = "email"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "email")

    def parse(self, field: Field) -> Convert:
        return _parse

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        return MISSING if text is MISSING else typed(text) or MISSING

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "email"}


def _parse(wire: Any) -> str:
    if not isinstance(wire, str):
        refuse("type", expected="text")
    if not is_email(wire):
        refuse("format", format="e-mail address")
    return wire
