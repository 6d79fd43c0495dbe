"""Related: how formulas reach other records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kartotek.model.record import Record


class Related(Protocol):
    """Records must carry their live computed values; whether a record is deleted is judged by whoever asks."""

    def one(self, record_type: str, id: int, /) -> Record | None:
        """The record, deleted or not; None where there is none."""

    def many(self, record_type: str, relation: str, id: int, /) -> Sequence[Record]:
        """The records of the inverse list `relation` of one record of the type."""


class Unrelated:
    """Knows no other record: for formulas that walk nowhere."""

    def one(self, record_type: str, id: int, /) -> Record | None:
        """Nothing."""
        return None

    def many(self, record_type: str, relation: str, id: int, /) -> Sequence[Record]:
        """Nothing."""
        return ()


UNRELATED = Unrelated()
