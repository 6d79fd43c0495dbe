"""Splices in containers with brackets: those of JSON, and of YAML where they have them."""

from __future__ import annotations

from typing import Any

from kartotek.declaration.writing_nodes import Entry, New, Node, Splice, Text
from kartotek.declaration.writing_words import Hand, aligned, among_inline


def flow_value(text: Text, hand: Hand, entry: Entry, value: Any) -> list[Splice]:
    """Another value in an entry."""
    node = entry.value
    siblings_inline = "\n" not in text.text[node.start:node.end] and bool(node.entries)
    lines = hand.bracketed(value, node.style, among_inline=siblings_inline)
    written = _joined(text, lines, node.start)
    if not node.is_empty:
        return [(node.start, node.end, written)]
    sign = " " if entry.colon >= 0 else ": "
    return [(entry.after_sign, entry.after_sign, sign + written)]


def flow_insert(text: Text, hand: Hand, node: Node, new: New) -> list[Splice]:
    """A new entry in a container that is not empty."""
    lines = hand.bracketed(new.value, among_inline=among_inline(node, text.text))
    if new.key is not None:
        sign = f"{hand.key(new.key)}:"
        lines = [aligned(f"{sign} {lines[0]}", sign, node, text.text), *lines[1:]]
    near = node.entries[min(new.position, len(node.entries) - 1)]
    own_line = text.begins_line(near.start)
    written = _joined(text, lines, near.start)
    if new.position < len(node.entries):
        return [(near.start, near.start, written + "," + _gap(text, near.start, own_line))]
    comma = text.comma(near.end)
    if not own_line:
        at = comma + 1 if comma >= 0 else near.end
        return [(at, at, (" " if comma >= 0 else ", ") + written + ("," if comma >= 0 else ""))]
    return _appended(text, node, near, (written, comma))


def _appended(text: Text, node: Node, last: Entry, new: tuple[str, int]) -> list[Splice]:
    """Behind the last entry, on a line of its own; the comment on the line of the last one stays there."""
    written, comma = new
    behind = comma + 1 if comma >= 0 else last.end
    line_end = min(text.line_end(behind), node.end - 1)
    at = line_end if not text.text[behind:line_end].strip() or line_end < node.end - 1 else behind
    line = text.newline + text.pad(last.start) + written
    if comma >= 0:
        return [(at, at, line + ",")]
    return [(last.end, last.end, "," + line)] if at == last.end else [(last.end, last.end, ","), (at, at, line)]


def flow_remove(text: Text, node: Node, position: int) -> list[Splice]:
    """Without the entry at `position`; there are others."""
    entry = node.entries[position]
    comma = text.comma(entry.end)
    is_last = position == len(node.entries) - 1
    behind = comma + 1 if comma >= 0 else entry.end
    before = node.entries[position - 1] if position else None
    own_comma = [] if comma >= 0 or before is None else [_without_comma(text, before)]
    if text.begins_line(entry.start) and _ends_line(text, behind):
        start = text.line_start(entry.start)
        while is_last and start and not text.text[text.line_start(start - 1):start].strip():
            start = text.line_start(start - 1)  # an empty line that would stand before the bracket
        return [*own_comma, (start, text.next_line(behind), "")]
    if not is_last:
        following = node.entries[position + 1].start
        return [(entry.start, following if not text.text[behind:following].strip() else behind, "")]
    if before is not None and not text.text[own_comma[0][1] if own_comma else before.end:entry.start].strip():
        return [(before.end, behind if not own_comma else entry.end, "," if comma >= 0 else "")]
    return [*own_comma, (entry.start, behind, "")]


def _without_comma(text: Text, entry: Entry) -> Splice:
    comma = text.comma(entry.end)
    return (comma, comma + 1, "") if comma >= 0 else (entry.end, entry.end, "")


def _ends_line(text: Text, index: int) -> bool:
    """Whether nothing follows on the line but blanks and a comment."""
    end = text.line_end(index)
    rest = text.text[index:end].lstrip()
    return end < len(text.text) and (not rest or (rest.startswith("#") and text.text[index:index + 1].isspace()))


def _gap(text: Text, index: int, own_line: bool) -> str:
    return text.newline + text.pad(index) if own_line else " "


def _joined(text: Text, lines: list[str], index: int) -> str:
    return (text.newline + text.indent(index)).join(lines)
