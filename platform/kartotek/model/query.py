"""Query and Page: what is asked of a list, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Operator = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in", "contains", "startsWith", "empty"]
DEFAULT_LIMIT = 50
MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Condition:
    """A shorthand filter `field[operator]=text`; `path` may walk references: ("person", "name")."""

    path: tuple[str, ...]
    operator: Operator
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`sort` is field names, "-" before one that descends; `expand` dotted paths; `filter` the source of a formula over `record`."""

    filter: str = ""
    conditions: tuple[Condition, ...] = ()
    search: str = ""
    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None
    expand: tuple[str, ...] = ()
    limit: int = DEFAULT_LIMIT
    cursor: str = ""
    count: bool = False
    trash: bool = False
    titles: bool = False  # also give the titles of referenced records, under "titles" of each envelope


@dataclass(frozen=True, slots=True)
class Page:
    """`items` are wire envelopes in order; `next` the cursor of what follows; `count` only where it was asked for."""

    items: Sequence[dict[str, Any]]
    next: str | None = None
    count: int | None = None
