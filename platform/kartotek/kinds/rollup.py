"""rollup: a field that aggregates rows or records. It has the kind of its result; here is what makes which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.kinds.fragments import extension
from kartotek.model.formula import Type

_NUMERIC = frozenset({"int", "number", "decimal"})
_ORDERED = _NUMERIC | {"string", "date", "time", "instant", "duration"}
_TAKEN_OF = {"sum": _NUMERIC | {"duration"}, "avg": _NUMERIC, "min": _ORDERED, "max": _ORDERED}


def is_rollup(fragment: Mapping[str, Any]) -> bool:
    """Whether an aggregate says the value."""
    return "rollup" in extension(fragment)


def misfit(function: str, result: Type, source: Type | None) -> str:
    """Why the function cannot make this result of such a source, in a sentence, or "". A count has no source."""
    if source is None:
        return "" if result.name == "int" else "A count is a whole number: the field's type must be 'integer'."
    if source.name not in _TAKEN_OF.get(function, {source.name}):
        return f"'{function}' cannot be taken of such a field."
    if function == "avg":
        return _average_misfit(result, source)
    if result.name != source.name or result.record != source.record:
        return "The result must be of the same type as the field it comes from."
    return _currency_misfit(result, source)


def _average_misfit(result: Type, source: Type) -> str:
    fitting = {"decimal": {"decimal"}, "number": {"number"}, "int": {"number", "decimal"}}[source.name]
    if result.name not in fitting:
        return f"An average of these is a {' or a '.join(sorted(fitting, reverse=True))}."
    return _currency_misfit(result, source)


def _currency_misfit(result: Type, source: Type) -> str:
    if result.currency == source.currency:
        return ""
    return f"The result must have the currency {source.currency}." if source.currency else "The source has no currency."
