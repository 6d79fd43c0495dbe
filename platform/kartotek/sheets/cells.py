"""Cells as readers give them, and the two ways to look at one: as text to keep, and plainly, to be understood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NoReturn

from kartotek.kinds.calendar import write_duration
from kartotek.kinds.kind import refuse

BLANK = ""
_VOUCHED = 10**15  # from here on a spreadsheet has dropped digits
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_UNSEEN = frozenset(
    "\u00ad\u061c\u180e\u2060\u2061\u2062\u2063\u2064\ufeff\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
)
_JOINERS = "\u200c\u200d"  # they join letters and emoji, so within a text they mean something
_KEPT_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BLANKS = re.compile(r"\s+")
_QUOTES = "'\u2018\u2019`\u00b4"
_ROUNDED = re.compile(r"[+-]?\d(?:\.(\d+))?[eE]\+?(\d{1,3})")
_AS_SHOWN = re.compile(r"-?\d\.(\d{1,10})E\+(\d{2})")  # how a spreadsheet shows a number that is too wide


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that has no value that could be used; `code` and `error` say why."""

    code: str
    error: str = ""

    def refuse(self) -> NoReturn:
        """Raises Refused."""
        refuse(self.code, error=self.error)


Cell = str | int | float | date | datetime | time | timedelta | Broken


def is_blank(cell: Cell) -> bool:
    """Whether nothing can be seen in the cell."""
    if not isinstance(cell, str):
        return False
    return not cell or ((cell[0].isspace() or cell[0] in _UNSEEN) and not _INVISIBLE.sub("", cell).strip())


def plain(text: str) -> str:
    """The text to be understood: plain width, single blanks, nothing invisible, no apostrophes around it."""
    if not text.isascii():
        text = _INVISIBLE.sub("", _narrow(text))
    return _BLANKS.sub(" ", text.strip().strip(_QUOTES).strip())


# What could make kept_text, undefuse or check_shown_digits change or refuse a text; all others go as they are.
_SUSPECT = re.compile(
    "^[\\s'\u200c\u200d]|[\\s\u200c\u200d]$|[\u00a0\r\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]|E\\+"
)


def _narrow(text: str) -> str:
    """Full-width and other forms made plain, but not ² and ½: five squared is not fifty-two."""
    if any(unicodedata.category(one) == "No" for one in text):
        return "".join(one if unicodedata.category(one) == "No" else unicodedata.normalize("NFKC", one) for one in text)
    return unicodedata.normalize("NFKC", text)


def is_fair(text: str) -> bool:
    """Whether a text can be kept as it stands."""
    return _SUSPECT.search(text) is None


def kept_text(text: str, said: list[str]) -> str:
    """The text to be kept: as it stands, but for its ends and for what nobody can see."""
    if "\u00a0" in text or "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
        said.append("plain_blanks")
    if not text.isascii() and _KEPT_INVISIBLE.search(text):
        text = _KEPT_INVISIBLE.sub("", text)
        said.append("invisible")
    bare = text.strip().strip(_JOINERS).strip()
    if bare != text:
        said.append("trimmed")
    return bare


def text_of(cell: Cell, said: list[str]) -> str:
    """The text of a cell whose field takes text. Raises Refused where a spreadsheet has dropped digits."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Broken):
        cell.refuse()
    if isinstance(cell, int | float):
        said.append("number_as_text")
        return number_text(cell)
    said.append("date_as_text")
    return iso_text(cell)


def number_text(number: float) -> str:
    """A number as somebody typed it, who meant a text. Raises Refused where digits are lost."""
    if abs(number) >= _VOUCHED:
        refuse("digits_lost")
    return str(int(number)) if number == int(number) else repr(number)


def check_digits(text: str) -> None:
    """Raises Refused for a rounded number such as 1.38E+10, which a spreadsheet made of a longer one."""
    found = _ROUNDED.fullmatch(text)
    if found and len(found[1] or "") < int(found[2]):
        refuse("digits_lost")


def check_shown_digits(text: str) -> None:
    """Like check_digits, for texts, where 1E5 may well be a code."""
    found = _AS_SHOWN.fullmatch(text)
    if found and len(found[1]) < int(found[2]):
        refuse("digits_lost")


def iso_text(cell: date | time | timedelta) -> str:
    """A date, time or duration in ISO form."""
    if isinstance(cell, timedelta):
        return write_duration(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, date) else cell.isoformat("seconds")


def shown(cell: Cell) -> str:
    """The cell as a person reads it, for samples and problems."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Broken):
        return cell.error
    if isinstance(cell, int | float):
        return str(int(cell)) if cell == cell and abs(cell) < _VOUCHED and cell == int(cell) else repr(cell)
    return iso_text(cell)


def letter_of(index: int) -> str:
    """The letters of a column counted from 0: A, B, …, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def key_of(text: str) -> str:
    """What two headers or titles have in common that differ in case, width, blanks and punctuation only."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if unicodedata.category(one)[0] not in "PSZC")
