"""Opening a file by what it is, and choosing the sheet that names most fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kartotek.sheets.cells import is_blank
from kartotek.sheets.grid import Book, Grid, Row, Sheet
from kartotek.sheets.header import LOOKED_AT, Finds, Header, find_header
from kartotek.sheets.limits import Limits, refuse_file
from kartotek.sheets.plan import Options
from kartotek.sheets.text_file import open_text
from kartotek.sheets.workbook_file import is_workbook, open_workbook


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sheet that is read, its header and the first rows of it."""

    grid: Grid
    header: Header
    first: Sequence[Row]


def open_book(path: Path, options: Options, limits: Limits) -> Book:
    """The file as sheets, whatever its name says it is. Raises Invalid for what cannot be read."""
    with path.open("rb") as stream:
        head = stream.read(16)
    if not head:
        raise refuse_file("unreadable_file", reason="it is empty")
    return open_workbook(path, head, limits) if is_workbook(head) else open_text(path, options, limits)


def choose_sheet(book: Book, options: Options, finds: Finds) -> Chosen:
    """The sheet asked for, else the visible one whose header names most fields. Raises Invalid where it is not there."""
    if options.sheet:
        return _looked_at(_named(book, options.sheet), options, finds)
    visible = [one for one in book.sheets if not one.hidden] or list(book.sheets)
    best: Chosen | None = None
    for sheet in visible:
        found = _looked_at(sheet, options, finds)
        if best is None or (found.header.score, bool(found.first)) > (best.header.score, bool(best.first)):
            best = found
    assert best is not None  # a book has a sheet
    return best


def _named(book: Book, name: str) -> Sheet:
    for sheet in book.sheets:
        if sheet.name == name:
            return sheet
    if name.isdecimal() and 1 <= int(name) <= len(book.sheets):
        return book.sheets[int(name) - 1]
    raise refuse_file("no_sheet", name=name, known=", ".join(one.name for one in book.sheets))


def _looked_at(sheet: Sheet, options: Options, finds: Finds) -> Chosen:
    grid = sheet.open()
    first = [row for row in islice(grid.rows(), LOOKED_AT) if not all(is_blank(one) for one in row[1])]
    return Chosen(grid, find_header(first, grid.merged, finds, lines=options.header_rows), first)
