"""Edit: one change of a declaration file at a path, said without knowing how the file is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Put:
    """The value at the path becomes this one; what is missing above it is made.

    A new key, or a new element, stands before the one that `before` names, else last.
    """

    path: Steps
    value: Any
    before: str | int | None = None


@dataclass(frozen=True, slots=True)
class Insert:
    """A new element of the list at the path, before the one with this position, else last."""

    path: Steps
    value: Any
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    """The key or the element at the path goes."""

    path: Steps


@dataclass(frozen=True, slots=True)
class Rename:
    """The key at the path is called otherwise and stays where it is."""

    path: Steps
    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """The key or element at the path goes before another one of the same mapping or list, else to its end."""

    path: Steps
    before: str | int | None = None


Edit = Put | Insert | Remove | Rename | Move
