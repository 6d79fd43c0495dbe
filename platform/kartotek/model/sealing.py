"""Sealing: by which numbers the encrypted values of a type are bound to their place, and whose keys they are sealed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sealing:
    """`number` and `fields`, {path: number}, stay through every rename.

    `person` is the number of the type whose records are the people that records of this one are about, 0 for none. `hops`
    lead to one of them: each a column and the table that it points to; none where a record is a person itself.
    """

    number: int
    fields: Mapping[tuple[str, ...], int]
    person: int = 0
    hops: tuple[tuple[str, str], ...] = ()

    def label(self, path: tuple[str, ...]) -> str:
        """What values of a field are bound to, besides their record; "" for one without a number, which is never written."""
        return f"{self.number}.{self.fields[path]}" if path in self.fields else ""
