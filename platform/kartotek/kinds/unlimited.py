"""Unlimited: a field without what only limits its values, for reading values that were kept under other limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.kinds.fragments import type_of
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY
from kartotek.model.missing import MISSING

# What says how a value is read and where it is put; all other settings say which values are wanted. Stars have bounds by nature.
_STRUCTURE = frozenset({"precision", "scale", "currency", "timezone", "region", "media_type", "auto_number", "lines", "in_rest"})
_BOUNDED = frozenset({"rating"})


def unlimited(field: Field) -> Field:
    """The same field, and those within it, taking whatever can be read and put into its place."""
    settings = {key: value for key, value in field.settings.items() if key in _STRUCTURE or field.kind in _BOUNDED}
    if field.kind == "json" and "schema" in field.settings:
        settings["schema"] = skeleton(field)
    return replace(
        field, settings=MappingProxyType(settings), required=False, nullable=True, default=MISSING, default_expr=None,
        fields=tuple(unlimited(one) for one in field.fields),
    )


def skeleton(field: Field) -> Mapping[str, Any]:
    """The sort of JSON that a field holds, and its elements'; what a schema demands beyond that is a limit."""
    schema = field.settings.get("schema", EMPTY)
    found = {"type": schema["type"]} if type_of(schema) else {}
    items = schema.get("items")
    if isinstance(items, Mapping) and type_of(items):
        found["items"] = {"type": items["type"]}
    return found
