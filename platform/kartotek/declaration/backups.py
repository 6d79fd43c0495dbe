"""site.yaml backups → BackupPlan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from kartotek.model.backups import WEEKDAYS, BackupPlan, Keep


def backups_of(declared: Mapping[str, Any]) -> BackupPlan:
    """The plan; what is not declared is as usual."""
    usual, keep = BackupPlan(), declared.get("keep", {})
    to = declared.get("to", usual.to)
    return BackupPlan(
        to=(to,) if isinstance(to, str) else tuple(to),
        every=declared.get("every", usual.every),
        weekday=WEEKDAYS.index(declared["weekday"]) if "weekday" in declared else usual.weekday,
        at=time.fromisoformat(declared["at"]) if "at" in declared else usual.at,
        keep=Keep(**{**{"daily": usual.keep.daily, "weekly": usual.keep.weekly, "monthly": usual.keep.monthly}, **keep}),
    )
