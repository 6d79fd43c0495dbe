"""The hash of a plan: a name for all that was looked at, so that nothing else is applied than what somebody has read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from kartotek.engine.change import CatalogChange
from kartotek.model.plan import PlannedStep
from kartotek.model.plan_wire import answers_wire

_LENGTH = 12


def hash_of(change: CatalogChange, planned: Sequence[PlannedStep]) -> str:
    """Another base, other files, other answers, another verdict or another number of records that fail make another hash.

    Counts of what needs no confirming are left out: people go on working while somebody reads the plan.
    """
    parts = {
        "base": change.current.catalog.version, "wanted": change.wanted.hash, "answers": answers_wire(change.answers),
        "steps": [_step(one) for one in planned],
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_LENGTH]


def _step(one: PlannedStep) -> list[Any]:
    found = one.finding if one.confirm else None
    counts = [found.failing, found.altered] if found is not None else []
    return [one.type, one.action, list(one.path), list(one.former), one.verdict, counts]
