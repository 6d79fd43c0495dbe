"""Setting: where a decision is taken: by whom, when, what formulas find under their names, how related records are reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.model.actor import Actor
from kartotek.model.record import Record, Row


@dataclass(frozen=True, slots=True)
class Setting:
    """`env` is {name: value}; `related` reaches records as formula.Related says, and those that may be chosen."""

    actor: Actor
    now: datetime
    env: Mapping[str, Any]
    related: Any

    def about(self, record: Record, old: Record | None) -> Setting:
        """The same setting with `record` and `old` named."""
        return Setting(self.actor, self.now, {**self.env, "record": record, "old": old}, self.related)

    def also(self, **names: Record | Row | None) -> Setting:
        """The same setting with further names: row, item."""
        return Setting(self.actor, self.now, {**self.env, **names}, self.related)
