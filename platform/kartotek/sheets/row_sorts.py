"""Telling records from the other rows of a table: blank ones, the header once more, totals, notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kartotek.sheets.cells import BLANK, Cell, is_blank, plain, shown

_TOTAL = re.compile(
    r"(?:合计|总计|小计|共计|总和|总共|本页合计|本页小计|累计|(?:grand |sub-?)?totals?|sum|sums|summe|gesamt|total général|gesamtsumme|zwischensumme)"
    r"(?: ?[(（].*[)）])?[ :：.]*",
    re.IGNORECASE,
)
_TOTAL_STARTS = frozenset("合总小共本累tsgzｔｓｇｚ")
_NOTE = re.compile(
    r"(?:[*※#†]|(?:备注|注意|注|说明|提示|制表人?|制表日期|填表人?|审核人?|打印时间|打印日期|导出时间|数据来源|来源"
    r"|notes?|remarks?|source|printed|exported|created|generated|as of|legend|hinweis|stand)\s*(?:on|by)?\s*[:：])",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"[-+¥￥$€£()\s\d.,%万亿元]*")
_LONGEST_TOTAL = 40
_LONG_NOTE = 30
_LOOKED_AT = 500


@dataclass(slots=True)
class Sorter:
    """Says of each row why it is no record, "" if it is one. It remembers that a blank row came before.

    `keys` are the columns whose values make a row a record whatever else it holds; `mapped` those that go to a field.
    """

    header: Sequence[Sequence[str]]
    titles: frozenset[str]
    headings: frozenset[int]
    keys: frozenset[int]
    mapped: frozenset[int]
    after_blank: bool = False

    def sort(self, number: int, cells: Sequence[Cell]) -> str:
        """blank, repeated_header, total, note, section, or ""."""
        first = next((index for index, cell in enumerate(cells) if cell != BLANK), -1)
        if first < 0 or (is_blank(cells[first]) and all(is_blank(one) for one in cells)):
            self.after_blank = True
            return "blank"
        reason = self._reason(number, cells, first)
        if not reason:
            self.after_blank = False
        return reason

    def _reason(self, number: int, cells: Sequence[Cell], first: int) -> str:
        cell = cells[first]
        if not isinstance(cell, str):
            return ""
        if self._is_header(cells, first):
            return "repeated_header"
        if (
            len(cell) <= _LONGEST_TOTAL
            and _begins_like_total(cell)
            and _TOTAL.fullmatch(plain(cell))
            and self._has_figures_only(cells, first)
        ):
            return "total"
        if cells.count(BLANK) < len(cells) - 1:
            return ""
        return self._alone(number, cell, first)

    def _is_header(self, cells: Sequence[Cell], first: int) -> bool:
        for line in self.header:
            if first < len(line) and line[first] == cells[first]:
                texts = [one for one in cells]
                if (
                    all(text == cell for text, cell in zip(line, texts, strict=False))
                    and sum(1 for one in line if one) > 1
                ):
                    return True
        return False

    def _has_figures_only(self, cells: Sequence[Cell], first: int) -> bool:
        for index, cell in enumerate(cells):
            if index == first or is_blank(cell):
                continue
            if index in self.keys or (isinstance(cell, str) and not _FIGURE.fullmatch(cell)):
                return False
        return True

    def _alone(self, number: int, cell: str, first: int) -> str:
        """A row of one text: a title repeated, a heading across the table, a note, or a record of one value."""
        text = plain(cell[:_LOOKED_AT])
        if text in self.titles:
            return "title"
        if number in self.headings:
            return "section"
        if _NOTE.match(text) or first not in self.mapped:
            return "note"
        return "note" if self.after_blank and (len(text) > _LONG_NOTE or text.endswith((".", "。", ":", "："))) else ""


def _begins_like_total(cell: str) -> bool:
    """What most rows fail at once, before anything is made plain."""
    return cell.lstrip()[:1].casefold() in _TOTAL_STARTS


def text_of_row(cells: Sequence[Cell]) -> str:
    """The row's cells as one line, for naming a row that was skipped."""
    return " | ".join(" ".join(shown(one)[:200].split()) for one in cells if not is_blank(one))[:200]
