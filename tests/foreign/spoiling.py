"""Spoils an instance in the ways people and programs do: a key less or more, another type, null, huge and odd values."""

from __future__ import annotations

import copy
import random
from typing import Any

_ODD = (
    None, True, False, 0, 1.0, -1, 2**53 + 1, 2**64, 10**40, 1e300, "", "0", " ", "2026-11-21T10:00:00+05:30", "2026-02-30", "x" * 300,
    [], {}, [None], {"": None}, [[1, 1.0]], "a\u0301", "𝄞",
)  # fmt: skip


def spoiled(instance: dict[str, Any], drawn: random.Random) -> dict[str, Any]:
    """A copy with one thing changed."""
    found = copy.deepcopy(instance)
    holder, key = drawn.choice(list(_places(found)) or [(found, "extra")])
    turn = drawn.randrange(5)
    if turn == 0 and (isinstance(holder, list) or key in holder):
        del holder[key]
    elif turn == 1 and isinstance(holder, dict):
        holder[drawn.choice(("extra", "", "x-y", "__proto__", "type", "id"))] = drawn.choice(_ODD)
    elif turn == 2 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[key] = drawn.choice(_ODD)
    return found


def _places(value: Any) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)
