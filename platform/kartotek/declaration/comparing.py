"""Comparing: an overlay beside its base, what is wrong with it so far, and the steps that all keys have in common."""

from __future__ import annotations

from typing import Any

from kartotek.declaration.document import Document, Path
from kartotek.declaration.overlay_rules import PREFIX, Rule, fixed
from kartotek.declaration.problems import Problems
from kartotek.declaration.weaving import Weaving
from kartotek.formula.error import FormulaError
from kartotek.formula.parser import parse
from kartotek.model.missing import MISSING

_OPERATORS = {"and": "&&", "or": "||"}


def value_at(value: Any, path: Path) -> Any:
    """What stands at the path; MISSING where nothing does."""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return value


class Comparing:
    """Paths are the overlay's, and the result's but for the keys with + and for options. What is `broken` is passed over."""

    def __init__(self, overlay: Document, base: Document) -> None:
        self.problems = Problems(overlay)
        self.weaving = Weaving(overlay, base)
        self.broken: frozenset[Path] = frozenset()

    def leave_nulls(self) -> None:
        """What has the wrong shape is passed over. A null that would take something away is told as such, further down."""
        found = self.problems
        told = [
            (one, path) for one, path in zip(found.found, found.paths, strict=True)
            if value_at(found.document.value, path) is not None or value_at(self.weaving.lower.value, path) is MISSING
        ]
        found.found, found.paths = [one for one, _ in told], [path for _, path in told]
        self.broken = frozenset(found.paths)

    def removes(self, path: Path, old: Any, new: Any) -> bool:
        """Whether the overlay would take something away, which is told."""
        if new is None and old is not MISSING:
            self.problems.error(path, "removes", "An overlay takes nothing away from its base; null would.")
        return new is None and old is not MISSING

    def take(self, path: Path, source: Path | None = None) -> None:
        """What stands there in the result comes from the overlay, where it has the path `source`."""
        self.weaving.origins[path] = ("upper", path if source is None else source)

    def refuse_change(self, path: Path, old: Any, new: Any) -> Any:
        """The base's value; that the overlay has another is told."""
        refused = fixed(old, new)
        if refused:
            self.problems.error(path, *refused)
        return old

    def tell(self, problems: Problems) -> None:
        """Adds those of another comparison."""
        self.problems.found += problems.found
        self.problems.paths += problems.paths

    def joined(self, path: Path, old: Any, new: Any, rule: Rule) -> Any:
        """Formulas of both hold together, whatever either says; each keeps its places."""
        if not isinstance(new, str) or old == new:
            return old if isinstance(old, str) else new
        if not isinstance(old, str):
            self.take(path)
            return new
        try:
            parse(new)  # alone, so that no bracket of it closes ours
        except FormulaError as error:
            sentence = f"{error.message[:1].upper()}{error.message[1:]}."
            self.problems.error_inside(path, error.start, f"formula_{error.code}", sentence)
            return old
        operator = _OPERATORS[rule.way]
        self.take(path)
        self.weaving.joined[path] = (1, len(old) + len(operator) + 5)
        return f"({old}) {operator} ({new})"

    def append(self, path: Path, key: str, new: Any, target: tuple[dict[str, Any], Rule]) -> None:
        """What the list has already is passed over: a later version of the base may have come to it too."""
        found, rule = target
        name = key.removesuffix("+")
        known = [*found[name]] if isinstance(found.get(name), list) else []
        if name not in found:
            self.take((*path, name), (*path, key))
        for index, one in enumerate(new if isinstance(new, list) else ()):
            here: Path = (*path, key, index)
            if rule.way == "asked" and not str(one).startswith(PREFIX):
                sentence = "An overlay can ask people without an account only for fields of its own."
                self.problems.error(here, "loosens", sentence)
            elif one not in known:
                self.take((*path, name, len(known)), here)
                known.append(one)
        found[name] = known
