"""Refusal: a time that a record wanted and did not get, with all that is needed to look for another."""

from __future__ import annotations

from dataclasses import dataclass

from kartotek.engine.moment import Moment
from kartotek.model.process import Occupancy
from kartotek.model.record import Record, Row
from kartotek.storage.occupancy import OccupancyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`occupancies` are those that the record, or one `row` of it, would take; those named in `refused` have no room.

    `occupancy` is the first of these. `beside` is what its other rows take; `stored` says whether the record was there before.
    """

    moment: Moment
    record: Record
    occupancy: Occupancy
    occupancies: tuple[Occupancy, ...]
    refused: frozenset[str]
    row: Row | None = None
    beside: tuple[OccupancyRow, ...] = ()
    stored: bool = False
