"""Puts what `$ref` points to in its place: everything after sees whole fields, each part with its own place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kartotek.declaration.document import Document, Path
from kartotek.declaration.problems import Problems
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.tree import MAX_NODES

_PREFIX = "#/$defs/"
_LONGEST_CHAIN = 10
_MERGED = ("x-field", "x-i18n")


def expand(problems: Problems) -> tuple[Document, frozenset[str]]:
    """The document without `$ref`, and the fields in which one leads nowhere.

    Keys beside a `$ref` win; x-field and x-i18n are merged key by key. Most documents have none and are taken as they are,
    so that nobody has to find out where everything stands in them.
    """
    if not _refers(problems.document.value):
        return problems.document, frozenset()
    expansion = _Expansion(problems)
    return expansion.document(), frozenset(expansion.broken)


def _refers(value: Any) -> bool:
    if isinstance(value, dict):
        return "$ref" in value or any(_refers(one) for one in value.values())
    return isinstance(value, list) and any(_refers(one) for one in value)


class _Expansion:
    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._source = problems.document
        self._values: dict[Path, int] = {}
        self._keys: dict[Path, int] = {}
        self._is_full = False
        self.broken: set[str] = set()

    def document(self) -> Document:
        declared: dict[str, Any] = self._source.value
        self._mark((), ())
        value = {
            key: self._fields((key,), (key,), inner, ()) if key == "properties" else self._copy((key,), (key,), inner)
            for key, inner in declared.items()
        }
        return replace(self._source, value=value, values=self._values, keys=self._keys)

    def _fields(self, source: Path, target: Path, value: dict[str, Any], chain: tuple[str, ...]) -> dict[str, Any]:
        self._mark(source, target)
        return {key: self._field((*source, key), (*target, key), inner, chain) for key, inner in value.items()}

    def _field(self, source: Path, target: Path, value: dict[str, Any], chain: tuple[str, ...]) -> dict[str, Any]:
        whole = self._referred(source, target, value["$ref"], chain) if "$ref" in value else {}
        self._mark(source, target)
        for key, inner in value.items():
            if key == "$ref":
                continue
            part = self._part((*source, key), (*target, key), inner, chain)
            whole[key] = {**whole[key], **part} if key in _MERGED and key in whole else part
        return whole

    def _part(self, source: Path, target: Path, value: Any, chain: tuple[str, ...]) -> Any:
        if source[-1] == "properties":
            return self._fields(source, target, value, chain)
        return self._field(source, target, value, chain) if source[-1] == "items" else self._copy(source, target, value)

    def _referred(self, source: Path, target: Path, pointer: str, chain: tuple[str, ...]) -> dict[str, Any]:
        name = pointer.removeprefix(_PREFIX).replace("~1", "/").replace("~0", "~")
        definitions = self._source.value.get("$defs", {})
        refused = ""
        if name not in definitions:
            refused = f"There is no '{name}' under $defs.{did_you_mean(name, definitions)}"
        elif name in chain:
            refused = f"This comes back to itself: {' → '.join((*chain, name))}."
        elif len(chain) == _LONGEST_CHAIN or self._is_full:
            refused = "There are too many definitions inside one another."
        if refused:
            self.broken.add(str(target[1]))
            if (*source, "$ref") not in self._problems.paths:  # a definition is gone through once for each use
                self._problems.error((*source, "$ref"), "reference", refused)
            return {}
        return self._field(("$defs", name), target, definitions[name], (*chain, name))

    def _copy(self, source: Path, target: Path, value: Any) -> Any:
        self._mark(source, target)
        if isinstance(value, dict):
            return {key: self._copy((*source, key), (*target, key), inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._copy((*source, index), (*target, index), inner) for index, inner in enumerate(value)]
        return value

    def _mark(self, source: Path, target: Path) -> None:
        if source in self._source.values:  # not so where something broken was replaced
            self._values[target] = self._source.values[source]
        if source in self._source.keys:
            self._keys[target] = self._source.keys[source]
        self._is_full = len(self._values) > MAX_NODES
