"""Three texts that came of each other: what each side changed of the base, where both did, and what both together come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

Change = Literal["mine", "theirs", "both", "conflict"]
_MOST_LINES = 4000  # comparing takes the square of it at worst


@dataclass(frozen=True, slots=True)
class Hunk:
    """A place that was changed; `line` counts from 1 in the base. both: in the same way, conflict: in two ways."""

    line: int
    change: Change
    base: tuple[str, ...]
    theirs: tuple[str, ...]
    mine: tuple[str, ...]

    def wire(self) -> dict[str, Any]:
        """As JSON; the lines have their line ends."""
        return {
            "line": self.line, "change": self.change, "base": list(self.base), "theirs": list(self.theirs), "mine": list(self.mine),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """`merged` is the text with the changes of both sides; None where they are in each other's way."""

    hunks: tuple[Hunk, ...]
    merged: str | None


def three_way(base: str, theirs: str, mine: str) -> Difference:
    """What became of the base on both sides, line by line."""
    sides = [text.splitlines(keepends=True) for text in (base, theirs, mine)]
    parts = list(_parts(*sides))
    hunks = tuple(part for part in parts if isinstance(part, Hunk))
    if any(one.change == "conflict" for one in hunks):
        return Difference(hunks, None)
    lines = [line for part in parts for line in (_chosen(part) if isinstance(part, Hunk) else part)]
    return Difference(hunks, "".join(lines))


def _chosen(hunk: Hunk) -> Sequence[str]:
    return hunk.theirs if hunk.change == "theirs" else hunk.mine


def _parts(base: list[str], theirs: list[str], mine: list[str]) -> Iterator[Hunk | list[str]]:
    """What nobody changed as lines, what somebody did as hunks, in order."""
    at = (0, 0, 0)
    for start, length, to_theirs, to_mine in _common(base, theirs, mine):
        found = _hunk(at[0], base[at[0]:start], theirs[at[1]:to_theirs], mine[at[2]:to_mine])
        if found is not None:
            yield found
        yield base[start:start + length]
        at = start + length, to_theirs + length, to_mine + length


def _hunk(start: int, base: list[str], theirs: list[str], mine: list[str]) -> Hunk | None:
    if base == theirs == mine:
        return None
    change: Change = "mine" if theirs == base else "theirs" if mine == base else "both" if mine == theirs else "conflict"
    return Hunk(start + 1, change, tuple(base), tuple(theirs), tuple(mine))


def _common(base: list[str], theirs: list[str], mine: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """(in the base, how many lines, in theirs, in mine) of what all three share; at last the ends, with no lines."""
    if max(len(base), len(theirs), len(mine)) <= _MOST_LINES:
        blocks = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
        for start, to_theirs, length in SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks():
            for first, to_mine, count in blocks:
                low, high = max(start, first), min(start + length, first + count)
                if low < high:
                    yield low, high - low, to_theirs + low - start, to_mine + low - first
    yield len(base), 0, len(theirs), len(mine)
