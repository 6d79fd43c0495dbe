"""Warnings: what a saved record is told to be wrong with, although it was taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash

from kartotek.model.catalog import RecordType
from kartotek.web.sentences import told_wire

CATEGORY = "warning"


def tell_warnings(record_type: RecordType, envelope: Mapping[str, Any]) -> None:
    """Shows the warnings of an answer on the next page."""
    for one in envelope.get("warnings", ()):
        flash(told_wire(one, record_type), CATEGORY)
