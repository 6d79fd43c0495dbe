"""Going on: whether a field under its name or its alias is still the same thing, or another that has taken its place."""

from __future__ import annotations

from dataclasses import replace

from kartotek.kinds.conversion import Conversion, conversion
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field


def goes_on(old: Field, new: Field, *, target: str = "") -> bool:
    """Whether records keep something of what they have; else the old field is one that goes and the new one that comes.

    `target` is the new name of the type that the old field refers to, where that has one.
    """
    if old.is_derived:
        return new.is_derived or (not old.is_live and going_over(old, new, target=target).fit != "none")
    return not new.is_derived and (new.is_state or going_over(old, new, target=target).fit != "none")


def going_over(old: Field, new: Field, *, target: str = "") -> Conversion:
    """How the values go over, the type that they refer to taken by its new name."""
    if old.reference is not None and target:
        old = replace(old, reference=replace(old.reference, target=target))
    return conversion(old, new)


def same_sort(old: Field, new: Field) -> bool:
    """Whether both are kept in a column of the same sort."""
    return old.kind == new.kind and kind_of(old).column(old) == kind_of(new).column(new)
