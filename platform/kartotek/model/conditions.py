"""Conditions as they stand in an address, `person.name[contains]=mia`: read and written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import get_args

from kartotek.model.query import Condition, Operator

OPERATORS: tuple[Operator, ...] = get_args(Operator)
RESERVED = ("filter", "search", "sort", "fields", "expand", "limit", "cursor", "count", "trash", "titles", "broken")
"""The names of a list's parameters that are no conditions."""
PERIODS = (
    "today", "yesterday", "tomorrow", "this-week", "last-week", "next-week", "this-month", "last-month", "next-month", "this-quarter",
    "last-quarter", "next-quarter", "this-year", "last-year", "next-year",
)  # fmt: skip
"""What `relative` and `anniversary` take, beside last-<n>-days and next-<n>-days."""
MOST_DAYS = 9999
_PART = r'"(?:[^"\\]|\\.)*"|[^."\[\]]+'
_NAME = re.compile(rf"((?:{_PART})(?:\.(?:{_PART}))*)(?:\[([A-Za-z]+)\])?")
_PARTS = re.compile(_PART)
_PLAIN = re.compile(r'[^."\[\]]+')


def read_name(name: str) -> tuple[tuple[str, ...], str] | None:
    """(path, operator as it was written, "eq" where there is none) of a parameter's name; None for what is no such name.

    A part in double quotes, as JSON writes a text, may hold anything: `"first.name"[eq]`.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return tuple(json.loads(one) if one.startswith('"') else one for one in _PARTS.findall(found[1])), found[2] or "eq"
    except ValueError:
        return None


def written_path(path: Sequence[str], reserved: Iterable[str] = RESERVED) -> str:
    """The path as a name has it; quoted where it would be read otherwise, or is one of the reserved words."""
    plain = len(path) != 1 or path[0] not in set(reserved)
    return ".".join(one if plain and _PLAIN.fullmatch(one) else json.dumps(one, ensure_ascii=False) for one in path)


def written_name(condition: Condition, reserved: Iterable[str] = RESERVED) -> str:
    """The name of the parameter that says this condition."""
    path = written_path(condition.path, reserved)
    return path if condition.operator == "eq" else f"{path}[{condition.operator}]"


def values_of(text: str) -> list[str]:
    """The values in a text with commas; `\\,` is a comma within a value, `\\\\` a backslash."""
    values, escaped = [""], False
    for one in text:
        if not escaped and one == ",":
            values.append("")
        elif not escaped and one == "\\":
            escaped = True
            continue
        else:
            values[-1] += one if not escaped or one in ",\\" else f"\\{one}"
        escaped = False
    values[-1] += "\\" if escaped else ""
    return values


def text_of_values(values: Iterable[str]) -> str:
    """The text that `values_of` reads as these values."""
    return ",".join(re.sub(r"([,\\])", r"\\\1", one) for one in values)
