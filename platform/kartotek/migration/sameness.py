"""Sameness: whether two declarations mean the same; of formulas the source counts and not where in it things stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.model.formula import Formula


def same(old: Any, new: Any) -> bool:
    """Whether nothing differs but blanks around formulas and where they stand."""
    return bool(old == new or plain(old) == plain(new))


def plain(value: Any) -> Any:
    """The declaration as values that can be compared."""
    if isinstance(value, Formula):
        return "formula", value.source.strip()
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(inner) for inner in value)
    if hasattr(value, "__dataclass_fields__"):
        return type(value).__name__, {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
