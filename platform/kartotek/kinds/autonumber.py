"""autonumber: a running number such as BK-202611-0042; the engine draws it inside the transaction that uses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from kartotek.kinds.fragments import extension, plain_type
from kartotek.kinds.kind import Convert, refuse_setting
from kartotek.kinds.storable import as_text, is_storable
from kartotek.kinds.textual import Textual
from kartotek.model.field import Field
from kartotek.model.settings import SiteSettings

_PART = re.compile(r"\{(yyyy|yy|MM|dd|0+)\}")
_BRACE = re.compile(r"[{}]")
_FORMS = {"yyyy": "{0.year:04}", "yy": "{0:%y}", "MM": "{0.month:02}", "dd": "{0.day:02}"}
_LONGEST = 100
_MOST_DIGITS = 15


class AutonumberKind(Textual):
    """Nobody may write it. The counter starts anew whenever the date parts of its pattern change."""

    name = "autonumber"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return plain_type(fragment) == "string" and "autoNumber" in extension(fragment)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        pattern = extension(fragment)["autoNumber"]
        try:
            _parts(pattern)
        except (TypeError, ValueError) as exc:
            refuse_setting("/x-field/autoNumber", str(exc))
        return {"auto_number": pattern}

    def parse(self, field: Field) -> Convert:
        return as_text

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string"}


def numbered(pattern: str, number: int, day: date) -> str:
    """The number in its pattern; one that outgrows the declared digits is written in full."""
    return "".join(_written(part, number, day) for part in _parts(pattern))


def counter_key(pattern: str, day: date) -> str:
    """The period that numbers count in: the date parts of the pattern, "" where they count on for ever."""
    return "-".join(_FORMS[part].format(day) for part in _date_parts(pattern))


def _date_parts(pattern: str) -> tuple[str, ...]:
    return tuple(part for kind, part in _parts(pattern) if kind == "date")


def _written(part: tuple[str, str], number: int, day: date) -> str:
    kind, text = part
    if kind == "date":
        return _FORMS[text].format(day)
    return str(number).zfill(len(text)) if kind == "counter" else text


@lru_cache(maxsize=256)
def _parts(pattern: str) -> tuple[tuple[str, str], ...]:
    """("text" | "date" | "counter", what stands there), in order. Raises ValueError, TypeError."""
    if not isinstance(pattern, str) or len(pattern) > _LONGEST or not is_storable(pattern):
        raise TypeError(f"autoNumber must be a pattern of at most {_LONGEST} characters, such as BK-{{yyyy}}-{{0000}}.")
    pieces = _PART.split(pattern)
    parts = [_part(piece, index) for index, piece in enumerate(pieces) if piece]
    counters = [text for kind, text in parts if kind == "counter"]
    if len(counters) != 1 or len(counters[0]) > _MOST_DIGITS:
        raise ValueError("The pattern needs exactly one counter, such as {0000}, of at most 15 digits.")
    return tuple(parts)


def _part(piece: str, index: int) -> tuple[str, str]:
    # Splitting at a group puts what stood in the braces at the odd places.
    if index % 2:
        return ("counter" if piece.startswith("0") else "date", piece)
    if _BRACE.search(piece):
        raise ValueError("In braces may stand yyyy, yy, MM, dd and the counter, such as 0000.")
    return ("text", piece)
