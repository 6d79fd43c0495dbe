"""Versions: catalogs that were applied, as an owner looks at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kartotek.model.frozen import empty


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogVersion:
    """`by` is the name of who applied it. `steps` are wire, as they were told then; `documents` are absent in lists.

    `ids` are the stable numbers: {"next": …, "types": {name: {"id", "fields": {path: number}, "states": {name: number}}}}.
    """

    version: int
    hash: str
    at: datetime
    by: str
    reason: str
    steps: Sequence[Mapping[str, Any]] = ()
    ids: Mapping[str, Any] = field(default_factory=empty)
    documents: Mapping[str, str] = field(default_factory=empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningChange:
    """A change that somebody asked for: how far it is, and how it ended. `version` is what came of it, None until then.

    `status` is accepted, preparing, applied, failed or given_up; `error` is {"code", "message", "problems"} of one that
    failed. `id` is 0 where there was nothing to do. `backup` is where the records stand as they were before it, "" where
    nothing had to be confirmed.
    """

    id: int
    plan: str
    base: int
    at: datetime
    changed_at: datetime
    status: str = "applied"
    step: str = ""
    done: int = 0
    total: int = 0
    reason: str = ""
    by: str = ""
    version: int | None = None
    backup: str = ""
    error: Mapping[str, Any] = field(default_factory=empty)

    @property
    def is_open(self) -> bool:
        """Whether there is still something to be done."""
        return self.status in ("accepted", "preparing")
