"""Finding the header: which lines of a table name its columns, one line or two joined ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kartotek.sheets.cells import BLANK, Cell, is_blank, shown
from kartotek.sheets.grid import Area, Row

LOOKED_AT = 50  # rows in which a header is looked for
JOINED = " / "
Finds = Callable[[str], str]  # the path that a header names, or ""
_SHARE = 0.6
_LONGEST = 300  # more of a cell is no header


@dataclass(frozen=True, slots=True)
class Header:
    """`rows` are its row numbers, none where the table has no header; `texts` the columns' headers, "" for none.

    `score` counts the fields it names; a header with a score of 0 is a guess.
    """

    rows: tuple[int, ...]
    texts: tuple[str, ...]
    score: int


def find_header(rows: Sequence[Row], merged: Sequence[Area], finds: Finds, *, lines: int | None) -> Header:
    """The header among the first rows of a table: the lines that name most fields, the first of equals."""
    width = max((len(cells) for _, cells in rows), default=0)
    if lines == 0:
        return Header((), (BLANK,) * width, 0)
    spans = (lines,) if lines else (1, 2)
    found = [_read(rows[at : at + span], merged, finds) for span in spans for at in range(len(rows) - span + 1)]
    best = max(found, key=lambda one: (one.score, -len(one.rows), -one.rows[0]), default=None)
    if best is None or best.score == 0:
        return _guess(rows, merged, finds, lines or 1)
    return _with_lower_line(best, rows, merged, finds) if lines is None else best


def _with_lower_line(best: Header, rows: Sequence[Row], merged: Sequence[Area], finds: Finds) -> Header:
    """A header whose cells are merged with the line below has two lines, even if the second names no field."""
    row = best.rows[0]
    if len(best.rows) > 1 or not any(one.top == row - 1 and one.bottom == row for one in merged):
        return best
    at = next(index for index, (number, _) in enumerate(rows) if number == row)
    taller = _read(rows[at : at + 2], merged, finds)
    return taller if taller.score >= best.score else best


def _read(lines: Sequence[Row], merged: Sequence[Area], finds: Finds) -> Header:
    texts = [_spread(number, cells, merged, is_last=number == lines[-1][0]) for number, cells in lines]
    width = max(len(one) for one in texts)
    padded = [one + [BLANK] * (width - len(one)) for one in texts]
    if len(padded) > 1 and not _fit_together(padded):
        return Header(tuple(number for number, _ in lines), (), -1)
    joined = tuple(_joined(column) for column in zip(*padded, strict=True))
    paths = {path for text in joined if text for path in (named(text, finds),) if path}
    return Header(tuple(number for number, _ in lines), joined, len(paths))


def _fit_together(lines: Sequence[Sequence[str]]) -> bool:
    """Lines of one header: each has names, the lower ones none that stand above already, and no title above them."""
    filled = [[text for text in line if text] for line in lines]
    return all(filled) and len(set(filled[0])) > 1 and filled[0] != filled[-1]


def _spread(number: int, cells: Sequence[Cell], merged: Sequence[Area], *, is_last: bool) -> list[str]:
    """The texts of one line; what is merged over several columns stands in each, except in the last line."""
    texts = [" ".join(shown(one)[:_LONGEST].split()) if not is_blank(one) else BLANK for one in cells]
    if is_last:
        return texts
    for area in merged:
        if area.top <= number - 1 <= area.bottom and area.right > area.left and area.left < len(texts):
            texts += [BLANK] * (area.right + 1 - len(texts))
            texts[area.left : area.right + 1] = [texts[area.left]] * (area.right - area.left + 1)
    return texts if merged else _carried(texts)


def _carried(texts: list[str]) -> list[str]:
    """Without knowledge of merged cells, a group's name is taken to reach up to the next one."""
    carried = list(texts)
    for index in range(1, len(carried)):
        carried[index] = carried[index] or carried[index - 1]
    return carried


def _joined(column: Sequence[str]) -> str:
    parts = [one for index, one in enumerate(column) if one and one not in column[:index]]
    return JOINED.join(parts) if column[-1] or len(column) == 1 else (parts[0] if parts else BLANK)


def named(text: str, finds: Finds) -> str:
    """The path that a header names: the whole of it, else its lowest line."""
    parts = text.split(JOINED)
    return finds(text) or (finds(parts[-1]) if len(parts) > 1 else "")


def _guess(rows: Sequence[Row], merged: Sequence[Area], finds: Finds, lines: int) -> Header:
    """The first line whose cells look like names: nearly as many as the table is wide, all different texts."""
    widest = max((_filled(cells) for _, cells in rows), default=0)
    for at, (_, cells) in enumerate(rows):
        texts = [one for one in cells if not is_blank(one)]
        if len(texts) >= max(1, widest * _SHARE) and all(isinstance(one, str) for one in texts):
            if len(set(texts)) == len(texts):
                return _scored_zero(_read(rows[at : at + lines], merged, finds))
    return Header((), (BLANK,) * max((len(cells) for _, cells in rows), default=0), 0)


def _scored_zero(header: Header) -> Header:
    return Header(header.rows, header.texts, 0)


def _filled(cells: Sequence[Cell]) -> int:
    return sum(not is_blank(one) for one in cells)
