"""Kept: a field or a type that was removed and whose values are still there, for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`path` is () for a whole type. `declared` says of what sort it was, as `migration.keeping.declared_of` tells.

    `type` and `path` are today's names of where it stood. `stable_id` is its number among the ids of the catalog.
    """

    id: int
    type: str
    path: tuple[str, ...] = ()
    declared: Mapping[str, Any]
    stable_id: int = 0
    records: int = 0
    since: datetime | None = None
    until: datetime | None = None
