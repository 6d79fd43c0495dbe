"""Recorder: takes the place of a connection where statements are to be read and not run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import Dialect


class Recorder(Connection):
    """Knows no rows; `statements` are those that would write, in their order."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(None, dialect, ())
        self.statements: list[str] = []

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return []

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        self.statements.append(sql)
        return 0

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self.statements.append(sql)

    def control(self, sql: str) -> None:
        pass
