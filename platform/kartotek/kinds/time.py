"""time: what a clock shows, without a date and without a zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from kartotek.kinds.calendar import read_time, write_clock
from kartotek.kinds.fragments import is_string
from kartotek.kinds.kind import ORDERED, ColumnSpec, Convert, Kind, refuse
from kartotek.kinds.languages import time_text, typed
from kartotek.kinds.textual import first
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.missing import MISSING

_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?$(?!\n)"


class TimeKind(Kind):
    """09:30 and 09:30:00 come in, 09:30:00 goes out. A column of text in that form is in the order of the clock."""

    name = "time"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "time")

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("text")

    def parse(self, field: Field) -> Convert:
        return _parse

    def wire(self, field: Field) -> Convert:
        return time.isoformat

    def to_column(self, field: Field) -> Convert:
        return time.isoformat

    def from_column(self, field: Field) -> Convert:
        return time.fromisoformat

    def formula_type(self, field: Field) -> Type:
        return Type("time")

    def operators(self, field: Field) -> tuple[str, ...]:
        return ORDERED

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        plain = typed(text) if text else ""
        clock = read_time(plain if plain[1:2] != ":" else f"0{plain}")
        return clock.isoformat() if clock is not None else plain or MISSING

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        clock = read_time(wire) if isinstance(wire, str) else None
        return [str(wire) if clock is None else write_clock(clock)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        clock = read_time(wire) if isinstance(wire, str) else None
        return time_text(clock, language) if clock is not None else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "pattern": _PATTERN}


def _parse(wire: Any) -> time:
    clock = read_time(wire) if isinstance(wire, str) else refuse("type", expected="text")
    return clock if clock is not None else refuse("format", format="time of day (HH:MM:SS)")
