"""Bulk rows: what one row of a bulk request asks for, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, NotFound, PreconditionRequired
from kartotek.model.frozen import empty
from kartotek.model.record import Record

# ("created" | "updated" | "unchanged", the record as stored), or why it was refused.
Outcome = tuple[str, Record] | KartotekError
ROW_ERRORS = (NotFound, Forbidden, Conflict, Invalid, PreconditionRequired)


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One row: with `id` an update, else a create, or with a key to match on whichever fits.

    `state` is where a new record is to stand; only background work may say it.
    """

    fields: Mapping[str, Any] = field(default_factory=empty)
    id: int | None = None
    version: int | None = None
    unset: tuple[str, ...] = ()
    confirm: Mapping[str, str] = field(default_factory=empty)
    state: str | None = None
