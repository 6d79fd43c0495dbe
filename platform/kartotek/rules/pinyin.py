"""Pinyin: the ways in which Chinese characters are spelled with the letters of a keyboard."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("pinyin.txt")
_FIRST, _LAST = 0x3400, 0x9FFF
_NONE: tuple[str, ...] = ()


def readings(character: str) -> tuple[str, ...]:
    """The syllables of a character, the likeliest first; () for one that is not in the table."""
    code = ord(character)
    if not _FIRST <= code <= _LAST:
        return _NONE
    rows, row_of = _table()
    return rows[row_of[code - _FIRST]]


@cache
def _table() -> tuple[list[tuple[str, ...]], array[int]]:
    """(rows of readings, for each character the number of its row): some hundred kilobytes, which processes share."""
    rows: list[tuple[str, ...]] = [_NONE]
    row_of = array("H", bytes(2 * (_LAST - _FIRST + 1)))
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        syllables, _, characters = line.partition(" ")
        for character in characters:
            row_of[ord(character) - _FIRST] = len(rows)
        rows.append(_typed(syllables.split(",")))
    return rows, row_of


def _typed(syllables: Sequence[str]) -> tuple[str, ...]:
    """The same and, of those with ü, how they are typed where there is no such key: lv and lu."""
    return tuple(dict.fromkeys(one for syllable in syllables for one in (syllable, syllable.replace("v", "u"))))
