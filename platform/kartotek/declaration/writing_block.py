"""Splices in YAML's block style, where indentation says what belongs together."""

from __future__ import annotations

from typing import Any

from kartotek.declaration.writing_nodes import Entry, New, Node, Splice, Text
from kartotek.declaration.writing_words import Hand, aligned, among_inline


def block_value(text: Text, hand: Hand, entry: Entry, value: Any) -> list[Splice]:
    """Another value in an entry. A comment on the line of its key or dash stays there."""
    node = entry.value
    inline = bool(node.entries) and node.shape == "flow" and "\n" not in text.text[node.start:node.end]
    style = node.style if node.shape == "scalar" else ""
    if entry.key_start < 0:
        first, *rest = hand.compact(value, among_inline=inline) if not style else hand.block(value, style)
        if not first:
            first, *rest = hand.items(value)
        is_beside = not node.is_empty and text.line_start(node.start) == text.line_start(entry.start)
        pad = text.pad(node.start) if is_beside else text.pad(entry.start) + "  "
    else:
        first, *rest = hand.block(value, style, among_inline=inline)
        pad = text.pad(entry.start)
    more = "".join(text.newline + (pad + line if line else "") for line in rest)
    return _put(text, entry, first, more)


def _put(text: Text, entry: Entry, first: str, more: str) -> list[Splice]:
    """`first` goes behind the sign, `more` to the end of that line; a value over several lines goes from there on."""
    node = entry.value
    sign = entry.colon + 1 if entry.colon >= 0 else entry.start + 1
    if node.shape == "block" and text.line_start(node.start) != text.line_start(sign):
        # What becomes empty keeps the comments before what was in it, as whatever is removed does.
        end = text.line_end(sign) if first not in ("{}", "[]") else text.end_before(node.entries[0].start)
        return [(sign, sign, " " + first if first else ""), (end, text.line_end(entry.end), more)]
    if node.is_empty:
        end = text.line_end(sign)
        return [(sign, sign, " " + first if first else ""), (end, end, more)]
    start = node.start if first else len(text.text[:node.start].rstrip())
    end = text.line_end(node.end)
    return [(start, node.end, first), (end, end, more)] if more else [(start, node.end, first)]


def block_insert(text: Text, hand: Hand, node: Node, new: New) -> list[Splice]:
    """A new entry in a container that is not empty."""
    inline = among_inline(node, text.text)
    key, value = new.key, new.value
    lines = hand.dashed(value, among_inline=inline) if key is None else hand.pair(key, value, among_inline=inline)
    if key is not None:
        lines[0] = aligned(lines[0], f"{hand.key(key)}:", node, text.text)
    pad = text.pad(node.entries[0].start)
    apart = text.newline if _are_apart(text, node) else ""
    if new.position:
        at = text.line_end(node.entries[new.position - 1].end)
        return [(at, at, "".join(apart * (not number) + text.newline + _padded(pad, line) for number, line in enumerate(lines)))]
    first = node.entries[0]
    if not text.begins_line(first.start):  # behind a dash
        return [(first.start, first.start, (text.newline + pad).join([*lines, ""]))]
    at = text.head(first.start) if pad else text.line_start(first.start)
    return [(at, at, "".join(_padded(pad, line) + text.newline for line in lines) + apart)]


def block_remove(text: Text, node: Node, position: int) -> list[Splice]:
    """Without the entry at `position`; there are others. The comment on its line goes with it, those above stay."""
    entry = node.entries[position]
    end = text.line_end(entry.end)
    if not text.begins_line(entry.start):  # the first behind a dash: the next takes its place
        following = node.entries[1].start
        bare = not text.text[end:text.line_start(following)].strip()
        return [(entry.start, following if bare else end, "")]
    start, behind = text.line_start(entry.start), text.next_line(end)
    if behind == end:  # the last line, without a line break
        return [(len(text.text[:start].rstrip("\r\n")), end, "")]
    return [(start, _without_second_gap(text, start, behind), "")]


def _without_second_gap(text: Text, start: int, behind: int) -> int:
    """Past the empty lines that follow, where there is one before."""
    if not start or text.text[text.line_start(start - 1):start].strip():
        return behind
    while behind < len(text.text) and not text.text[behind:text.line_end(behind)].strip():
        behind = text.next_line(behind)
    return behind


def _are_apart(text: Text, node: Node) -> bool:
    """Whether an empty line stands between any two entries."""
    pairs = list(zip(node.entries, node.entries[1:], strict=False))
    return bool(pairs) and all(
        any(not line.strip() for line in text.text[text.line_end(one.end):text.line_start(other.start)].split("\n")[1:-1])
        for one, other in pairs
    )


def _padded(pad: str, line: str) -> str:
    return pad + line if line else ""
