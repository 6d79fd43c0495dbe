"""Writing: an open transaction, as it is handed from one part of the engine to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kartotek.engine.audit_changes import Doings
from kartotek.engine.moment import Moment
from kartotek.errors import Invalid
from kartotek.model.actor import OWNER
from kartotek.model.frozen import empty
from kartotek.model.problem import Problem, problem
from kartotek.rules.setting import Setting
from kartotek.storage.history import HistoryRow, append_many
from kartotek.storage.sealed_history import sealed

# How often effects may lead to effects, and how many changes one request may bring about in all.
DEEPEST = 8
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Writing:
    """An open transaction of one actor; `history` gathers rows that are appended together at the end.

    `depth` counts the effects within effects that led here, `cause` says what did: "" for a person's own request.
    `meant_at` is when that would have been in time, where it is done by a timer. `warnings` are {(type, id): names} of the
    rules that only warn and do not hold for what the actor himself has written. `note` is what history is to say of all
    that the actor himself writes. `breaches` are {(type, id): {name: problem}} of what written records go on to break.
    `doings` gathers what the audit is told when the transaction ends; where there are none, somebody else tells it.
    """

    moment: Moment
    conn: Any
    setting: Setting
    history: list[HistoryRow] = field(default_factory=list)
    depth: int = 0
    cause: str = ""
    meant_at: datetime | None = None
    warnings: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    note: Mapping[str, Any] = field(default_factory=empty)
    breaches: dict[tuple[str, int], Mapping[str, Problem]] = field(default_factory=dict)
    doings: Doings | None = None

    def for_effects(self, cause: str) -> Writing:
        """The same transaction one effect further, with the site's own rights in the name of whoever is behind it.

        Raises Invalid where effects have led to effects too often: that would be a loop.
        """
        if self.depth >= DEEPEST or len(self.history) > MOST:
            raise Invalid([problem("", "effects_depth", limit=DEEPEST)])
        return replace(self.for_site(), depth=self.depth + 1, cause=cause)

    def for_site(self) -> Writing:
        """The same transaction with the site's own rights in the name of whoever is behind it."""
        actor = self.moment.actor
        if actor.via == "system" and actor.is_owner:
            return self
        moment = replace(self.moment, actor=replace(actor, roles=frozenset({OWNER}), via="system", scope=None, barred=frozenset()))
        return replace(self, moment=moment, setting=moment.setting(self.conn, beside=self.setting.related))

    def finish(self) -> None:
        """Appends the gathered history. Nothing may be written after it."""
        compiled = self.moment.compiled
        append_many(self.conn, sealed(self.conn, lambda name: compiled.type(name).layout, self.history))
        if self.doings is not None:
            for row in self.history:
                self.doings.add(row, self.moment.compiled.type(row.type).type.by_name)
        self.history.clear()
