"""Read-only mappings: `empty` is the default factory of a mapping in a frozen declaration."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

EMPTY: Mapping[str, Any] = MappingProxyType({})


def empty() -> Mapping[str, Any]:
    """The one empty read-only mapping."""
    return EMPTY
