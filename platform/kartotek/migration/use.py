"""Use: one place of the declarations and all that it names, so that a change can tell what else it has to do with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kartotek.formula.tree import walk
from kartotek.model.formula import Literal_, formulas_in

Name = tuple[str, str]  # (type or "type.subtable", field)


@dataclass(frozen=True, slots=True)
class Use:
    """`code` and `params` are its sentence among TOUCHES. `fields`, `types`, `states` and `literals` are what it names."""

    code: str
    params: Mapping[str, str]
    fields: frozenset[Name] = frozenset()
    types: frozenset[str] = frozenset()
    states: frozenset[Name] = frozenset()
    literals: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What tells it from others."""
        return self.code, tuple(sorted(self.params.items()))


def reading(code: str, value: Any, fields: Iterable[Name] = (), /, **params: str) -> Iterator[Use]:
    """The use that any part of a declaration makes by the formulas in it, and of these fields; nothing where it names nothing."""
    formulas = list(formulas_in(value))
    read = frozenset(name for one in formulas for name in one.fields) | frozenset(fields)
    people = frozenset(path[1] for one in formulas for path in one.paths if path[0] == "user" and len(path) > 1)
    asks_state = any(path[0] == "meta" and "state" in path or "meta()" in path for one in formulas for path in one.paths)
    literals = frozenset(repr(node.value) for one in formulas for node in walk(one.node) if isinstance(node, Literal_))
    if read or people or asks_state:
        marks = frozenset({("", "state")}) if asks_state else frozenset()
        yield Use(code, MappingProxyType(params), read | marks, people, frozenset(), literals)
