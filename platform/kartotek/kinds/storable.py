"""What can be stored at all: no U+0000 and no lone surrogates, in texts and anywhere inside JSON."""

from __future__ import annotations

import re
from typing import Any

from kartotek.kinds.kind import Refused, refuse
from kartotek.model.problem import Problem, pointer, problem

# orjson writes 254 levels and the standard library's reader stops near 1,000; nobody means that many.
MAX_DEPTH = 100
# Python refuses to write out integers of more than 4,300 digits.
MAX_BITS = 3_320
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether every database can keep the text. PostgreSQL has no U+0000, SQLite's driver no lone surrogate."""
    return _UNSTORABLE.search(text) is None


def as_text(wire: Any) -> str:
    """The wire value as a text that can be stored. Raises Refused."""
    if not isinstance(wire, str):
        refuse("type", expected="text")
    if not is_storable(wire):
        refuse("text_nul")
    return wire


def check_json(wire: Any) -> None:
    """Nothing, where a JSON value can be stored. Raises Refused with a problem for each place that cannot."""
    problems: list[Problem] = []
    level = [("", wire)]
    for _ in range(MAX_DEPTH):
        if not level:
            break
        level = [inner for path, value in level for inner in _inside(path, value, problems)]
    if level:
        problems.append(problem("", "schema", reason=f"it is nested more than {MAX_DEPTH} deep"))
    if problems:
        raise Refused(*problems)


def _inside(path: str, value: Any, problems: list[Problem]) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        problems += [problem(path, "text_nul") for key in value if not is_storable(key)]
        return [(path + pointer(key), inner) for key, inner in value.items()]
    if isinstance(value, list):
        return [(path + pointer(index), inner) for index, inner in enumerate(value)]
    if isinstance(value, str) and not is_storable(value):
        problems.append(problem(path, "text_nul"))
    elif isinstance(value, float) and not -float("inf") < value < float("inf"):
        problems.append(problem(path, "type", expected="a finite number"))
    elif isinstance(value, int) and value.bit_length() > MAX_BITS:
        problems.append(problem(path, "precision", limit=1000))
    return []
