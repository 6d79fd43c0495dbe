"""Values → text, as lines without their indentation: JSON, YAML in brackets, YAML in blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kartotek.declaration.writing_nodes import Node
from kartotek.declaration.yaml_text import core_value

_PLAIN = re.compile(r"[^\W\d][\w ./()+%…，。、：；（）-]*")
_TAKEN = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false", "null"})  # what other readers of YAML turn into something else
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NOT_IN_BLOCKS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_INLINE = 100
_INLINE_AMONG_INLINE = 240
_INLINE_IN_BLOCK = 80


@dataclass(frozen=True, slots=True)
class Hand:
    """How a file is written: its language, one level of indentation, and whether lists are indented under their keys.

    `spreads` says that the containers of this file each take several lines, `fits` how long one on a single line may be.
    """

    is_json: bool
    unit: str = "  "
    dash_unit: str = "  "
    spreads: bool = False

    def key(self, name: str) -> str:
        """A key as it is written."""
        if self.is_json or not _is_plain(name):
            return quoted(name, for_yaml=not self.is_json)
        return name

    def scalar(self, value: Any, style: str = "") -> str:
        """A text, number, boolean or null on one line; `style` is the quote that stood there before."""
        if not isinstance(value, str):
            return json.dumps(value, allow_nan=False)
        if style == "'" and not self.is_json and not _NOT_IN_BLOCKS.search(value) and "\n" not in value:
            return "'" + value.replace("'", "''") + "'"
        if self.is_json or style == '"' or not _is_plain(value):
            return quoted(value, for_yaml=not self.is_json)
        return value

    def inline(self, value: Any, style: str = "") -> str:
        """Any value on one line."""
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.key(key)}: {self.inline(one)}" for key, one in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.inline(one) for one in value) + "]"
        return self.scalar(value, style)

    def bracketed(self, value: Any, style: str = "", *, among_inline: bool = False) -> list[str]:
        """The lines of a value in a container with brackets."""
        whole = self.inline(value, style)
        if not value or not isinstance(value, dict | list) or self._fits(value, whole, among_inline):
            return [whole]
        parts = [
            _after(f"{self.key(key)}: ", self.bracketed(one)) for key, one in value.items()
        ] if isinstance(value, dict) else [self.bracketed(one) for one in value]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        parts = [[*lines[:-1], lines[-1] + ("," if number < len(parts) else "")] for number, lines in enumerate(parts, 1)]
        return [opening, *(self.unit + line for lines in parts for line in lines), closing]

    def _fits(self, value: Any, whole: str, among_inline: bool) -> bool:
        if among_inline:
            return len(whole) <= _INLINE_AMONG_INLINE
        return not self.spreads and len(whole) <= _INLINE

    def block(self, value: Any, style: str = "", *, among_inline: bool = False) -> list[str]:
        """The lines of a value in YAML's block style; the first stands behind the key or the dash.

        A first line that is empty says that a mapping or list begins on the next, already indented.
        """
        if isinstance(value, str):
            return _block_text(value, style, self.unit) or [self.scalar(value, style)]
        if not value or not isinstance(value, dict | list) or self._is_short(value, among_inline):
            return [self.inline(value, style)]
        unit = self.unit if isinstance(value, dict) else self.dash_unit
        return ["", *(unit + line for line in self.items(value))]

    def items(self, value: Any) -> list[str]:
        """The lines of a mapping or list in block style, without any indentation of its own."""
        if isinstance(value, dict):
            return [line for key, one in value.items() for line in self.pair(key, one)]
        return [line for one in value for line in self.dashed(one)]

    def pair(self, key: str, value: Any, *, among_inline: bool = False) -> list[str]:
        """The lines of one key with its value."""
        first, *rest = self.block(value, among_inline=among_inline)
        return [f"{self.key(key)}: {first}" if first else f"{self.key(key)}:", *rest]

    def dashed(self, value: Any, *, among_inline: bool = False) -> list[str]:
        """The lines of one element of a list."""
        first, *rest = self.compact(value, among_inline=among_inline)
        return [f"- {first}", *("  " + line for line in rest)]

    def compact(self, value: Any, *, among_inline: bool = False) -> list[str]:
        """The lines of a value that begins on the line of its dash; indented as the first is."""
        lines = self.block(value, among_inline=among_inline)
        if not lines[0]:
            return self.items(value)
        if len(lines) > 1:  # a text in a block: its lines need be no deeper than the dash
            return [lines[0], *lines[1:]]
        return lines

    def _is_short(self, value: Any, among_inline: bool) -> bool:
        inner = value.values() if isinstance(value, dict) else value
        if any(isinstance(one, str) and "\n" in one for one in inner):
            return False
        if among_inline:
            return len(self.inline(value)) <= _INLINE_AMONG_INLINE
        return not any(isinstance(one, dict | list) and one for one in inner) and len(self.inline(value)) <= _INLINE_IN_BLOCK


def quoted(text: str, *, for_yaml: bool) -> str:
    """In double quotes."""
    found = json.dumps(text, ensure_ascii=False)
    if not for_yaml:
        return found
    return _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", found)


def hand_of(is_json: bool, root: Node, text: str) -> Hand:
    """How this file is written, as far as it shows."""
    nodes = [one for one in root.walk() if one.entries]
    units = [unit for one in nodes for unit in _units(one, text) if unit]
    dashes = [
        _column(entry.value.start, text) - _column(entry.start, text)
        for one in nodes if one.is_mapping and one.shape == "block"
        for entry in one.entries if entry.value.shape == "block" and not entry.value.is_mapping
    ]
    spread = [one for one in nodes if one is not root and "\n" in text[one.start:one.entries[0].end]]
    inner = [one for one in nodes if one is not root]
    unit = units[0] if units else "  "
    return Hand(is_json, unit, " " * dashes[0] if dashes else unit, bool(spread) and len(spread) == len(inner))


def among_inline(node: Node, text: str) -> bool:
    """Whether what stands in this container is mostly on single lines, containers alone counted."""
    inner = [one.value for one in node.entries if one.value.entries]
    return bool(inner) and 2 * sum("\n" not in text[one.start:one.end] for one in inner) > len(inner)


def aligned(line: str, sign: str, node: Node, text: str) -> str:
    """The first line of a new entry, its value below those of the others where these stand below each other."""
    known = [one for one in node.entries if "\n" not in text[one.start:one.value.start + 1] and not one.value.is_empty]
    widths = {one.value.start - one.start for one in known}
    keys = {one.key_end - one.key_start for one in known}
    if len(known) < len(node.entries) or len(widths) != 1 or len(keys) < 2 or not line.startswith(f"{sign} "):
        return line
    return f"{sign} ".ljust(widths.pop()) + line.removeprefix(f"{sign} ")


def _units(node: Node, text: str) -> Sequence[str]:
    """By how much the keys of this container, where they begin lines, are indented against those inside."""
    mine = _indent(node.entries[0].start, text)
    inner = [one.value for one in node.entries if one.value.entries and one.value.is_mapping]
    theirs = [_indent(one.entries[0].start, text) for one in inner]
    return [deeper.removeprefix(mine) for deeper in theirs if mine is not None and deeper is not None and deeper.startswith(mine)]


def _indent(index: int, text: str) -> str | None:
    before = text[text.rfind("\n", 0, index) + 1:index]
    return None if before.strip() else before


def _column(index: int, text: str) -> int:
    return index - text.rfind("\n", 0, index) - 1


def _is_plain(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or text.endswith(" ") or text.lower() in _TAKEN:
        return False
    return isinstance(core_value(text), str)


def _block_text(text: str, style: str, unit: str) -> list[str]:
    """The lines of a text as YAML's block; none where it cannot be one, or is better a text on one line."""
    lines = text.removesuffix("\n").split("\n")
    if _NOT_IN_BLOCKS.search(text) or any(one != one.rstrip() or one.startswith("\t") for one in lines):
        return []
    if not lines[0] or not lines[-1] or lines[0].startswith(" "):
        return []
    end = "" if text.endswith("\n") else "-"
    if len(lines) > 1:
        return [f"|{end}", *(unit + line if line else "" for line in lines)]
    return [f"{style}{end}", unit + lines[0]] if style in ("|", ">") else []


def _after(sign: str, lines: list[str]) -> list[str]:
    return [sign + lines[0], *lines[1:]]
