"""Dialect: all in which SQLite and PostgreSQL differ, behind one interface."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

import orjson

from kartotek.kinds.kind import ColumnSpec, Convert
from kartotek.kinds.sealed import SealedText


class Dialect(ABC):
    """Stateless. `statement` and `translate` are for Connection; the rest is for those who write SQL."""

    name: ClassVar[str]
    errors: ClassVar[tuple[type[Exception], ...]]  # the driver's, which `translate` is asked about
    identity: ClassVar[str]  # the definition of an id column that never gives an id twice
    wire_type: ClassVar[str]  # the type of a column that gives JSON back as it was written, members in their order
    for_update: ClassVar[str] = ""  # the suffix that locks the rows a SELECT finds
    for_share: ClassVar[str] = ""  # the suffix that keeps them from being changed, by others who share it too
    for_key_share: ClassVar[str] = ""  # the suffix that keeps them from being replaced, though not from small changes
    for_update_checked: ClassVar[str] = ""  # the suffix that locks `t` and shares `p`
    skip_locked: ClassVar[str] = ""  # the suffix that takes rows which nobody else is taking
    adds_foreign_keys_later: ClassVar[bool] = False  # whether a foreign key is a statement of its own
    waits_for_locks: ClassVar[bool] = False  # whether writers wait for rows and tables, not for the whole database
    renames_indexes: ClassVar[bool] = False  # whether an index can have another name without being made anew
    drops_defaults: ClassVar[bool] = False
    knows_precision: ClassVar[bool] = False  # whether a column is narrower than the values of its type
    asks_with_begin: ClassVar[bool] = False  # whether one round trip takes several statements
    nulls_descend_first: ClassVar[bool] = False  # whether an index read backwards gives NULLs before the rest
    indexes_query: ClassVar[str]  # gives the names of its indexes
    tables_query: ClassVar[str]  # gives the names of all tables
    columns_query: ClassVar[str]  # gives the names of the columns of the table in its parameter

    @abstractmethod
    def column_type(self, spec: ColumnSpec) -> str:
        """The type in a column definition."""

    @abstractmethod
    def encoder(self, spec: ColumnSpec) -> Convert | None:
        """Abstract column value → driver value, never given None."""

    @abstractmethod
    def decode(self, spec: ColumnSpec) -> Convert | None:
        """Driver value → abstract column value, never given None."""

    def decoder(self, spec: ColumnSpec) -> Convert:
        """Like `decode`, with a function that changes nothing where nothing needs converting."""
        return self.decode(spec) or _same

    def encode(self, spec: ColumnSpec, value: Any) -> Any:
        """One abstract column value as the driver takes it; None stays None."""
        convert = self.encoder(spec)
        return value if convert is None or value is None else convert(value)

    @abstractmethod
    def statement(self, sql: str) -> str:
        """SQL with `?` placeholders as the driver takes it."""

    @abstractmethod
    def among(self, expression: str) -> str:
        """A condition that holds where an integer expression is one of the ids of its single parameter `ids(…)`."""

    @abstractmethod
    def ids(self, values: Iterable[int]) -> Any:
        """The parameter of `among`."""

    @abstractmethod
    def typed(self, spec: ColumnSpec) -> str:
        """A placeholder whose type is said, for where a database cannot tell it from the context."""

    @abstractmethod
    def key(self, value: Any) -> Any:
        """A driver value of a sort key as something JSON can carry and the database takes back."""

    @abstractmethod
    def next_ids(self, conn: Any, table: str, count: int) -> list[int]:
        """Ids for so many new rows of a table, taken for good on the Connection given."""

    @abstractmethod
    def translate(self, error: Exception) -> Exception | None:
        """The Fault that a driver's error means, or None where it is no fault but a defect."""

    def literal(self, value: Any) -> str:
        """A driver value as SQL text, for definitions (DEFAULT, partial indexes), which take no parameters."""
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(value).upper()
        if isinstance(value, date):
            value = value.isoformat()
        if isinstance(value, str):
            return "'" + value.replace("'", "''") + "'"
        if isinstance(value, list):
            return f"ARRAY[{', '.join(map(self.literal, value))}]"
        return str(value)


def quote(name: str) -> str:
    """A name as an SQL identifier, alike on both databases."""
    return '"' + name.replace('"', '""') + '"'


def sealed_text(value: Any) -> str:
    """What was encrypted, and nothing else: a plain value in its place is a defect, and is not written."""
    if not isinstance(value, SealedText):
        raise TypeError("A value that is to be encrypted was about to be written as it is.")
    return str(value)


def json_text(wire: Any) -> str:
    """JSON text of a wire value; integers beyond 64 bit are kept whole."""
    try:
        return orjson.dumps(wire).decode()
    except TypeError:
        return json.dumps(wire, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _same(value: Any) -> Any:
    return value
