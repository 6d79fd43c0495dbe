"""Locks: why a record cannot be changed now, whoever may change its like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.problem import Problem
from kartotek.web.current import engine

_FOR_GOOD = frozenset({"append_only", "frozen"})


def locks(visitor: Actor, record_type: RecordType, record: Mapping[str, Any]) -> list[Problem]:
    """Every reason; none means that the form may be shown. The engine decides again when it is sent."""
    if not (record_type.append_only or record_type.frozen_when or record_type.workflow):
        return []
    found = engine().processes.locks(visitor, record_type.name, record["id"])
    return [Problem(one["path"], one["code"], one["message"], one["params"]) for one in found]


def keeps(found: Sequence[Problem]) -> bool:
    """Whether the record cannot be deleted either."""
    return any(one.code in _FOR_GOOD for one in found)
