"""Reading workbooks (XLSX, XLSB, XLS, ODS) through calamine, with what it leaves out put in again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import python_calamine as calamine

from kartotek.sheets.cells import BLANK, Broken, Cell
from kartotek.sheets.grid import Area, Book, Grid, Row, Sheet
from kartotek.sheets.limits import Limits, refuse_file
from kartotek.sheets.workbook_parts import BrokenCells, Parts, look_through

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVE = b"PK\x03\x04"
_COUNTS_FROM = b"\x22\x00\x02\x00"  # the record's number and length. Source: [MS-XLS] 2.4.77, Date1904
_NONE: BrokenCells = {}
_WORDS: Mapping[bool, str] = {True: "TRUE", False: "FALSE"}


def is_workbook(head: bytes) -> bool:
    """Whether a file that begins so is an archive or an old workbook, and not text."""
    return head.startswith((_OLD, _ARCHIVE))


def open_workbook(path: Path, head: bytes, limits: Limits) -> Book:
    """The workbook's sheets. Raises Invalid for what is damaged, locked with a password, or too large."""
    parts = Parts("XLS", _days_from(path), {}, True) if head.startswith(_OLD) else look_through(path, limits)
    try:
        workbook = calamine.CalamineWorkbook.from_path(path)
        listed = list(workbook.sheets_metadata)
    except calamine.PasswordError as exc:
        raise refuse_file("unreadable_file", reason="it is locked with a password") from exc
    except (calamine.CalamineError, OSError, ValueError) as exc:
        raise refuse_file("unreadable_file", reason=f"it is damaged ({str(exc)[:120]})") from exc
    sheets = tuple(
        _sheet(workbook, index, one, broken=parts.broken.get(index, _NONE), limits=limits)
        for index, one in enumerate(listed)
        if one.typ == calamine.SheetTypeEnum.WorkSheet
    )
    if not sheets:
        raise refuse_file("unreadable_file", reason="it has no sheet with cells")
    notes: tuple[tuple[str, Mapping[str, Any]], ...] = (("errors_look_blank", {}),) if parts.hidden_errors else ()
    return Book(format=parts.format, sheets=sheets, days_from=parts.days_from, notes=notes)


def _days_from(path: Path) -> int:
    """1904 where an old workbook says so; its record of the date system stands among the first of the workbook."""
    content = path.read_bytes()
    return 1904 if _COUNTS_FROM + b"\1\0" in content and _COUNTS_FROM + b"\0\0" not in content else 1900


def _sheet(workbook: Any, index: int, described: Any, *, broken: BrokenCells, limits: Limits) -> Sheet:
    return Sheet(
        name=described.name,
        hidden=described.visible != calamine.SheetVisibleEnum.Visible,
        open=lambda: _grid(workbook, index, broken, limits),
    )


def _grid(workbook: Any, index: int, broken: BrokenCells, limits: Limits) -> Grid:
    try:
        sheet = workbook.get_sheet_by_index(index)
    except (calamine.CalamineError, OSError, ValueError) as exc:
        raise refuse_file("unreadable_file", reason=f"a sheet is damaged ({str(exc)[:120]})") from exc
    first = sheet.start[1] if sheet.start else 0
    height, width = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
    if height > limits.rows or width > limits.columns or height * width > limits.cells:
        reason = f"it has more than {limits.rows} rows, {limits.columns} columns or {limits.cells} cells"
        raise refuse_file("too_large_file", reason=reason)
    merged = tuple(Area(*start, *end) for start, end in sheet.merged_cell_ranges or ())
    by_row: dict[int, list[tuple[int, Broken]]] = {}
    for (row, column), one in broken.items():
        by_row.setdefault(row, []).append((column, one))
    return Grid(name=sheet.name, rows=lambda: _rows(sheet, first, by_row), merged=merged)


def _rows(sheet: Any, first: int, broken: Mapping[int, list[tuple[int, Broken]]]) -> Iterator[Row]:
    before: list[Cell] = [BLANK] * first
    for index, cells in enumerate(sheet.iter_rows()):
        row = before + [_WORDS[one] if one is True or one is False else one for one in cells]
        for column, one in broken.get(index, ()):
            row += [BLANK] * (column + 1 - len(row))
            row[column] = one
        yield index + 1, row
