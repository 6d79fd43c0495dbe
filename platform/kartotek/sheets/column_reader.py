"""Reading one column: every cell converted and judged, equal cells once, rules counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, problem
from kartotek.sheets.addresses import Spot
from kartotek.sheets.cells import Broken, Cell, is_blank
from kartotek.sheets.converting import Context
from kartotek.sheets.kinds_of_cells import LINKED, converter_of

_REMEMBERED = 8192
# Kinds whose converters make nothing but valid wires.
_SURE = LINKED | {"phone", "boolean", "choice", "date", "monthday", "time", "instant", "duration"}
_Outcome = tuple[Any, tuple[str, ...] | None, tuple[Problem, ...] | None]
_NOTHING: _Outcome = (MISSING, None, None)


class ColumnReader:
    """Turns the cells of one column into wires of its field, which it judges unless whoever writes them does."""

    def __init__(self, spot: Spot, context: Context, longest: int, *, judges: bool = True) -> None:
        self.spot = spot
        self.applied: Counter[str] = Counter()
        self._longest = longest
        self._convert = converter_of(spot.leaf, context)
        self._judge = None if spot.kind in _SURE or not judges else kind_of(spot.leaf).parse(spot.leaf)
        self._known: dict[Cell, _Outcome] = {"": _NOTHING}

    def read(self, cells: Sequence[Cell], problems: dict[int, list[tuple[Spot, Cell, Problem]]]) -> list[Any]:
        """The wires of the cells, MISSING where there is none; a cell that is refused is put into `problems` by its place."""
        known, found = self._known, []
        for place, cell in enumerate(cells):
            outcome = known.get(cell) or self._first_time(cell)
            wire, rules, wrong = outcome
            found.append(wire)
            if rules is not None:
                for rule in rules:
                    self.applied[rule] += 1
            if wrong is not None:
                problems.setdefault(place, []).extend((self.spot, cell, one) for one in wrong)
        return found

    def _first_time(self, cell: Cell) -> _Outcome:
        outcome = self._outcome(cell)
        if len(self._known) < _REMEMBERED:
            self._known[cell] = outcome
        return outcome

    def _outcome(self, cell: Cell) -> _Outcome:
        said: list[str] = []
        if isinstance(cell, str) and len(cell) > self._longest:
            return MISSING, None, (problem("", "cell_too_long", limit=self._longest),)
        if is_blank(cell):
            return _NOTHING
        try:
            if isinstance(cell, Broken):
                cell.refuse()
            wire = self._convert(cell, said)
            if wire is not MISSING and self._judge is not None:
                self._judge(wire)
        except Refused as exc:
            return MISSING, None, exc.problems
        return wire, tuple(said) or None, None
