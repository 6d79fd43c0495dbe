"""Typed JSON: what a person writes into a text field, read strictly; and values as text that a person can read."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any, NoReturn

from kartotek.kinds.kind import refuse
from kartotek.kinds.storable import MAX_DEPTH

_LONGEST_LINE = 72
_LONGEST_NUMBER = 300  # digits: what is longer overflows a double


def read_json(text: str) -> Any:
    """The value; integers of any size stay exact. Raises Refused: no JSON (with its place), a key twice, NaN."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as exc:
        refuse("json", reason=exc.msg, line=exc.lineno, column=exc.colno)
    except RecursionError:
        refuse("depth", limit=MAX_DEPTH)


def tidy_json(wire: Any, indent: str = "") -> str:
    """JSON in which what is short stays on one line and each member of an object has its own."""
    short = json.dumps(wire, ensure_ascii=False)
    fits = len(indent) + len(short) <= _LONGEST_LINE and not (isinstance(wire, dict) and len(wire) > 1)
    if fits or not wire or not isinstance(wire, dict | list):
        return short
    inner = indent + "  "
    if isinstance(wire, list):
        return _between("[]", [inner + tidy_json(one, inner) for one in wire], indent)
    lines = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {tidy_json(one, inner)}" for key, one in wire.items()]
    return _between("{}", lines, indent)


def _between(brackets: str, lines: list[str], indent: str) -> str:
    return f"{brackets[0]}\n" + ",\n".join(lines) + f"\n{indent}{brackets[1]}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        refuse("duplicate_key", name=Counter(name for name, _ in pairs).most_common(1)[0][0])
    return found


def _constant(name: str) -> NoReturn:
    refuse("not_a_number", name=name)


def _integer(text: str) -> int:
    return int(text) if len(text) <= _LONGEST_NUMBER else refuse("number_range")


def _number(text: str) -> float:
    value = float(text) if len(text) <= _LONGEST_NUMBER else math.inf
    return value if math.isfinite(value) else refuse("number_range")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_number)
