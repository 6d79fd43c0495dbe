"""Stored: a record as the database has it, in abstract column values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kartotek.model.frozen import empty


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One row of a sub-table; `id` is None while it is new. The order of rows is that of the tuple they stand in."""

    id: int | None = None
    columns: Mapping[str, Any] = field(default_factory=empty)
    rest: Mapping[str, Any] = field(default_factory=empty)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """`columns` is {column name: abstract value}, without a key where the column is NULL; `rest` {field name: wire}.

    `rows` is {field name: rows}, `links` {field name: ids} in order; one that is not there was not asked for, or empty.
    """

    id: int = 0
    version: int = 1
    state: str | None = None
    created_at: datetime | None = None
    created_by: int | None = None
    updated_at: datetime | None = None
    updated_by: int | None = None
    deleted_at: datetime | None = None
    deleted_group: str | None = None
    columns: Mapping[str, Any] = field(default_factory=empty)
    rest: Mapping[str, Any] = field(default_factory=empty)
    rows: Mapping[str, tuple[StoredRow, ...]] = field(default_factory=empty)
    links: Mapping[str, tuple[int, ...]] = field(default_factory=empty)
