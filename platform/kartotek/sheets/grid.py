"""Grid: one table of cells, which can be walked as often as needed; Book: the grids of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kartotek.sheets.cells import Cell

Row = tuple[int, list[Cell]]  # the row's number as a spreadsheet shows it, from 1, and its cells from column A


@dataclass(frozen=True, slots=True)
class Area:
    """Merged cells; rows and columns count from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """`rows` starts anew at each call. In a `loose` grid rows have lengths of their own, as in CSV."""

    name: str
    rows: Callable[[], Iterator[Row]]
    merged: tuple[Area, ...] = ()
    loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet that can be opened; a hidden one is only read where it is asked for by name."""

    name: str
    open: Callable[[], Grid]
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A file with its sheets. `days_from` is 1900 or 1904, the year from which the file counts days."""

    format: str
    sheets: tuple[Sheet, ...]
    encoding: str = ""
    delimiter: str = ""
    days_from: int = 1900
    notes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
