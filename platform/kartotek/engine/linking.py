"""Linking: personal links made by effects, and taken back."""

from __future__ import annotations

from kartotek.engine.open_writing import Writing
from kartotek.model.record import Record
from kartotek.model.workflow import LinkEffect


def link(writing: Writing, record: Record, effect: LinkEffect) -> None:
    """Makes the link; one of the same name that the record had before ends."""
