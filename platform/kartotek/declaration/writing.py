"""Edits the text of a declaration file at a path; all else in it stays byte for byte: layout, comments, order, line ends."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from kartotek.declaration.reading import read
from kartotek.declaration.writing_block import block_insert, block_remove, block_value
from kartotek.declaration.writing_flow import flow_insert, flow_remove, flow_value
from kartotek.declaration.writing_nodes import Entry, New, Node, Splice, Text
from kartotek.declaration.writing_trees import tree_of
from kartotek.declaration.writing_values import changed, same, small_steps
from kartotek.declaration.writing_words import Hand, hand_of
from kartotek.errors import DeclarationInvalid
from kartotek.model.edit import Edit, Insert, Move, Put, Remove, Rename, Steps
from kartotek.model.problem import Place, Problem, pointer

_BOM = "\ufeff"


def edited(file: str, text: str, edits: Sequence[Edit]) -> str:
    """The text after the edits, one after the other.

    The result is read again: it means exactly what the edits say, or there is none. A byte order mark stays.
    Raises: DeclarationInvalid where the file cannot be read, a path is not there, or the place cannot be edited.
    """
    mark = _BOM if text.startswith(_BOM) else ""
    text = text.removeprefix(_BOM)
    for edit in edits:
        before = _value(file, text)
        wanted = changed(file, before, edit)
        for step in small_steps(before, edit, wanted):
            text = _written(file, text, step)
        if not same(_value(file, text), wanted):
            raise _not_editable(file, edit.path)
    return mark + text


def value_of(file: str, text: str) -> Any:
    """What the file says, as a copy of one's own. Raises: DeclarationInvalid."""
    return copy.deepcopy(_value(file, text.removeprefix(_BOM)))


def _value(file: str, text: str) -> Any:
    document, problems = read(file, text)
    if document is None:
        raise DeclarationInvalid(f"{file} cannot be read.", problems=problems)
    return document.value


def _written(file: str, text: str, edit: Edit) -> str:
    """The text after one small step, which the reader has not judged yet."""
    root = tree_of(file, text)
    pen = _Pen(Text(text), hand_of(file.endswith(".json"), root, text), root)
    splices = _STEPS[type(edit)](pen, edit)
    added = any(end == len(text) and "\n" in instead for _, end, instead in splices)
    is_open = added and not pen.hand.is_json and not text.endswith("\n")  # a text in a block needs its last line break
    return pen.text.spliced(splices) + (pen.text.newline if is_open else "")


class _Pen:
    """One text with its nodes."""

    def __init__(self, text: Text, hand: Hand, root: Node) -> None:
        self.text = text
        self.hand = hand
        self.root = root

    def replace(self, path: Steps, value: Any) -> list[Splice]:
        if not path:
            return self._replace_all(value)
        holder, position = self._find(path)
        entry = holder.entries[position]
        if holder.shape == "block":
            return block_value(self.text, self.hand, entry, value)
        return flow_value(self.text, self.hand, entry, value)

    def insert(self, path: Steps, new: New) -> list[Splice]:
        """Into the container at the path, which is not empty."""
        node = self.node(path)
        write = block_insert if node.shape == "block" else flow_insert
        return write(self.text, self.hand, node, new)

    def remove(self, path: Steps) -> list[Splice]:
        holder, position = self._find(path)
        return (block_remove if holder.shape == "block" else flow_remove)(self.text, holder, position)

    def rename(self, path: Steps, name: str) -> list[Splice]:
        holder, position = self._find(path)
        entry = holder.entries[position]
        return [(entry.key_start, entry.key_end, self.hand.key(name))]

    def rearrange(self, path: Steps, order: Sequence[int]) -> list[Splice]:
        """The entries in another order; what stands between them stays where it is."""
        node = self.node(path)
        parts = [self._part(node, position) for position in range(len(node.entries))]
        texts = [self.text.text[start:end] for start, end in parts]
        return [(start, end, texts[new]) for (start, end), new in zip(parts, order, strict=True) if self.text.text[start:end] != texts[new]]

    def node(self, path: Steps) -> Node:
        if not path:
            return self.root
        holder, position = self._find(path)
        return holder.entries[position].value

    def _find(self, path: Steps) -> tuple[Node, int]:
        node = self.root
        for step in path[:-1]:
            node = node.entries[_position(node, step)].value
        return node, _position(node, path[-1])

    def _part(self, node: Node, position: int) -> tuple[int, int]:
        """Of an entry in block style with the comments above it and the one on its last line."""
        entry = node.entries[position]
        if node.shape != "block":
            return entry.start, entry.end
        end = self.text.line_end(entry.end)
        start = entry.start
        if self.text.begins_line(start) and (position or self.text.pad(start)):  # above the very first stands what is said of the file
            head = self.text.head(start)
            start = head + len(self.text.indent(head))
        return start, end

    def _replace_all(self, value: Any) -> list[Splice]:
        root = self.root
        if self.hand.is_json or not isinstance(value, dict | list) or not value:
            return flow_value(self.text, self.hand, Entry(root.start, root), value)
        return [(root.start, self.text.line_end(root.end), self.text.newline.join(self.hand.items(value)))]


def _position(node: Node, step: str | int) -> int:
    if isinstance(step, int):
        return step
    return next(number for number, one in enumerate(node.entries) if one.key == step)


def _at(pen: _Pen, path: Steps, before: str | int | None) -> int:
    node = pen.node(path)
    return len(node.entries) if before is None else _position(node, before)


def _put(pen: _Pen, edit: Put) -> list[Splice]:
    holder = pen.node(edit.path[:-1]) if edit.path else None
    step = edit.path[-1] if edit.path else None
    is_new = holder is not None and isinstance(step, str) and step not in {one.key for one in holder.entries}
    if is_new:
        return pen.insert(edit.path[:-1], New(_at(pen, edit.path[:-1], edit.before), str(step), edit.value))
    return pen.replace(edit.path, edit.value)


def _insert(pen: _Pen, edit: Insert) -> list[Splice]:
    return pen.insert(edit.path, New(_at(pen, edit.path, edit.before), None, edit.value))


def _move(pen: _Pen, edit: Move) -> list[Splice]:
    count = len(pen.node(edit.path[:-1]).entries)
    moved, to = _at(pen, edit.path[:-1], edit.path[-1]), _at(pen, edit.path[:-1], edit.before)
    order = [one for one in range(count) if one != moved]
    order.insert(to - (to > moved), moved)
    return pen.rearrange(edit.path[:-1], order)


_STEPS: dict[type, Callable[[_Pen, Any], list[Splice]]] = {
    Put: _put,
    Insert: _insert,
    Remove: lambda pen, edit: pen.remove(edit.path),
    Rename: lambda pen, edit: pen.rename(edit.path, edit.name),
    Move: _move,
}


def _not_editable(file: str, path: Steps) -> DeclarationInvalid:
    sentence = "This place of the file is written in a way that cannot be changed from outside. Change it in an editor."
    return DeclarationInvalid(sentence, problems=[Problem(pointer(*path), "not_editable", sentence, place=Place(file))])
