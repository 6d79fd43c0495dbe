"""Widths of texts in a picture, estimated so that no common font is wider, and texts broken into lines that fit."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

# Shares of the font's size. They are those of a wide font: where a narrower one is used, boxes are a little too large.
_NARROW, _SLIM, _COMMON, _BROAD, _WIDEST, _FULL = 0.33, 0.43, 0.64, 0.74, 0.99, 1.04
_WIDTHS = {
    **dict.fromkeys("iljI|!.,:;'`", _NARROW), **dict.fromkeys("ftr()[]{}/\\- \"", _SLIM),
    **dict.fromkeys("mwMW@%", _WIDEST), "…": _FULL,
}


def width(text: str, size: float) -> float:
    """How wide the text is at most, in the unit of the size."""
    return size * sum(_share(one) for one in text)


def wrapped(text: str, size: float, limit: float, lines: int) -> tuple[str, ...]:
    """The text in at most so many lines no wider than the limit; what does not fit ends in "…"."""
    found: list[str] = []
    line = ""
    for piece in _pieces(text, size, limit):
        if line and width((line + piece).rstrip(), size) > limit:
            found.append(line.strip())
            line = piece.lstrip()
        else:
            line += piece
    found.append(line.strip())
    if len(found) <= lines:
        return tuple(found)
    return (*found[: lines - 1], shortened(" ".join(found[lines - 1 :]), size, limit))


def shortened(text: str, size: float, limit: float) -> str:
    """The text, cut and ended with "…" where it is wider than the limit."""
    if width(text, size) <= limit:
        return text
    while text and width(text + "…", size) > limit:
        text = text[:-1]
    return text.rstrip() + "…"


def _share(one: str) -> float:
    found = _WIDTHS.get(one)
    if found is not None:
        return found
    if unicodedata.combining(one):
        return 0.0
    if unicodedata.east_asian_width(one) in "WF":
        return _FULL
    if ord(one) > 0x2E80:
        return _FULL * 1.2
    return _BROAD if one.isupper() else _COMMON


def _pieces(text: str, size: float, limit: float) -> Iterator[str]:
    """What a line may be broken before: words, wide characters, and parts of words that are wider than a line."""
    piece = ""
    for one in text:
        wide = unicodedata.east_asian_width(one) in "WF" and not unicodedata.category(one).startswith("P")
        if piece and (one == " " or wide or width(piece + one, size) > limit):
            yield piece
            piece = ""
        piece += one
        if one == " ":
            yield piece
            piece = ""
    if piece:
        yield piece
