"""duration: a length of time in whole seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from kartotek.kinds.calendar import read_duration, write_duration
from kartotek.kinds.fragments import is_string
from kartotek.kinds.kind import ORDERED, ColumnSpec, Convert, Kind, refuse
from kartotek.kinds.languages import duration_text, typed
from kartotek.kinds.textual import first
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.missing import MISSING

_CLOCK = re.compile(r"(\d{1,9}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_SECOND = timedelta(seconds=1)


class DurationKind(Kind):
    """On the wire ISO 8601, PT1H30M; in forms 1:30. A computed one may be negative, one that is sent may not."""

    name = "duration"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "duration")

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("integer")

    def parse(self, field: Field) -> Convert:
        return _parse

    def wire(self, field: Field) -> Convert:
        return write_duration

    def to_column(self, field: Field) -> Convert:
        return lambda duration: duration // _SECOND

    def from_column(self, field: Field) -> Convert:
        return lambda seconds: timedelta(seconds=seconds)

    def formula_type(self, field: Field) -> Type:
        return Type("duration")

    def operators(self, field: Field) -> tuple[str, ...]:
        return ORDERED

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        plain = typed(text) if text else ""
        found = _CLOCK.fullmatch(plain)
        if found is None:
            return plain or MISSING
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return write_duration(timedelta(hours=hours, minutes=minutes, seconds=seconds))

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        duration = read_duration(wire) if isinstance(wire, str) else None
        if duration is None:
            return [str(wire)]
        minutes, second = divmod(duration // _SECOND, 60)
        return [f"{minutes // 60}:{minutes % 60:02}" + (f":{second:02}" if second else "")]

    def text(self, field: Field, wire: Any, language: str) -> str:
        sign = "-" if isinstance(wire, str) and wire.startswith("-") else ""
        duration = read_duration(wire.removeprefix("-")) if isinstance(wire, str) else None
        return sign + duration_text(duration, language) if duration is not None else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        sign = "-?" if field.is_derived else ""
        parts = "P(?=[0-9T])([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?"
        return {"type": "string", "pattern": f"^{sign}{parts}$(?!\\n)", "maxLength": 60}


def _parse(wire: Any) -> timedelta:
    duration = read_duration(wire) if isinstance(wire, str) else refuse("type", expected="text")
    return duration if duration is not None else refuse("format", format="duration (PT1H30M)")
