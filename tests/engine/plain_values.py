"""Values drawn at random that a plainly declared field takes, odd ones among them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from tests.engine.plain_conversion import EMPTY
from tests.engine.plain_types import Plain

Ids = Mapping[str, Sequence[int]]
_TEXTS = ("7", "007", " 42 ", "1.5", "2.50", "true", "2026-05-01", "09:30", "PT45M", "red", "green", "a@b.cn", "x y", "王芳", "", "1,000", str(2**70))
_POOLS: Mapping[str, Sequence[Any]] = {
    "integer": (0, 1, -3, 7, 999, 2**31, 2**53 + 1, 2**63, 2**70, -(2**80) + 1),
    "number": (0.5, 1.0, -2.25, 3, 1e300, 0.1, 2**53 + 2), "boolean": (True, False),
    "date": ("2026-05-01", "2026-11-21", "1999-12-31"), "time": ("09:30:00", "23:59:59"), "duration": ("PT45M", "PT2H"),
    "instant": ("2026-11-20T23:00:00Z", "2026-05-01T10:00:00Z", "2026-06-30T22:00:00Z"),
    "email": ("a@b.cn", "me@example.com"),
}  # fmt: skip


def value(random: random.Random, one: Plain, ids: Ids) -> Any:
    """A value of the field, EMPTY where there is nothing to choose from."""
    if one.nullable and random.random() < 0.2:
        return None
    if one.sort in ("text", "longtext"):
        texts = [text for text in (*_TEXTS, f"w{random.randrange(1000)}") if one.limit is None or len(text) <= one.limit]
        return random.choice(texts)
    if one.sort == "email" and random.random() < 0.7:
        return f"w{random.randrange(1000)}@b.cn"
    if one.sort == "integer" and random.random() < 0.4:
        return random.randrange(1000) if one.limit is None else random.randrange(-1000, one.limit)
    if one.sort in _POOLS:
        return random.choice([each for each in _POOLS[one.sort] if one.limit is None or isinstance(each, str) or each <= one.limit])
    if one.sort == "decimal":
        return f"{random.choice((0, 1, -7, 12345)) + random.choice((0, 0, 0.5, 0.25)):.{one.scale}f}"
    return _made_of_others(random, one, ids)


def _made_of_others(random: random.Random, one: Plain, ids: Ids) -> Any:
    if one.sort == "choice":
        return random.choice(one.options)
    if one.sort == "choices":
        return random.sample(one.options, random.randrange(min(3, len(one.options)) + 1))
    if one.sort == "list":
        return [random.choice(_TEXTS) for _ in range(random.randrange(3))]
    if one.sort in ("reference", "references"):
        there = list(ids.get(one.target, ()))
        if one.sort == "references":
            return random.sample(there, random.randrange(min(3, len(there)) + 1))
        return random.choice(there) if there else EMPTY
    if one.sort == "object":
        return some(random, one.members, ids)
    return [some(random, one.members, ids) for _ in range(random.randrange(4))]


def some(random: random.Random, fields: Mapping[str, Plain], ids: Ids, share: float = 0.7) -> dict[str, Any]:
    """Values of some of the fields."""
    chosen = {name: one for name, one in fields.items() if not one.formula and random.random() < share}
    drawn = {name: value(random, one, ids) for name, one in chosen.items()}
    return {name: each for name, each in drawn.items() if each is not EMPTY}
