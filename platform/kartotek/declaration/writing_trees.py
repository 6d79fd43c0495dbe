"""Text → nodes, for JSON and for YAML: the same events that the readers walk, kept with their places."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right

import yaml

from kartotek.declaration.writing_nodes import Entry, Node, Shape

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def tree_of(file: str, text: str) -> Node:
    """The nodes of a text that the readers have accepted."""
    return _json_tree(text) if file.endswith(".json") else _yaml_tree(text)


class _Growing:
    """Puts nodes where they belong; `root` is the first."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Node] = []

    @property
    def expects_key(self) -> bool:
        top = self.open[-1] if self.open else None
        return top is not None and top.is_mapping and (not top.entries or top.entries[-1].value is not _NOWHERE)

    def key(self, entry: Entry) -> None:
        self.open[-1].entries.append(entry)

    def put(self, node: Node, start: int) -> None:
        """`start` is where the element of a list begins, its dash in block style."""
        if not self.open:
            self.root = self.root or node
        elif self.open[-1].is_mapping:
            self.open[-1].entries[-1].value = node
        else:
            self.open[-1].entries.append(Entry(start, node))

    def begin(self, node: Node, start: int) -> None:
        self.put(node, start)
        self.open.append(node)


_NOWHERE = Node(-1, -1, "scalar")


def _json_tree(text: str) -> Node:
    growing = _Growing()
    for match in _TOKEN.finditer(text):
        token, start, end = match.group(), match.start(), match.end()
        if token in "{[":
            growing.begin(Node(start, end, "flow", token == "{"), start)
        elif token in "}]":
            growing.open.pop().end = end
        elif token == ":":
            growing.open[-1].entries[-1].colon = start
        elif token != "," and growing.expects_key:
            growing.key(Entry(start, _NOWHERE, json.loads(token), start, end))
        elif token != ",":
            growing.put(Node(start, end, "scalar", style=token[0] if token[0] == '"' else ""), start)
    assert growing.root is not None
    return growing.root


def _yaml_tree(text: str) -> Node:
    signs = _Signs(text)
    growing = _Growing()
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent) and growing.expects_key:
            growing.key(Entry(signs.key(start), _NOWHERE, event.value, start, end, signs.colon(end)))
        elif isinstance(event, yaml.ScalarEvent):
            node = Node(start, _scalar_end(text, start, end), "scalar", style=event.style or "")
            growing.put(node, signs.element(growing, start))
            _settle_colon(growing, node)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            shape: Shape = "block" if not event.flow_style else "flow" if end > start else "pair"
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            growing.begin(Node(start, end, shape, is_mapping), signs.element(growing, start))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            closed = growing.open.pop()
            closed.end = end if closed.shape == "flow" else closed.entries[-1].end
    assert growing.root is not None
    return growing.root


class _Signs:
    """Where the dashes, colons and question marks stand that are no part of a text."""

    def __init__(self, text: str) -> None:
        tokens = list(yaml.scan(text, Loader=yaml.CSafeLoader))
        self._dashes: list[int] = [one.start_mark.index for one in tokens if isinstance(one, yaml.BlockEntryToken)]
        self._colons: list[int] = [one.start_mark.index for one in tokens if isinstance(one, yaml.ValueToken)]
        self._keys: list[int] = [one.start_mark.index for one in tokens if isinstance(one, yaml.KeyToken)]

    def key(self, start: int) -> int:
        """Where the entry of a key begins, which may be written with a question mark before it."""
        found = bisect_right(self._keys, start) - 1
        return self._keys[found] if found >= 0 else start

    def colon(self, key_end: int) -> int:
        found = bisect_left(self._colons, key_end)
        return self._colons[found] if found < len(self._colons) else -1

    def element(self, growing: _Growing, start: int) -> int:
        """Where the element of a list begins."""
        if not growing.open or growing.open[-1].is_mapping or growing.open[-1].shape != "block":
            return start
        return self._dashes[bisect_left(self._dashes, start) - 1]


def _settle_colon(growing: _Growing, node: Node) -> None:
    """A key without a colon, `{a, b: 1}`, was given the next one's."""
    entry = growing.open[-1].entries[-1] if growing.open and growing.open[-1].is_mapping else None
    if entry is not None and entry.colon > node.start:
        entry.colon = -1


def _scalar_end(text: str, start: int, end: int) -> int:
    """Of a block text without the line break behind it, and without empty lines that do not count."""
    if text[start:start + 1] not in ("|", ">") or "\n" not in text[start:end]:
        return end
    raw = text[start:end]
    if "+" not in raw[: raw.index("\n")].split("#")[0]:
        return start + len(raw.rstrip("\r\n"))
    return start + len(raw.removesuffix("\n").removesuffix("\r"))
