"""Policy: a test of rights that stands beside the declarations: who must and who must not know or do what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from kartotek.model.frozen import empty

Verb = Literal["read", "mask", "flag", "filter", "write", "create", "delete", "transition"]
VERBS: tuple[Verb, ...] = get_args(Verb)
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """`of` is what stands behind the type's name: a field, a member of one after a dot, a transition, or "".

    `at` is its place in the file.
    """

    verb: Verb
    must: bool
    type: str
    of: str
    at: Path


@dataclass(frozen=True, slots=True)
class GivenRecord:
    """A record that is made up for a test; `fields` in the shape in which they would be sent."""

    type: str
    id: int = 1
    state: str | None = None
    created_by: int | None = None
    fields: Mapping[str, Any] = field(default_factory=empty)
    at: Path = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """`user` are what formulas find of who asks; without a `record` each claim is about any record there could be."""

    roles: frozenset[str]
    claims: tuple[Claim, ...]
    user: Mapping[str, int] = field(default_factory=empty)
    record: GivenRecord | None = None
    others: tuple[GivenRecord, ...] = ()
    now: str = "2026-01-01T12:00:00"
    why: str = ""
    at: Path = ()
