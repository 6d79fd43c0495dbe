"""Warnings: what a saved record is told to be wrong with, although it was taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash

from kartotek.model.catalog import RecordType
from kartotek.web.sentences import told_wire

CATEGORY = "warning"


def tell_warnings(record_type: RecordType, envelope: Mapping[str, Any]) -> None:
    """Shows on the next page which rules that only warn do not hold; what a record has long broken its own page tells."""
    for one in envelope.get("warnings", ()):
        if one["code"] == "warning":
            flash(told_wire(one, record_type), CATEGORY)
