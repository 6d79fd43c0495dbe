"""List operators: how the operators of a filter are called on the pages, in which order, and what is given with each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext

from kartotek.kinds.registry import kind_of
from kartotek.model.conditions import PERIODS
from kartotek.model.field import Field

Shape = Literal["one", "two", "many", "period", "none"]
_SHAPES: dict[str, Shape] = {
    "between": "two", "in": "many", "notIn": "many", "all": "many", "relative": "period", "anniversary": "period", "is_empty": "none",
    "is_set": "none",
}  # fmt: skip
_DAYS = ("relative", "eq", "lt", "gt", "between", "anniversary", "is_set", "is_empty")
_ORDERED = ("eq", "ne", "gt", "gte", "lt", "lte", "between", "is_set", "is_empty")
_SEVERAL = ("in", "all", "notIn", "is_set", "is_empty")
_SINGLE = ("in", "notIn", "is_set", "is_empty")
_TEXT = ("contains", "startsWith", "eq", "ne", "is_set", "is_empty")
_OFFERED: dict[str, tuple[str, ...]] = {
    "date": _DAYS, "instant": tuple(one for one in _DAYS if one != "anniversary"),
    "monthday": ("anniversary", "eq", "between", "is_set", "is_empty"), "time": _ORDERED, "integer": _ORDERED, "rating": _ORDERED,
    "number": _ORDERED, "decimal": _ORDERED, "duration": _ORDERED, "boolean": ("eq", "is_set", "is_empty"), "choices": _SEVERAL,
    "references": _SEVERAL, "choice": _SINGLE, "reference": _SINGLE, "user": _SINGLE, "color": ("eq", "ne", "is_set", "is_empty"),
    "markdown": ("contains", "is_set", "is_empty"),
}  # fmt: skip
_ON_DAYS = frozenset({"date", "instant"})
_LISTS = frozenset({"choices", "references"})


@dataclass(frozen=True, slots=True)
class Way:
    """One way to filter; `name` is that of the operator, but for the two of emptiness."""

    name: str
    label: str
    shape: Shape


def ways(field: Field | None) -> list[Way]:
    """What is offered for a field; of a list seen from the other side, its emptiness alone."""
    known = kind_of(field).operators(field) if field is not None else ()
    names = _OFFERED.get(field.kind, _TEXT) if field is not None else ()
    kept = [one for one in names if one in known] or []
    return [Way(one, label_of(field, one), _SHAPES.get(one, "one")) for one in (*kept, "is_set", "is_empty")]


def label_of(field: Field | None, name: str) -> str:
    """The operator in words."""
    kind = field.kind if field is not None else ""
    if kind in _ON_DAYS:
        known = {"eq": gettext("on"), "lt": gettext("before"), "gt": gettext("after"), "lte": gettext("until"), "gte": gettext("from")}
        if name in known:
            return known[name]
    if kind in _LISTS and name in ("in", "notIn", "contains"):
        return {"in": gettext("has any of"), "notIn": gettext("has none of")}.get(name, gettext("has"))
    return {
        "eq": gettext("is"), "ne": gettext("is not"), "lt": gettext("less than"), "lte": gettext("at most"), "gt": gettext("more than"),
        "gte": gettext("at least"), "between": gettext("between"), "in": gettext("is any of"), "notIn": gettext("is none of"),
        "all": gettext("has all of"), "contains": gettext("contains"), "startsWith": gettext("begins with (upper and lower case differ)"),
        "relative": gettext("in the period"), "anniversary": gettext("anniversary in the period"), "is_empty": gettext("is empty"), "is_set": gettext("is filled in"),
    }[name]  # fmt: skip


def periods() -> list[tuple[str, str]]:
    """(name, in words) of the periods without a number."""
    return [(one, period_text(one)) for one in PERIODS]


def period_text(name: str) -> str:
    """A period in words."""
    way, _, days = name.partition("-")
    if days.endswith("-days"):
        number = days.removesuffix("-days")
        return gettext("last %(number)s days", number=number) if way == "last" else gettext("next %(number)s days", number=number)
    return {
        "yesterday": gettext("yesterday"), "today": gettext("today"), "tomorrow": gettext("tomorrow"),
        "this-week": gettext("this week"), "last-week": gettext("last week"), "next-week": gettext("next week"),
        "this-month": gettext("this month"), "last-month": gettext("last month"), "next-month": gettext("next month"),
        "this-quarter": gettext("this quarter"), "last-quarter": gettext("last quarter"), "next-quarter": gettext("next quarter"),
        "this-year": gettext("this year"), "last-year": gettext("last year"), "next-year": gettext("next year"),
    }.get(name, name)  # fmt: skip
