"""The kinds there are, by name, in the order in which they are asked whether a schema fragment is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kartotek.kinds.boolean import BooleanKind
from kartotek.kinds.choice import ChoiceKind
from kartotek.kinds.date import DateKind
from kartotek.kinds.decimal import DecimalKind
from kartotek.kinds.instant import InstantKind
from kartotek.kinds.integer import IntegerKind
from kartotek.kinds.kind import Kind
from kartotek.kinds.longtext import LongTextKind
from kartotek.kinds.number import NumberKind
from kartotek.kinds.object import ObjectKind
from kartotek.kinds.reference import ReferenceKind
from kartotek.kinds.rows import RowsKind
from kartotek.kinds.text import TextKind
from kartotek.kinds.user import UserKind
from kartotek.model.field import Field


def kind_of(field: Field) -> Kind:
    """The strategy of the field."""
    return KINDS[field.kind]


# The narrower claim stands before the wider one.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "user": UserKind(),
        "reference": ReferenceKind(),
        "choice": ChoiceKind(),
        "longtext": LongTextKind(),
        "decimal": DecimalKind(),
        "date": DateKind(),
        "instant": InstantKind(),
        "boolean": BooleanKind(),
        "integer": IntegerKind(),
        "number": NumberKind(),
        "rows": RowsKind(kind_of),
        "object": ObjectKind(kind_of),
        "text": TextKind(),
    }
)


def claim(fragment: Mapping[str, Any]) -> Kind | None:
    """The kind of a property, or None where no kind takes it."""
    return next((kind for kind in KINDS.values() if kind.claims(fragment)), None)
