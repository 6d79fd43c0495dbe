"""TreeBuilder: shared by the JSON and the YAML reader; builds the value, notes places, refuses what is too much."""

from __future__ import annotations

from typing import Any

from kartotek.declaration.document import Document, Path, line_starts
from kartotek.errors import DeclarationInvalid
from kartotek.model.problem import Problem, pointer

MAX_DEPTH = 40
MAX_NODES = 20_000


class TreeBuilder:
    """Is told what stands in a file in its order; `document()` is the result, `problems` the keys that stand twice."""

    def __init__(self, file: str, text: str) -> None:
        self.problems: list[Problem] = []
        self._source = Document(file, text, lines=line_starts(text))
        self._values: dict[Path, int] = {}
        self._keys: dict[Path, int] = {}
        self._stack: list[dict[str, Any] | list[Any]] = []
        self._path: list[str | int] = []
        self._root: Any = None

    def key(self, name: str, index: int) -> None:
        """The key of the value that comes next."""
        self._path[-1] = name
        path = tuple(self._path)
        if path in self._keys:
            first = self._source.at(self._keys[path])
            sentence = f"The key '{name}' stands here a second time; the first is in line {first.line}."
            self.problems.append(Problem(pointer(*path), "duplicate_key", sentence, place=self._source.at(index)))
            return
        self._keys[path] = index

    def scalar(self, value: Any, index: int) -> None:
        """A text, number, boolean or null."""
        self._put(value, index)

    def begin(self, container: dict[str, Any] | list[Any], index: int) -> None:
        """A mapping or list opens; what follows goes into it until `end`."""
        self._put(container, index)
        self._stack.append(container)
        self._path.append("" if isinstance(container, dict) else -1)
        if len(self._stack) > MAX_DEPTH:
            raise self.refusal(index, "too_deep", f"This is nested more than {MAX_DEPTH} levels deep.")

    def end(self) -> None:
        """The container opened last closes."""
        self._stack.pop()
        self._path.pop()

    def refusal(self, index: int, code: str, sentence: str) -> DeclarationInvalid:
        """The error that ends the reading of this file."""
        return DeclarationInvalid(sentence, problems=[Problem("", code, sentence, place=self._source.at(index))])

    def document(self) -> Document:
        """All that was built."""
        source = self._source
        return Document(source.file, source.text, self._root, self._values, self._keys, source.lines)

    def _put(self, value: Any, index: int) -> None:
        if self._stack and isinstance(self._stack[-1], list):
            self._path[-1] = len(self._stack[-1])
        self._values.setdefault(tuple(self._path), index)
        if len(self._values) > MAX_NODES:
            raise self.refusal(index, "too_many_nodes", f"There are more than {MAX_NODES:,} values in this file.")
        self._attach(value)

    def _attach(self, value: Any) -> None:
        if not self._stack:
            self._root = value
        elif isinstance(top := self._stack[-1], list):
            top.append(value)
        else:
            top.setdefault(str(self._path[-1]), value)
