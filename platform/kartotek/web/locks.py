"""Locks: why a record cannot be changed now, whoever may change its like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.problem import Problem


def locks(visitor: Actor, record_type: RecordType, record: Mapping[str, Any]) -> list[Problem]:
    """Every reason; none means that the form may be shown. The engine decides again when it is sent."""
    if record_type.append_only:
        return [Problem("", "append_only", "Records of this type cannot be changed.")]
    return []
