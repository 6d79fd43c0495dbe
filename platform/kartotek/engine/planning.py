"""Planning: the timers of a record, set, moved and taken back with the change that is their cause."""

from __future__ import annotations

from kartotek.engine.open_writing import Writing
from kartotek.model.record import Change, Record


def plan(writing: Writing, change: Change, after: Record) -> None:
    """Brings the record's timers and clocks to what they are after the change."""
