"""Reading CSV and its relatives: the delimiter by evidence, cells as texts, and what is broken marked as such."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from kartotek.sheets.cells import Broken, Cell
from kartotek.sheets.encodings import Encoding, find_encoding
from kartotek.sheets.grid import Book, Grid, Row, Sheet
from kartotek.sheets.limits import Limits, refuse_file
from kartotek.sheets.plan import Options

_DELIMITERS = ",;\t|"
_SNIFFED_ROWS = 60
_SNIFFED_CHARACTERS = 1 << 18
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\r?\n?", re.IGNORECASE)
_MISFIT = re.compile("[\udc80-\udcff\ufffd]")
_LONGEST_FIELD = 1 << 23  # beyond it the reader itself gives up; what is too long for a cell is refused by cell before
_UNNAMED = "CSV"


def open_text(path: Path, options: Options, limits: Limits) -> Book:
    """The file as a book of one grid. Raises Invalid for what is no text."""
    encoding = find_encoding(path, options.encoding)
    delimiter = options.delimiter or _delimiter(path, encoding)
    grid = Grid(name="", rows=lambda: _rows(path, encoding, delimiter, limits), loose=True)
    return Book(
        format=_UNNAMED,
        sheets=(Sheet(name="", open=lambda: grid),),
        encoding=encoding.name,
        delimiter=delimiter,
        notes=((encoding.rule, {"encoding": encoding.name}),),
    )


def _stream(path: Path, encoding: Encoding) -> io.TextIOWrapper:
    return path.open(encoding=encoding.codec, errors=encoding.errors, newline="")


def _delimiter(path: Path, encoding: Encoding) -> str:
    """The sign that takes most rows apart into the same number of cells, more than one."""
    with _stream(path, encoding) as stream:
        start = stream.read(_SNIFFED_CHARACTERS)
    named = _SEPARATOR_LINE.match(start)
    if named:
        return named[1]
    return max(_DELIMITERS, key=lambda one: _evenness(start, one))


def _evenness(start: str, delimiter: str) -> tuple[float, int]:
    csv.field_size_limit(_LONGEST_FIELD)
    rows = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
    widths = Counter(len(row) for row in islice(rows, _SNIFFED_ROWS) if row)
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return 0.0, 0
    usual = max(wide, key=lambda width: (wide[width], width))
    return wide[usual] / widths.total(), usual


class _Lines:
    """The lines of a stream, which knows when it has come to its end."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream, self.ended = stream, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline()
        if line == "":
            self.ended = True
            raise StopIteration
        return line


def _rows(path: Path, encoding: Encoding, delimiter: str, limits: Limits) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_FIELD)
    checked = encoding.errors != "strict"
    with _stream(path, encoding) as stream:
        lines = _Lines(stream)
        reader = csv.reader(lines, delimiter=delimiter)
        number = line = cells = 0
        try:
            for texts in reader:
                number += 1
                cells += len(texts)
                if cells > limits.cells or number > limits.rows or len(texts) > limits.columns:
                    raise _too_many(limits)
                row: list[Cell] = list(texts)
                if checked:
                    row = [Broken("undecodable", encoding.name) if _MISFIT.search(one) else one for one in texts]
                if lines.ended:  # a row ends with its line, unless a quote has swallowed all the others
                    row[-1:] = [Broken("unclosed_quote", str(line + 1))]
                line = reader.line_num
                if number > 1 or not _SEPARATOR_LINE.fullmatch(delimiter.join(texts)):
                    yield number, row
        except csv.Error as exc:
            raise refuse_file("unreadable_file", reason=f"line {reader.line_num}: {exc}") from exc


def _too_many(limits: Limits) -> Exception:
    reason = f"it has more than {limits.rows} rows, {limits.columns} columns or {limits.cells} cells"
    return refuse_file("too_large_file", reason=reason)
