"""Demand: what somebody looks for a free time for, and where; and a Slot, which is one that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kartotek.model.process import Occupancy
from kartotek.model.record import Record, Row
from kartotek.rules.open_hours import Span
from kartotek.storage.occupancy import OccupancyRow

Keys = Mapping[str, Any]  # {key field: its value}
LATEST = datetime(9990, 1, 1, tzinfo=UTC)  # what is looked at around a time must still be in the calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """`occupancies` count whatever their conditions say. `keys` is {key field: values it may have, best first}.

    `record` has the other fields, and `row` is the one row it has of a sub-table whose rows occupy; `given` are the names of
    what was asked for in them, `old` is the record as stored. Times of the stored record `own` count as free, those
    `beside` as taken.
    """

    occupancies: tuple[Occupancy, ...]
    keys: Mapping[str, Sequence[Any]]
    record: Record
    row: Row = field(default_factory=lambda: Row({}))
    given: frozenset[str] = frozenset()
    old: Record | None = None
    own: tuple[str, int] | None = None
    beside: tuple[OccupancyRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where times are looked for; with `days` the duration is so many whole days, and the step is one."""

    within: Span
    duration: timedelta
    near: datetime
    step: timedelta = timedelta(minutes=15)
    days: int = 0
    limit: int = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time, and who would be taken; `start` and `end` are what their fields would hold."""

    at: datetime
    start: Any
    end: Any
    keys: Keys
