"""Matching: what a search asks of the index, as data: which tokens a record must have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Token:
    """The record has this token, or with `prefix` one that begins with it."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """All of the parts hold; of none, always."""

    parts: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of the parts holds; of none, never."""

    parts: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """The text stands within the field, folded if `folded`, or the field has one of the `values`; `tokens` all such records have."""

    tokens: Match
    field: str
    text: str
    folded: bool = True
    values: tuple[Any, ...] | None = None


Match: TypeAlias = Token | Every | Some | Inside


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a text finds: records with `every` part; first those with `exact`, then those with `starts`."""

    every: tuple[Match, ...]
    exact: Match
    starts: Match
