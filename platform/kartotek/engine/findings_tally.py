"""Tally: how many records a step concerns, and which are shown of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from kartotek.model.plan import Finding, Sample
from kartotek.model.problem import Problem
from kartotek.storage.stored import Stored

SHOWN = 20
_LONGEST = 200
Sort = Literal["failing", "altered", "concerned", "returning"]
Shown = tuple[int, str, Problem | None]  # a record's id, what it holds, why that does not go


@dataclass(slots=True)
class Tally:
    """Counts of one step, and of each sort the first records; `type` is, by its old name, whose records these are.

    `shown` are the first of each sort.
    """

    type: str
    broken: str = ""
    concerned: int = 0
    failing: int = 0
    altered: int = 0
    returning: int = 0
    shown: dict[Sort, list[Shown]] = field(default_factory=dict)
    elsewhere: tuple[tuple[str, str, int], ...] = ()  # (type, field, id) of records of other types that are in the way

    def note(self, sort: Sort, id: int, say: Callable[[], tuple[str, Problem | None]] | None = None) -> None:
        """Counts one record of the sort; `say` gives (value, problem) if it is to be shown.

        One that fails or is altered has to be counted among those concerned too.
        """
        if sort == "concerned":
            self.concerned += 1
        elif sort == "failing":
            self.failing += 1
        elif sort == "returning":
            self.returning += 1
            return
        else:
            self.altered += 1
        kept = self.shown.get(sort)
        if kept is None or len(kept) < SHOWN:
            self.show(sort, id, *(say() if say is not None else ()))

    def show(self, sort: Sort, id: int, value: str = "", problem: Problem | None = None) -> None:
        """Keeps a record to be shown, while there is room."""
        kept = self.shown.setdefault(sort, [])
        if len(kept) < SHOWN:
            kept.append((id, value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…", problem))

    @property
    def samples(self) -> list[Shown]:
        """Those of the worst sort that there are."""
        sorts: tuple[Sort, ...] = ("failing", "altered", "concerned")
        return next((self.shown[sort] for sort in sorts if self.shown.get(sort)), [])

    def finding(self, titles: Mapping[int, str]) -> Finding:
        """The finding, with the titles of the records shown."""
        sample = tuple(
            Sample(id, titles.get(id, str(id)), value, why.message if why is not None else "", self.type, why)
            for id, value, why in self.samples
        )
        return Finding(
            self.concerned, self.failing, self.altered, sample, self.broken if self.failing else "", returning=self.returning
        )


class Judge(Protocol):
    """Looks at every record of a type, page by page. `reads` are the old fields it must know of a record."""

    @property
    def tally(self) -> Tally: ...

    @property
    def reads(self) -> frozenset[str]: ...

    def look(self, records: list[Stored]) -> None:
        """Judges one page."""

    def end(self) -> None:
        """Judges what only all records together tell."""
