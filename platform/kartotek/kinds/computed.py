"""computed: a field whose value a formula says. It has the kind of its result; which kinds can be one is told here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.kinds.fragments import extension

# A formula has no way of making one of these.
_NOT_MADE = frozenset({"rows", "object", "references", "files", "file", "image", "json", "choices", "autonumber"})


def is_computed(fragment: Mapping[str, Any]) -> bool:
    """Whether a formula says the value."""
    return "compute" in extension(fragment)


def can_be_computed(kind: str) -> bool:
    """Whether a formula can make a value of the kind."""
    return kind not in _NOT_MADE
