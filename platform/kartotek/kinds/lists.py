"""Lists of simple values: their settings, their parsing and their schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.kinds.bounds import length_check
from kartotek.kinds.equality import are_unique
from kartotek.kinds.fragments import counts
from kartotek.kinds.kind import Convert, Refused, refuse
from kartotek.model.problem import Problem, pointer

LIST_KEYWORDS = frozenset({"items", "minItems", "maxItems", "uniqueItems"})
MAX_ITEMS = 10_000


def list_settings(fragment: Mapping[str, Any]) -> dict[str, Any]:
    """min_items, max_items and unique_items, those that are there. Raises Refused."""
    found = counts(fragment, {"minItems": "min_items", "maxItems": "max_items"})
    return found | ({"unique_items": True} if fragment.get("uniqueItems") is True else {})


def check_list(settings: Mapping[str, Any]) -> Convert:
    """A check that a wire value is a list within its settings; the answer raises Refused."""
    check, unique = length_check({"max_items": MAX_ITEMS, **settings}), settings.get("unique_items", False)

    def checked(wire: Any) -> list[Any]:
        if not isinstance(wire, list):
            refuse("type", expected="a list")
        if check is not None:
            check(wire)
        if unique and not are_unique(wire):
            refuse("unique_items")
        return wire

    return checked


def each(parse: Convert, settings: Mapping[str, Any]) -> Convert:
    """wire list → tuple of values; every item's problem is told, under its position."""
    checked = check_list(settings)

    def parse_all(wire: Any) -> tuple[Any, ...]:
        values, problems = [], list[Problem]()
        for index, item in enumerate(checked(wire)):
            try:
                values.append(parse(item))
            except Refused as exc:
                problems += [one.under(pointer(index)) for one in exc.problems]
        if problems:
            raise Refused(*problems)
        return tuple(values)

    return parse_all


def list_schema(items: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of such a list."""
    schema: dict[str, Any] = {"type": "array", "items": dict(items)}
    schema |= {"minItems": settings["min_items"]} if "min_items" in settings else {}
    schema |= {"uniqueItems": True} if settings.get("unique_items") else {}
    return schema | {"maxItems": settings.get("max_items", MAX_ITEMS)}
