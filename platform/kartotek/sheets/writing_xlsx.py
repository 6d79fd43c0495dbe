"""Writing XLSX in constant memory: real dates and numbers where they are exact, texts that are never formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from kartotek.errors import TooLarge
from kartotek.sheets.cells import letter_of
from kartotek.sheets.writing import Value, written

_MOST_ROWS, _MOST_COLUMNS, _LONGEST = 1_048_576, 16_384, 32_767
_EXACT_DIGITS = 15
_FIRST_DAY = date(1900, 3, 1)  # before it, spreadsheets count a day that there never was
_FORMATS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss", timedelta: "[h]:mm:ss"}
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_LONGEST_NAME = 31
_NARROW, _WIDE = 10, 40


def write_xlsx(path: Path, title: str, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Writes one sheet with a frozen header. Raises TooLarge, naming the cell, for what the format cannot hold."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    if len(header) > _MOST_COLUMNS:
        raise TooLarge(f"A sheet holds at most {_MOST_COLUMNS} columns.")
    done = False
    book = xlsxwriter.Workbook(path, options)
    try:
        sheet = book.add_worksheet(_sheet_name(title))
        _head(book, sheet, header)
        _body(book, sheet, rows)
        done = True
    finally:
        book.close()
        if not done:
            path.unlink(missing_ok=True)


def _sheet_name(title: str) -> str:
    return title.translate(_FORBIDDEN)[:_LONGEST_NAME].strip("'").strip() or "Sheet1"


def _head(book: Any, sheet: Any, header: Sequence[str]) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    for column, text in enumerate(header):
        _check_length(text, 0, column)
        # Wide characters take the room of two.
        width = sum(2 if ord(one) > 0x2E7F else 1 for one in text) + 4
        sheet.set_column(column, column, min(max(width, _NARROW), _WIDE))
        sheet.write_string(0, column, text, bold)
    sheet.freeze_panes(1, 0)


def _body(book: Any, sheet: Any, rows: Iterable[Sequence[Value]]) -> None:
    writers = _writers(book, sheet)
    for number, row in enumerate(rows, 1):
        if number >= _MOST_ROWS:
            raise TooLarge(f"A sheet holds at most {_MOST_ROWS} rows. Ask for CSV.")
        for column, value in enumerate(row):
            if value is not None:
                writers[type(value)](number, column, value)


def _writers(book: Any, sheet: Any) -> Mapping[type, Callable[[int, int, Any], None]]:
    formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
    plain = book.add_format({"num_format": "@"})

    def text(row: int, column: int, value: str) -> None:
        _check_length(value, row, column)
        if value:
            sheet.write_string(row, column, value, plain)

    def number(row: int, column: int, value: int | float | Decimal) -> None:
        if _is_exact(value):
            sheet.write_number(row, column, value)
        else:
            text(row, column, written(value))

    def moment(row: int, column: int, value: Any) -> None:
        day = value.date() if isinstance(value, datetime) else value
        if (
            getattr(value, "tzinfo", None)
            or (isinstance(day, date) and day < _FIRST_DAY)
            or getattr(value, "microsecond", 0)
            or value == time()
        ):
            text(row, column, written(value))
        else:
            sheet.write_datetime(row, column, value, formats[type(value)])

    return {
        str: text,
        bool: sheet.write_boolean,
        **dict.fromkeys((int, float, Decimal), number),
        **dict.fromkeys(_FORMATS, moment),
        timedelta: lambda row, column, value: text(row, column, written(value)),
    }


def _is_exact(value: int | float | Decimal) -> bool:
    """Whether a spreadsheet, which keeps fifteen digits, gives back the same number."""
    if isinstance(value, float):
        return math.isfinite(value) and float(f"{value:.16G}") == value  # so many digits the library writes
    return len(Decimal(value).as_tuple().digits) <= _EXACT_DIGITS and abs(value) < 10**_EXACT_DIGITS


def _check_length(text: str, row: int, column: int) -> None:
    if len(text) > _LONGEST:
        raise TooLarge(f"Cell {letter_of(column)}{row + 1} has more than {_LONGEST} characters. Ask for CSV.")
