"""Nodes: where each value of a file begins and ends, so that one of them can be exchanged and all else stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

# flow: in brackets, as all of JSON is. block: by indentation. pair: a mapping in a list without brackets, `[a: b]`.
Shape = Literal["scalar", "flow", "block", "pair"]
Splice = tuple[int, int, str]  # from, to, what stands there instead
_BLANK = re.compile(r"[ \t]*")


@dataclass(slots=True)
class Node:
    """A value. `end` is the index behind its last character; `style` the quote or block sign of a text, "" without."""

    start: int
    end: int
    shape: Shape
    is_mapping: bool = False
    style: str = ""
    entries: list[Entry] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written: a key without a value."""
        return self.shape == "scalar" and self.start == self.end

    def walk(self) -> Iterator[Node]:
        """This one and all that are in it."""
        yield self
        for one in self.entries:
            yield from one.value.walk()


@dataclass(slots=True)
class Entry:
    """What stands in a container, from its key, or the dash before it, on. `colon` is -1 where none is written."""

    start: int
    value: Node
    key: str = ""
    key_start: int = -1
    key_end: int = -1
    colon: int = -1

    @property
    def end(self) -> int:
        """The index behind the last character of the value, or of what is there without one."""
        if self.value.is_empty:
            return max(self.colon + 1, self.key_end, self.start + 1 if self.key_start < 0 else 0)
        return self.value.end

    @property
    def after_sign(self) -> int:
        """Where a value is written that is not there yet: behind the colon or the dash."""
        return self.end if self.value.is_empty else self.value.start


@dataclass(frozen=True, slots=True)
class New:
    """An entry that is to stand before the one at `position`, or behind the last; `key` is None in a list."""

    position: int
    key: str | None
    value: Any


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text with questions about its lines. `newline` is how its lines end."""

    text: str

    @property
    def newline(self) -> str:
        """As the first line ends."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    def line_start(self, index: int) -> int:
        """Where the line of this character begins."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Where the line of this character ends: at the line break, or at the end of the text."""
        found = self.text.find("\n", index)
        if found < 0:
            return len(self.text)
        return found - 1 if found and self.text[found - 1] == "\r" else found

    def end_before(self, index: int) -> int:
        """Where the line before that of this character ends."""
        return self.line_end(self.line_start(index) - 1)

    def next_line(self, index: int) -> int:
        """Where the line after that of this character begins."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def indent(self, index: int) -> str:
        """The blanks with which the line of this character begins."""
        found = _BLANK.match(self.text, self.line_start(index))
        return found.group() if found else ""

    def pad(self, index: int) -> str:
        """Blanks as wide as what stands before this character on its line; tabs stay tabs."""
        before = self.text[self.line_start(index):index]
        return re.sub(r"[^\t]", " ", before)

    def begins_line(self, index: int) -> bool:
        """Whether only blanks stand before it on its line."""
        return not self.text[self.line_start(index):index].strip()

    def head(self, index: int) -> int:
        """Where the comments begin that stand right above the line of this character, else where that line begins."""
        start = self.line_start(index)
        while start and self.text[self.line_start(start - 1):start].lstrip().startswith("#"):
            start = self.line_start(start - 1)
        return start

    def comma(self, index: int) -> int:
        """The comma that follows, past blanks, line breaks and comments; -1 where something else does."""
        found = re.compile(r"(?:\s|(?<=\s)#[^\n]*)*,").match(self.text, index)
        return found.end() - 1 if found else -1

    def spliced(self, splices: Sequence[Splice]) -> str:
        """The text with parts of it exchanged; none overlaps another. Two at one place follow each other as given."""
        parts: list[str] = []
        done = 0
        for start, end, instead in sorted(splices, key=lambda one: one[:2]):
            parts += [self.text[done:start], instead]
            done = end
        return "".join([*parts, self.text[done:]])
