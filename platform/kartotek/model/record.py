"""Record and Change: a record's values at one moment, and the step from one such moment to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from kartotek.model.frozen import empty

ChangeAction = Literal["create", "update", "delete", "restore", "transition", "skipped", "migration"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sub-table; `id` is internal, None while it is new."""

    values: Mapping[str, Any]
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`values` is {field name: Python value}; an absent field has no key, an explicit null is None.

    References are ids, `references` fields tuples of ids, sub-tables tuples of Row, small objects dicts of values.
    """

    type: str
    id: int
    version: int = 1
    state: str | None = None
    created_at: datetime | None = None
    created_by: int | None = None
    updated_at: datetime | None = None
    updated_by: int | None = None
    deleted_at: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def having(self, values: Mapping[str, Any]) -> Record:
        """The same record with other values."""
        # Said out loud, because dataclasses.replace takes three times as long, and every write comes here.
        return Record(
            type=self.type, id=self.id, version=self.version, state=self.state, created_at=self.created_at,
            created_by=self.created_by, updated_at=self.updated_at, updated_by=self.updated_by,
            deleted_at=self.deleted_at, values=values,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be written: the whole record before (None at create) and after, and whose doing it is."""

    action: ChangeAction
    before: Record | None
    after: Record
    by: int
    at: datetime
    changed: frozenset[str] = frozenset()  # names of the fields whose values differ, derived ones included
    transition: str = ""
    comment: str = ""
    note: Mapping[str, Any] = field(default_factory=empty)  # plain JSON: {"confirmed": {rule: reason}, "warnings": […], "cause": …}
