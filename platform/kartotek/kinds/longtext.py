"""longtext: text of several lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import widget
from kartotek.kinds.text import TextKind
from kartotek.kinds.textual import first
from kartotek.model.field import Field


class LongTextKind(TextKind):
    """Like text; it is asked for by its control."""

    name = "longtext"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return super().claims(fragment) and widget(fragment) == "textarea"

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        # A browser sends every line's end as CR LF.
        return text.replace("\r\n", "\n") if text else text

    def text(self, field: Field, wire: Any, language: str) -> str:
        return str(wire)
