"""Clearance: how much of a field a role may know and do, in records that it may read at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

Clearance = Literal["none", "flag", "mask", "read", "propose", "write"]
CLEARANCES: tuple[Clearance, ...] = get_args(Clearance)
Show = Literal["none", "last4", "initial", "domain", "year"]


def reads(clearance: Clearance) -> bool:
    """Whether the value itself may be known."""
    return clearance in ("read", "propose", "write")


def rank(clearance: Clearance) -> int:
    """Its place among all; each includes those before it."""
    return CLEARANCES.index(clearance)


@dataclass(frozen=True, slots=True)
class Mask:
    """What is left of a value for those who see it masked; everybody who may read it does, but those who are excepted.

    `excepted` is None where only those see it masked of whom a clearance says so.
    """

    show: Show = "none"
    excepted: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Who may open a record for himself in an emergency: `roles` read for some minutes what the role `reads_as` may read of it.

    The people of the roles `notify` are told.
    """

    roles: frozenset[str]
    reads_as: str
    minutes: int = 60
    notify: frozenset[str] = field(default=frozenset())
