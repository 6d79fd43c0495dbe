"""Problems: the list of what is wrong in one document, each with its place."""

from __future__ import annotations

from typing import Any

from kartotek.declaration.document import Document, Path
from kartotek.model.problem import Problem, pointer


class Problems:
    """Collects; never raises. A sentence ends with a full stop; a suggestion follows it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Problem] = []
        self.paths: list[Path] = []  # of the problems found, in the same order

    def error(self, path: Path, code: str, sentence: str, **params: Any) -> None:
        """Something about the value at the path."""
        self._add(path, Problem(pointer(*path), code, sentence, params, self.document.value_place(path)))

    def error_at_key(self, path: Path, code: str, sentence: str, **params: Any) -> None:
        """Something about the key itself, or about the whole of what stands under it."""
        self._add(path, Problem(pointer(*path), code, sentence, params, self.document.key_place(path)))

    def error_inside(self, path: Path, offset: int, code: str, sentence: str) -> None:
        """Something at a character of the text at the path."""
        self._add(path, Problem(pointer(*path), code, sentence, place=self.document.inside(path, offset)))

    def warning(self, path: Path, code: str, sentence: str) -> None:
        """Something that may stand but is probably not meant."""
        place = self.document.value_place(path)
        self._add(path, Problem(pointer(*path), code, sentence, place=place, severity="warning"))

    def warning_at_key(self, path: Path, code: str, sentence: str) -> None:
        """The same about the key itself, or about the whole of what stands under it."""
        place = self.document.key_place(path)
        self._add(path, Problem(pointer(*path), code, sentence, place=place, severity="warning"))

    def warning_inside(self, path: Path, offset: int, code: str, sentence: str) -> None:
        """The same at a character of the text at the path."""
        place = self.document.inside(path, offset)
        self._add(path, Problem(pointer(*path), code, sentence, place=place, severity="warning"))

    def note(self, path: Path, code: str, sentence: str) -> None:
        """Something that follows from the declaration and may surprise."""
        place = self.document.key_place(path)
        self._add(path, Problem(pointer(*path), code, sentence, place=place, severity="note"))

    def _add(self, path: Path, problem: Problem) -> None:
        self.paths.append(path)
        self.found.append(problem)


def parts(path: str) -> Path:
    """The path of a JSON Pointer; digits are taken for list positions."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    return tuple(int(step) if step.isdecimal() and step.isascii() else step for step in steps)
