"""Problems: the list of what is wrong in one document, each with its place."""

from __future__ import annotations

from typing import Any

from kartotek.declaration.document import Document, Path
from kartotek.model.problem import Place, Problem, Severity, pointer


class Problems:
    """Collects; never raises. A sentence ends with a full stop; a suggestion follows it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Problem] = []
        self.paths: list[Path] = []  # of the problems found, in the same order

    def error(self, path: Path, code: str, sentence: str, **params: Any) -> None:
        """Something about the value at the path."""
        self._add(self.document.value_place(path), path, code, sentence, "error", params)

    def error_at_key(self, path: Path, code: str, sentence: str, **params: Any) -> None:
        """Something about the key itself, or about the whole of what stands under it."""
        self._add(self.document.key_place(path), path, code, sentence, "error", params)

    def error_inside(self, path: Path, offset: int, code: str, sentence: str, **params: Any) -> None:
        """Something at a character of the text at the path."""
        self._add(self.document.inside(path, offset), path, code, sentence, "error", params)

    def warning(self, path: Path, code: str, sentence: str, **params: Any) -> None:
        """Something that may stand but is probably not meant."""
        self._add(self.document.value_place(path), path, code, sentence, "warning", params)

    @property
    def has_errors(self) -> bool:
        """Whether there is more than warnings."""
        return any(problem.severity == "error" for problem in self.found)

    def _add(self, place: Place, path: Path, code: str, sentence: str, severity: Severity, params: dict[str, Any]) -> None:
        self.paths.append(path)
        self.found.append(Problem(pointer(*path), code, sentence, params, place, severity))


def parts(path: str) -> Path:
    """The path of a JSON Pointer; digits are taken for list positions."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    return tuple(int(step) if step.isdecimal() and step.isascii() else step for step in steps)
