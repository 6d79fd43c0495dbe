"""Document: one declaration file as read, with the place of every key and value in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kartotek.model.problem import Place

Path = tuple[str | int, ...]

_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|U.{8}|u.{4}|x.{2}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """`values` and `keys` hold the index into `text` at which the value, or the key, of a path begins.

    `lines` are the indexes at which lines begin. A path is the keys and list positions from the root down. Of a document
    woven from several files `text` holds one after the other, `parts` says at which index which file begins, and `joined`
    holds the texts that were put together of two: {path: ((offset in the value, index of its origin), …)}.
    """

    file: str
    text: str
    value: Any = None
    values: Mapping[Path, int] = field(default_factory=dict)
    keys: Mapping[Path, int] = field(default_factory=dict)
    lines: tuple[int, ...] = (0,)
    parts: tuple[tuple[int, str], ...] = ()
    joined: Mapping[Path, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def at(self, index: int) -> Place:
        """The place of a character of the text."""
        line = bisect_right(self.lines, index)
        column = index - self.lines[line - 1] + 1
        if not self.parts:
            return Place(self.file, line, column)
        start, file = self._part(index)
        return Place(file, line - bisect_right(self.lines, start) + 1, column)

    def file_of(self, path: Path) -> str:
        """The file in which the value of the path stands."""
        return self._part(self._value_index(path))[1]

    def value_place(self, path: Path) -> Place:
        """Where the value begins; for a path that is not there, where the nearest thing above it does."""
        return self.at(self._value_index(path))

    def key_place(self, path: Path) -> Place:
        """Where the key begins, or the value of a list's element."""
        return self.at(self.keys[path]) if path in self.keys else self.value_place(path)

    def inside(self, path: Path, offset: int) -> Place:
        """Where a character of a text value stands; in a value folded over lines, where the value begins."""
        origins = self.joined.get(path, ((0, self._value_index(path)),))
        begins, start = next((one for one in reversed(origins) if one[0] <= offset), origins[0])
        return self.at(start + _raw_offset(self.text[start:], max(0, offset - begins)))

    def _part(self, index: int) -> tuple[int, str]:
        return next((one for one in reversed(self.parts) if one[0] <= index), (0, self.file))

    def _value_index(self, path: Path) -> int:
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, 0)


def line_starts(text: str) -> tuple[int, ...]:
    """The index at which each line begins."""
    return (0, *(match.end() for match in re.finditer("\n", text)))


def _raw_offset(raw: str, offset: int) -> int:
    if raw[:1] == '"':
        return _double_quoted(raw, offset)
    if raw[:1] == "'":
        return _single_quoted(raw, offset)
    if raw[:1] in ("|", ">"):
        return _block(raw, offset)
    return offset if "\n" not in raw[:offset] else 0


def _double_quoted(raw: str, offset: int) -> int:
    index = 1
    for _ in range(offset):
        escape = _ESCAPE.match(raw, index)
        index = escape.end() if escape else index + 1
    return index if "\n" not in raw[:index] else 0


def _single_quoted(raw: str, offset: int) -> int:
    index = 1
    for _ in range(offset):
        index += 2 if raw.startswith("''", index) else 1
    return index if "\n" not in raw[:index] else 0


def _block(raw: str, offset: int) -> int:
    """Of a block that keeps its lines the very place; of a folded one where it is on the first line, or its beginning."""
    content = re.search(r"\n\s*(?=\S)", raw)
    if content is None:
        return 0
    indent = content.end() - raw.rfind("\n", 0, content.end()) - 1
    start = raw.index("\n") + 1
    for number, line in enumerate(raw[start:].split("\n")):
        inner = max(0, len(line) - indent)
        if offset <= inner:
            return start + min(len(line), indent) + offset
        if number and raw[0] == ">":
            break
        start, offset = start + len(line) + 1, offset - inner - 1
    return content.end()
