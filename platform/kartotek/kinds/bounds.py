"""Bounds of numbers and of list lengths, compiled into one check a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from kartotek.kinds.kind import refuse, refuse_setting

KEYWORDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_SETTINGS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "multipleOf": "multiple_of",
}
Check = Callable[[Any], None]


def numeric_settings(fragment: Mapping[str, Any]) -> dict[str, Any]:
    """The bounds of an integer or a double as settings. Raises Refused."""
    found = {}
    for keyword, setting in _SETTINGS.items():
        if keyword in fragment:
            found[setting] = _number(keyword, fragment[keyword])
    if found.get("multiple_of", 1) <= 0:
        refuse_setting("/multipleOf", "multipleOf must be more than 0.")
    low, high = found.get("minimum"), found.get("maximum")
    if low is not None and high is not None and low > high:
        refuse_setting("/minimum", "minimum is larger than maximum: no value could fit.")
    return found


def _number(keyword: str, value: Any) -> int | float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or value != value
        or value in (float("inf"), -float("inf"))
    ):
        refuse_setting(f"/{keyword}", f"{keyword} must be a number.")
    return value


def numeric_schema(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same bounds as JSON Schema keywords."""
    return {keyword: settings[setting] for keyword, setting in _SETTINGS.items() if setting in settings}


def numeric_check(settings: Mapping[str, Any]) -> Check | None:
    """A check of a number against all its bounds, or None where it has none."""
    checks = [make(settings[setting]) for setting, make in _MAKERS.items() if setting in settings]
    if not checks:
        return None

    def check(value: Any) -> None:
        for one in checks:
            one(value)

    return checks[0] if len(checks) == 1 else check


def _minimum(limit: Any) -> Check:
    def check(value: Any) -> None:
        if value < limit:
            refuse("minimum", limit=_shown(limit))

    return check


def _maximum(limit: Any) -> Check:
    def check(value: Any) -> None:
        if value > limit:
            refuse("maximum", limit=_shown(limit))

    return check


def _exclusive_minimum(limit: Any) -> Check:
    def check(value: Any) -> None:
        if value <= limit:
            refuse("exclusive_minimum", limit=_shown(limit))

    return check


def _exclusive_maximum(limit: Any) -> Check:
    def check(value: Any) -> None:
        if value >= limit:
            refuse("exclusive_maximum", limit=_shown(limit))

    return check


def _multiple_of(step: Any) -> Check:
    def check(value: Any) -> None:
        if not is_multiple(value, step):
            refuse("multiple_of", limit=_shown(step))

    return check


_MAKERS: Mapping[str, Callable[[Any], Check]] = {
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusive_minimum": _exclusive_minimum,
    "exclusive_maximum": _exclusive_maximum,
    "multiple_of": _multiple_of,
}


def is_multiple(value: Any, step: Any) -> bool:
    """Whether the value is a multiple as jsonschema sees it: binary fractions are taken as they are."""
    if not isinstance(step, float):
        return bool(value % step == 0)
    try:
        quotient = value / step
        return bool(int(quotient) == quotient)
    except OverflowError:
        return (Fraction(value) / Fraction(step)).denominator == 1


def _shown(limit: Any) -> Any:
    # A parameter of a problem travels as JSON.
    return limit if isinstance(limit, int | float) else str(limit)


def length_check(settings: Mapping[str, Any]) -> Check | None:
    """A check of how many items there are, or None where any number will do."""
    low, high = settings.get("min_items", 0), settings.get("max_items")
    if not low and high is None:
        return None

    def check(items: Any) -> None:
        if len(items) < low:
            refuse("min_items", limit=low)
        if high is not None and len(items) > high:
            refuse("max_items", limit=high)

    return check
