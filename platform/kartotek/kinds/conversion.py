"""Conversion: how a value of one field becomes the value of a field that took its place, without guessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from kartotek.kinds.kind import refuse
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field

# same: what is stored stays as it is. lossless: every value goes over. lossy: some may not. none: no value ever could.
Fit = Literal["same", "lossless", "lossy", "none"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """`convert` takes the old wire (never None) and gives the new one; it raises Refused where that cannot be done exactly.

    `words` says in which way, for the owner: "each becomes one row with number".
    """

    fit: Fit
    convert: Callable[[Any], Any]
    words: str = ""


def conversion(old: Field, new: Field, *, timezone: str = "UTC") -> Conversion:
    """How values go over. Local times are of the zone given. Limits of the new field are not judged here."""
    if _place(old) == _place(new) and (old.kind == new.kind or {old.kind, new.kind} == {"text", "longtext"}):
        return Conversion("same", lambda wire: wire)
    return Conversion("none", lambda wire: refuse("conversion"))


def _place(field: Field) -> tuple[Any, ...]:
    """What its values are stored in and point to."""
    target = field.reference.target if field.reference else ""
    return kind_of(field).column(field), target, field.settings.get("currency")
