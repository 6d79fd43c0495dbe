"""Equality of JSON values: 1 equals 1.0, true equals neither, the order of keys says nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any


def canonical(wire: Any) -> Hashable:
    """A hashable stand-in: two JSON values are equal exactly if theirs are."""
    if isinstance(wire, dict):
        return ("object", frozenset((key, canonical(value)) for key, value in wire.items()))
    if isinstance(wire, list | tuple):
        return ("array", tuple(canonical(value) for value in wire))
    return (isinstance(wire, bool), wire)


def are_unique(items: Iterable[Any]) -> bool:
    """Whether no two are equal, in one pass."""
    seen: set[Hashable] = set()
    for item in items:
        key = canonical(item)
        if key in seen:
            return False
        seen.add(key)
    return True
