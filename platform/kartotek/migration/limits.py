"""Limits: whether changed settings of a field still take every value they took before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

from kartotek.model.field import Field

Change = Literal["same", "wider", "narrower", "free"]


def changes(old: Field, new: Field) -> Iterator[tuple[str, Change]]:
    """(sentence, how) for each setting and option that differs; "free" means that stored values do not matter to it."""
    for key in sorted(old.settings.keys() | new.settings.keys()):
        before, after = old.settings.get(key), new.settings.get(key)
        if before != after:
            shown = f"{_keyword(key)} from {_shown(before)} to {_shown(after)}"
            yield shown, _RULES.get(key, _never)(before, after)
    yield from _options(old, new)
    if old.nullable != new.nullable:
        yield ("null is accepted", "wider") if new.nullable else ("null is not accepted any more", "narrower")


def _options(old: Field, new: Field) -> Iterator[tuple[str, Change]]:
    before, after = ({repr(one.value): one for one in field.options} for field in (old, new))
    for key in before.keys() - after.keys():
        yield f"the option {before[key].value!r} is gone", "narrower"
    if after.keys() - before.keys():
        yield "more options", "wider"
    if any(before[key] != after[key] for key in before.keys() & after.keys()):
        yield "other words for options", "free"


def _upper(before: Any, after: Any) -> Change:
    return "wider" if after is None or (before is not None and _at_most(before, after)) else "narrower"


def _lower(before: Any, after: Any) -> Change:
    return "wider" if after is None or (before is not None and _at_most(after, before)) else "narrower"


def _dropped(_before: Any, after: Any) -> Change:
    return "narrower" if after else "wider"


def _more(before: Any, after: Any) -> Change:
    return "wider" if not after or (before and set(before) <= set(after)) else "narrower"


def _free(_before: Any, _after: Any) -> Change:
    return "free"


def _never(_before: Any, _after: Any) -> Change:
    return "narrower"


def _at_most(low: Any, high: Any) -> bool:
    try:
        return bool(low <= high)
    except TypeError:
        return False


_RULES: Mapping[str, Callable[[Any, Any], Change]] = MappingProxyType(
    dict.fromkeys(("max_length", "maximum", "exclusive_maximum", "max_items", "max_size", "precision"), _upper)
    | dict.fromkeys(("min_length", "minimum", "exclusive_minimum", "min_items"), _lower)
    | dict.fromkeys(("pattern", "multiple_of", "unique_items"), _dropped)
    | {"accept": _more}
    | dict.fromkeys(("row_key", "auto_number", "region", "timezone"), _free)
)


def _keyword(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(one.title() for one in others)


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)
