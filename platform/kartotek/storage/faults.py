"""Faults: what a database may answer instead of obeying; the engine turns them into errors for people."""

from __future__ import annotations

from typing import Literal

ViolationKind = Literal["unique", "reference", "required", "size"]  # size: too long for an index


class Fault(Exception):
    """The root of all faults of storage."""


class Collision(Fault):
    """Another transaction stood in the way (deadlock, timeout, lost connection): run the whole again."""


class Lost(Collision):
    """The connection to the server is gone, and with it most likely all others."""


class StaleCatalog(Fault):
    """Another catalog than the one the statement was made for has been applied."""


class Overflow(Fault):
    """An aggregate is larger than its column; `column` says which."""

    def __init__(self, column: str) -> None:
        super().__init__(f"The aggregate for {column} is out of range.")
        self.column = column


class Violation(Fault):
    """A constraint of the database refused a row.

    `fields` are the declared fields of a unique rule or the reference, () where the database does not tell.
    `index` and `columns` are what the driver told.
    """

    def __init__(
        self, kind: ViolationKind, *, table: str = "", columns: tuple[str, ...] = (), index: str = "",
        fields: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{kind} violated in {table or '?'}: {', '.join(fields or columns) or index or '?'}")
        self.kind: ViolationKind = kind
        self.table = table
        self.columns = columns
        self.index = index
        self.fields = fields

    def about(self, fields: tuple[str, ...]) -> Violation:
        """The same violation with the declared names of the fields."""
        return Violation(self.kind, table=self.table, columns=self.columns, index=self.index, fields=fields)
