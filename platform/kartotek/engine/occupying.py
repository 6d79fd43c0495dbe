"""Occupying: the times that a record takes, kept free of conflicts within its transaction."""

from __future__ import annotations

from kartotek.engine.open_writing import Writing
from kartotek.model.record import Change, Record


def occupy(writing: Writing, change: Change, after: Record) -> None:
    """Brings the record's occupied times to what they are after the change. Raises Conflict (occupied)."""
