"""Kept: a field or a type that was removed and whose values are still there, for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

# removed: nobody declares it any more. retyped: its values went over to another sort, and stand here as they were.
Reason = Literal["removed", "retyped"]


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """Where values stood, `table` and `column`, and where they stand now; "" as a column means the whole table."""

    table: str
    column: str
    now_table: str
    now_column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`path` is () for a whole type. `declared` says of what sort it was, as `migration.keeping.declared_of` tells.

    `type` and `path` are today's names of where it stood. `stable_id` is its number among the ids of the catalog.

    `was` is its type and path as the catalog before `version` declared it. `mark` is the last row of history before it was
    taken out of service; None once its values have gone back, where it only waits to be dropped.
    """

    id: int
    type: str
    path: tuple[str, ...] = ()
    declared: Mapping[str, Any]
    stable_id: int = 0
    records: int = 0
    since: datetime | None = None
    until: datetime | None = None
    version: int = 0
    reason: Reason = "removed"
    was: tuple[str, ...] = ()
    places: tuple[KeptPlace, ...] = ()
    mark: int | None = None

    @property
    def name(self) -> str:
        """The name by which a person asks for it: "person.phone", "order"."""
        return ".".join((self.type, *self.path))
