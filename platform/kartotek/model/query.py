"""Query and Page: what is asked of a list, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from kartotek.model.frozen import empty

Operator = Literal[
    "eq", "ne", "lt", "lte", "gt", "gte", "between", "in", "notIn", "all", "contains", "startsWith", "relative", "anniversary", "empty",
]
DEFAULT_LIMIT = 50
MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Condition:
    """A shorthand filter `field[operator]=text`; `path` may walk references and lists: ("person", "name")."""

    path: tuple[str, ...]
    operator: Operator
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`sort` is field names, "-" before one that descends; `expand` dotted paths; `filter` the source of a formula over `record`.

    `broken` are names of rules that are younger than some records, of which those are wanted that break one; "*" is any.
    """

    filter: str = ""
    conditions: tuple[Condition, ...] = ()
    broken: tuple[str, ...] = ()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQuery:
    """Which free times are asked for, between `start` and `end` and the nearest to `near`, else from the start on.

    `keys` is {key field: texts of the values it may have}, where () leaves the key out; `filters` {key field: a formula over
    the records it refers to, called `record`}; `given` {another field: the text of its value}. The times of the record `own`
    count as free.
    """

    start: datetime
    end: datetime
    duration: timedelta
    near: datetime | None = None
    step: timedelta | None = None
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=empty)
    filters: Mapping[str, str] = field(default_factory=empty)
    given: Mapping[str, str] = field(default_factory=empty)
    own: int | None = None
    limit: int = 5
