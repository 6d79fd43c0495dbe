"""Between one and many: a value becomes the only one of a list, and the only one of a list a value."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.kinds.conversion_choices import Between
from kartotek.kinds.conversion_scalars import Made
from kartotek.kinds.fragments import type_of
from kartotek.kinds.kind import Convert, refuse
from kartotek.kinds.unlimited import skeleton
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY
from kartotek.model.missing import MISSING

_ELEMENTS = MappingProxyType({"choices": "choice", "files": "file", "references": "reference"})
_SORTS = MappingProxyType({"string": "text", "integer": "integer", "number": "number", "boolean": "boolean"})


def is_list(field: Field) -> bool:
    """Whether its values are lists of single values."""
    return field.kind in _ELEMENTS or (field.kind == "json" and type_of(skeleton(field)) == "array")


def element(field: Field) -> Field:
    """A field of one element of such a list."""
    if field.kind == "json":
        items = skeleton(field).get("items", EMPTY)
        kind = _SORTS.get(type_of(items), "json")
        return replace(field, kind=kind, settings=EMPTY if kind != "json" else MappingProxyType({"schema": items}))
    return replace(field, kind=_ELEMENTS[field.kind], settings=EMPTY)


def one_to_many(old: Field, new: Field, between: Between) -> Made | None:
    """Each value alone in its list."""
    made = between(old, element(new))
    return (made[0], lambda wire: [made[1](wire)]) if made else None


def many_to_one(old: Field, new: Field, between: Between) -> Made | None:
    """The only one there is; of none there is nothing."""
    made = between(element(old), new)
    return (False, lambda wire: made[1](only(wire)) if wire else MISSING) if made else None


def many_to_many(old: Field, new: Field, between: Between) -> Made | None:
    """Each by itself, in the same order."""
    made = between(element(old), element(new))
    return (made[0], each(made[1])) if made else None


def each(convert: Convert) -> Convert:
    """A list, element by element."""
    return lambda wire: [convert(one) for one in _listed(wire)]


def only(wire: Any) -> Any:
    """The single element of a list. Raises Refused where there are several."""
    listed = _listed(wire)
    return listed[0] if len(listed) == 1 else refuse("several_values", count=len(listed))


def _listed(wire: Any) -> list[Any]:
    return wire if isinstance(wire, list) else refuse("type", expected="a list")
