"""Merged cells among the data: one value for several rows, and headings across the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kartotek.sheets.cells import BLANK, Cell, is_blank
from kartotek.sheets.grid import Area, Row

_MOST = 200_000


@dataclass(slots=True)
class Merging:
    """`once` are the columns whose values identify a record: there a merged value stays with its first row."""

    areas: Sequence[Area]
    once: frozenset[int] = frozenset()
    filled: dict[int, int] = field(default_factory=dict)

    def walk(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows, with the value of cells merged downwards in each row that holds something else as well."""
        below: dict[int, list[tuple[int, int]]] = {}
        for area in self._downward():
            for row in range(area.top + 1, area.bottom + 1):
                below.setdefault(row, []).append((area.left, area.top))
        if not below:
            yield from rows
            return
        tops = {(area.top, area.left) for area in self._downward()}
        by_row: dict[int, list[int]] = {}
        for row, column in tops:
            by_row.setdefault(row, []).append(column)
        values: dict[tuple[int, int], Cell] = {}
        for number, cells in rows:
            values |= {
                (number - 1, column): cells[column] for column in by_row.get(number - 1, ()) if column < len(cells)
            }
            yield number, self._filled(cells, below.get(number - 1, ()), values)

    def _downward(self) -> list[Area]:
        found = [
            one for one in self.areas if one.left == one.right and one.bottom > one.top and one.left not in self.once
        ]
        size = 0
        kept = []
        for one in found:
            size += one.bottom - one.top
            if size > _MOST:
                break
            kept.append(one)
        return kept

    def _filled(
        self, cells: list[Cell], gaps: Sequence[tuple[int, int]], values: dict[tuple[int, int], Cell]
    ) -> list[Cell]:
        if not gaps or all(is_blank(one) for one in cells):
            return cells
        for column, top in gaps:
            value = values.get((top, column), BLANK)
            if column < len(cells) and is_blank(cells[column]) and not is_blank(value):
                cells[column] = value
                self.filled[column] = self.filled.get(column, 0) + 1
        return cells


def headings(areas: Sequence[Area], width: int) -> frozenset[int]:
    """The numbers of rows in which one cell is merged over most of the table."""
    return frozenset(
        one.top + 1 for one in areas if one.top == one.bottom and one.right - one.left + 1 > max(1, width // 2)
    )
