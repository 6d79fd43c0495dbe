"""Table: the rows of a sheet below its header, sorted into records and others, walked as often as needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kartotek.sheets.cells import BLANK, Cell, is_blank, plain, shown
from kartotek.sheets.grid import Grid
from kartotek.sheets.header import Header
from kartotek.sheets.mapping import Mapped
from kartotek.sheets.merging import Merging, headings
from kartotek.sheets.row_sorts import Sorter, text_of_row
from kartotek.sheets.target import Target

_NAMED = 20  # skipped rows that are named, of each sort
Numbered = tuple[int, list[Cell]]


@dataclass(slots=True)
class Passed:
    """What one walk has passed by: how many rows of each sort, the first of them, and how many were short."""

    counts: dict[str, int] = field(default_factory=dict)
    named: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    short: int = 0
    seen: int = 0

    def note(self, reason: str, number: int, cells: Sequence[Cell]) -> None:
        """Counts a row that holds no record."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        rows = self.named.setdefault(reason, [])
        if len(rows) < _NAMED:
            rows.append((number, text_of_row(cells)))


class Table:
    """One sheet with its header and its mapped columns."""

    def __init__(self, grid: Grid, header: Header, mapped: Sequence[Mapped], target: Target) -> None:
        self.grid, self.header = grid, header
        self.width = len(header.texts)
        self.last_header = max(header.rows, default=0)
        self.mapped = frozenset(one.index for one in mapped if one.spot)
        wanted = target.demanded | target.unique
        self.keys = frozenset(one.index for one in mapped if one.spot and one.spot.field.name in wanted)
        self.once = frozenset(one.index for one in mapped if one.spot and one.spot.field.name in target.unique)
        self.merging = Merging([one for one in grid.merged if one.top >= self.last_header], self.once)

    def walk(self, passed: Passed) -> Iterator[Numbered]:
        """The rows that hold records, each at least as wide as the header; the others are noted in `passed`."""
        self.merging.filled.clear()
        lines: list[list[str]] = []
        titles: set[str] = set()
        sorter: Sorter | None = None
        for number, cells in self.merging.walk(self.grid.rows()):
            passed.seen += 1
            if number <= self.last_header:
                self._above(number, cells, lines=lines, titles=titles, passed=passed)
                continue
            if sorter is None:
                sorter = Sorter(
                    lines, frozenset(titles), headings(self.grid.merged, self.width), self.keys, self.mapped
                )
            reason = sorter.sort(number, cells)
            if reason:
                passed.note(reason, number, cells)
                continue
            if len(cells) < self.width:
                passed.short += 1
                cells = cells + [BLANK] * (self.width - len(cells))
            yield number, cells

    def _above(
        self, number: int, cells: list[Cell], *, lines: list[list[str]], titles: set[str], passed: Passed
    ) -> None:
        """A line of the header, or one above it."""
        if number in self.header.rows:
            lines.append([one if isinstance(one, str) else shown(one) for one in cells])
            passed.note("header", number, cells)
        elif all(is_blank(one) for one in cells):
            passed.note("blank", number, cells)
        else:
            titles |= {plain(shown(one)[:500]) for one in cells if not is_blank(one)}
            passed.note("title", number, cells)

    def surplus(self, cells: Sequence[Cell]) -> list[int]:
        """The columns beyond the header that hold something, in a file where that means that cells have shifted."""
        if not self.grid.loose or len(cells) <= self.width:
            return []
        return [index for index in range(self.width, len(cells)) if not is_blank(cells[index])]
