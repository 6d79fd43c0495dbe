"""Typed lines: a list of plain texts or numbers as the lines of a text field, where each of its entries can be a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kartotek.model.missing import MISSING

LONGEST = 200


def are_lines(wire: Any, kind: str) -> bool:
    """Whether lines of this kind ("text", "integer", "number") give exactly this list back."""
    return isinstance(wire, list) and len(wire) <= LONGEST and all(_is_line(one, kind) for one in wire)


def to_lines(wire: Any) -> list[str]:
    """One string, in which each entry has its line."""
    return ["\n".join(one if isinstance(one, str) else json.dumps(one) for one in wire)]


def from_lines(strings: Sequence[str], kind: str) -> Any:
    """The entries of the lines that are not blank; MISSING where all are. What is no number stays text, for the schema to refuse."""
    lines = [line.strip() for line in "\n".join(strings).splitlines()]
    return [_entry(line, kind) for line in lines if line] or MISSING


def _is_line(one: Any, kind: str) -> bool:
    if kind == "text":
        return isinstance(one, str) and one.strip() == one and len(one.splitlines()) == 1
    numbers = (int,) if kind == "integer" else (int, float)
    return isinstance(one, numbers) and not isinstance(one, bool) and _entry(json.dumps(one), kind) == one


def _entry(line: str, kind: str) -> Any:
    if kind == "text":
        return line
    for read in (int, float) if kind == "number" else (int,):
        try:
            return read(line)
        except ValueError:
            continue
    return line
