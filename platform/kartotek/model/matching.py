"""Matching: what a search asks of the index, as data: which tokens a record must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kartotek.model.frozen import empty


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


Match: TypeAlias = Token | Every | Some


@dataclass(frozen=True, slots=True)
class Inside:
    """The text stands, folded, within one of the fields, or a field has one of the values; what tokens alone cannot tell."""

    text: str
    fields: tuple[str, ...] = ()
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a text finds: records with `every` and all of `inside`; first those with `exact`, then those with `starts`."""

    every: Match
    exact: Match
    starts: Match
    inside: tuple[Inside, ...] = ()
