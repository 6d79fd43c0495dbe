"""monthday: a day of every year, such as a birthday whose year nobody asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.calendar import is_month_day, read_month_day
from kartotek.kinds.fragments import is_string
from kartotek.kinds.kind import ORDERED, Convert, refuse
from kartotek.kinds.languages import month_day_text, typed
from kartotek.kinds.textual import Textual, first
from kartotek.model.field import Field
from kartotek.model.missing import MISSING


class MonthDayKind(Textual):
    """MM-DD; the 29th of February is one."""

    name = "monthday"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "month-day")

    def parse(self, field: Field) -> Convert:
        return _parse

    def operators(self, field: Field) -> tuple[str, ...]:
        return (*ORDERED, "anniversary")

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        return MISSING if text is MISSING else typed(text).replace("/", "-") or MISSING

    def text(self, field: Field, wire: Any, language: str) -> str:
        day = read_month_day(wire) if isinstance(wire, str) else None
        return month_day_text(day, language) if day else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        days = "(0[1-9]|[12][0-9])"
        months = f"(0[13578]|1[02])-({days}|3[01])|(0[469]|11)-({days}|30)|02-{days}"
        return {"type": "string", "format": "month-day", "pattern": f"^({months})$(?!\\n)"}


def _parse(wire: Any) -> str:
    if not isinstance(wire, str):
        refuse("type", expected="text")
    if not is_month_day(wire):
        refuse("format", format="month and day (MM-DD)")
    return wire
