"""The kinds there are, by name, in the order in which they are asked whether a schema fragment is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kartotek.kinds.autonumber import AutonumberKind
from kartotek.kinds.boolean import BooleanKind
from kartotek.kinds.choice import ChoiceKind
from kartotek.kinds.choices import ChoicesKind
from kartotek.kinds.color import ColorKind
from kartotek.kinds.date import DateKind
from kartotek.kinds.decimal import DecimalKind
from kartotek.kinds.duration import DurationKind
from kartotek.kinds.email import EmailKind
from kartotek.kinds.file import FileKind
from kartotek.kinds.files import FilesKind
from kartotek.kinds.image import ImageKind
from kartotek.kinds.instant import InstantKind
from kartotek.kinds.integer import IntegerKind
from kartotek.kinds.json import JsonKind
from kartotek.kinds.kind import Kind
from kartotek.kinds.longtext import LongTextKind
from kartotek.kinds.markdown import MarkdownKind
from kartotek.kinds.monthday import MonthDayKind
from kartotek.kinds.number import NumberKind
from kartotek.kinds.object import ObjectKind
from kartotek.kinds.phone import PhoneKind
from kartotek.kinds.rating import RatingKind
from kartotek.kinds.reference import ReferenceKind
from kartotek.kinds.references import ReferencesKind
from kartotek.kinds.rows import RowsKind
from kartotek.kinds.sealed import SEALED, SealedKind
from kartotek.kinds.text import TextKind
from kartotek.kinds.time import TimeKind
from kartotek.kinds.url import UrlKind
from kartotek.kinds.user import UserKind
from kartotek.kinds.uuid import UuidKind
from kartotek.model.field import Field


def kind_of(field: Field) -> Kind:
    """The strategy of the field."""
    return _SEALED[field.kind] if field.encrypt else KINDS[field.kind]


# The narrower claim stands before the wider one.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "user": UserKind(),
        "reference": ReferenceKind(),
        "references": ReferencesKind(),
        "autonumber": AutonumberKind(),
        "image": ImageKind(),
        "file": FileKind(),
        "files": FilesKind(),
        "rating": RatingKind(),
        "choice": ChoiceKind(),
        "choices": ChoicesKind(),
        "markdown": MarkdownKind(),
        "longtext": LongTextKind(),
        "decimal": DecimalKind(),
        "date": DateKind(),
        "monthday": MonthDayKind(),
        "time": TimeKind(),
        "instant": InstantKind(),
        "duration": DurationKind(),
        "email": EmailKind(),
        "phone": PhoneKind(),
        "url": UrlKind(),
        "uuid": UuidKind(),
        "color": ColorKind(),
        "boolean": BooleanKind(),
        "integer": IntegerKind(),
        "number": NumberKind(),
        "rows": RowsKind(kind_of),
        "object": ObjectKind(kind_of),
        "text": TextKind(),
        "json": JsonKind(),
    }
)
_SEALED: Mapping[str, Kind] = MappingProxyType({name: SealedKind(kind) if name in SEALED else kind for name, kind in KINDS.items()})


def claim(fragment: Mapping[str, Any]) -> Kind | None:
    """The kind of a property, or None where no kind takes it."""
    return next((kind for kind in KINDS.values() if kind.claims(fragment)), None)


def claim_member(fragment: Mapping[str, Any]) -> Kind | None:
    """The kind of a column of a sub-table or of a member of a small object, where a table within is kept as JSON."""
    kind = claim(fragment)
    return KINDS["json"] if kind is not None and kind.name in ("rows", "references") else kind
