"""Writing the prepared rows: one JSON line each, columns converted batch by batch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO

import orjson

from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, problem
from kartotek.sheets.addresses import Spot
from kartotek.sheets.cells import Cell, letter_of, shown
from kartotek.sheets.column_reader import ColumnReader
from kartotek.sheets.converting import Context
from kartotek.sheets.kinds_of_cells import LINKED
from kartotek.sheets.limits import Limits
from kartotek.sheets.mapping import Mapped
from kartotek.sheets.table import Numbered, Passed, Table

_BATCH = 1000
_LONGEST_SHOWN = 200
_ROW = b"#row#"
_Wrong = list[tuple[Spot, Cell, Problem]]


class Writer:
    """Converts all rows of a table and counts the good and the bad."""

    def __init__(
        self, table: Table, mapped: Sequence[Mapped], contexts: Mapping[int, Context], limits: Limits,
        *, older: frozenset[str] = frozenset(),
    ) -> None:
        self._table = table
        self._mapped = [one for one in mapped if one.index in contexts]
        self.readers = {
            one.index: ColumnReader(one.spot, contexts[one.index], limits.cell, judges=one.spot.field.name not in older)
            for one in self._mapped if one.spot
        }
        self._letters = {one.spot.path: one.column for one in self._mapped if one.spot}
        self._plain = [
            (one.index, one.spot.path)
            for one in self._mapped
            if one.spot and not one.spot.member and one.spot.kind not in LINKED
        ]
        self._linked = [
            (one.index, one.spot.path)
            for one in self._mapped
            if one.spot and not one.spot.member and one.spot.kind in LINKED
        ]
        self._members = [(one.index, one.spot) for one in self._mapped if one.spot and one.spot.member]
        self._cells = self._cells_of(mapped)
        self._raw_width = table.width
        self.passed = Passed()
        self.good = self.bad = 0

    def _cells_of(self, mapped: Sequence[Mapped]) -> bytes:
        """The `cells` of every row, with a mark where its number goes."""
        letters: dict[str, str] = {}
        for one in mapped:
            if one.spot:
                letters |= {one.spot.path: one.column.letter} | (
                    {} if one.spot.field.name in letters else {one.spot.field.name: one.column.letter}
                )
        return orjson.dumps({path: f"{letter}{_ROW.decode()}" for path, letter in letters.items()})

    def write(self, stream: BinaryIO) -> None:
        """Writes a line for each row that holds a record."""
        rows = self._table.walk(self.passed)
        while batch := list(islice(rows, _BATCH)):
            stream.writelines(self._lines(batch))

    def _lines(self, batch: Sequence[Numbered]) -> list[bytes]:
        wrong: dict[int, _Wrong] = {}
        by_column = list(zip(*(cells for _, cells in batch), strict=False))  # what is beyond the header is surplus
        columns = {index: reader.read(by_column[index], wrong) for index, reader in self.readers.items()}
        plain = [(path, columns[index]) for index, path in self._plain]
        linked = [(path, columns[index]) for index, path in self._linked]
        lines = []
        for place, (number, cells) in enumerate(batch):
            surplus = self._table.surplus(cells)
            if surplus or place in wrong:
                lines.append(self._bad(number, cells, wrong.get(place, []), surplus))
                continue
            fields = {path: value for path, values in plain if (value := values[place]) is not MISSING}
            if self._members:
                self._fill_members(fields, columns, place)
            links = {path: value for path, values in linked if (value := values[place]) is not MISSING}
            lines.append(self._good(number, cells, fields, links))
        return lines

    def _fill_members(self, fields: dict[str, Any], columns: Mapping[int, list[Any]], place: int) -> None:
        for index, spot in self._members:
            value = columns[index][place]
            if value is not MISSING and spot.member is not None:
                fields.setdefault(spot.field.name, {})[spot.member.name] = value

    def _good(self, number: int, cells: Sequence[Cell], fields: dict[str, Any], links: dict[str, Any]) -> bytes:
        self.good += 1
        line = {
            "row": number,
            "sheet": self._table.grid.name,
            "fields": fields,
            "links": links,
            "raw": cells[: self._raw_width],
        }
        return _json_line(line, self._cells.replace(_ROW, b"%d" % number))

    def _bad(self, number: int, cells: Sequence[Cell], wrong: _Wrong, surplus: Sequence[int]) -> bytes:
        self.bad += 1
        problems = [self._told(number, *one) for one in wrong]
        if surplus:
            named = ", ".join(f"{letter_of(index)}{number}" for index in surplus)
            told = problem("", "too_many_cells", cells=named)
            problems.append({"cell": f"{letter_of(surplus[0])}{number}", "column": "", "field": "", "value": shown(cells[surplus[0]])[:_LONGEST_SHOWN],
                             "code": told.code, "message": told.message, "params": dict(told.params)})  # fmt: skip
        line = {
            "row": number,
            "sheet": self._table.grid.name,
            "problems": problems,
            "raw": cells[: max(self._raw_width, *(index + 1 for index in surplus), 0)],
        }
        return _json_line(line)

    def _told(self, number: int, spot: Spot, cell: Cell, told: Problem) -> dict[str, Any]:
        column = self._letters[spot.path]
        return {
            "cell": f"{column.letter}{number}",
            "column": column.header,
            "field": spot.path,
            "value": shown(cell)[:_LONGEST_SHOWN],
            "code": told.code,
            "message": told.message,
            "params": dict(told.params),
        }


def _json_line(line: dict[str, Any], cells: bytes = b"") -> bytes:
    """The line as JSON; `cells` is JSON already."""
    try:
        more = {"cells": orjson.Fragment(cells)} if cells else {}
        return orjson.dumps(line | more, default=shown, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # a surrogate, or a number over 64 bits, which the standard library writes
        plain = {"cells": json.loads(cells)} if cells else {}
        return json.dumps(line | plain, default=shown).encode() + b"\n"
