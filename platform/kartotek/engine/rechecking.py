"""Rechecking: which rules of other records look at what a change has changed."""

from __future__ import annotations

from kartotek.engine.open_writing import Writing
from kartotek.model.record import Change, Record


def recheck(writing: Writing, change: Change, after: Record) -> None:
    """Has the records judged again whose rules look at this one."""
