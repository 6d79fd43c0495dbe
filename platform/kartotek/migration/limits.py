"""Limits: the steps from the settings and options of a field to others, which may take fewer values than it took before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

from kartotek.migration.step import Step, Subject
from kartotek.model.field import Field

Change = Literal["wider", "narrower", "free"]


def steps(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    """A step for each setting that differs, and for what options there are; a field that a formula fills has none."""
    if old.is_derived and new.is_derived:
        return
    for key in sorted(old.settings.keys() | new.settings.keys()):
        before, after = old.settings.get(key), new.settings.get(key)
        if before == after or key in _CONVERTED or (old.kind != new.kind and not _binds(old, key, before, after)):
            continue
        yield _setting(subject, key, before, after)
    yield from _options(subject, old, new)
    if old.nullable != new.nullable:
        action, verdict, code = _NULL[new.nullable]
        yield subject.step(action, verdict, code)


def _binds(old: Field, key: str, before: Any, after: Any) -> bool:
    """Whether a limit of another kind is more than what the conversion sees to: all values, or lists of one, may not keep it."""
    if key in ("min_items", "max_items") and old.kind not in _LISTS:
        return after is not None and (after > 1 if key == "min_items" else after < 1)
    return key in _LIMITS and key not in ("precision", "unique_items") and _LIMITS[key](before, after) == "narrower"


def _setting(subject: Subject, key: str, before: Any, after: Any) -> Step:
    told = {"setting": _keyword(key), "before": _shown(before), "after": _shown(after)}
    if key in _REWRITTEN:
        return subject.step("retype", "confirm", "rewritten", **told)
    change = _RULES.get(key, _never)(before, after)
    if change == "narrower":
        return subject.step("narrow", "ratcheted", "narrower", **told)
    if change == "wider":
        return subject.step("widen", "safe", "wider", **told)
    return subject.step("metadata", "safe", "setting", **told)


def _options(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    before, after = ({repr(one.value): one for one in field.options} for field in (old, new))
    if before == after or not (before and after):
        yield from _bare(subject, old, new)
        return
    gone = [key for key in before if key not in after]
    more = [key for key in after if key not in before]
    both = [key for key in before if key in after]
    if gone:
        values, left = [before[key].value for key in gone], [one.value for one in new.options]
        yield subject.step("options", "refused", "options_gone", values=", ".join(gone), gone=values, left=left)
    if more:
        yield subject.step("widen", "safe", "options_more", values=", ".join(more))
    retired = [key for key in both if after[key].deprecated and not before[key].deprecated]
    if retired:
        yield subject.step("metadata", "safe", "options_retired", values=", ".join(retired))
    elif any(before[key] != after[key] for key in both):
        yield subject.step("metadata", "safe", "options_words")


def _bare(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    """A field that has options now and had none, or the other way round, without being of another kind."""
    if old.kind == new.kind and new.options and not old.options:
        yield subject.step("narrow", "ratcheted", "options_first", values=", ".join(repr(one.value) for one in new.options))
    elif old.kind == new.kind and old.options and not new.options:
        yield subject.step("widen", "safe", "options_none")


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


_LIMITS: Mapping[str, Callable[[Any, Any], Change]] = MappingProxyType(
    dict.fromkeys(("max_length", "maximum", "exclusive_maximum", "max_items", "max_size", "precision"), _upper)
    | dict.fromkeys(("min_length", "minimum", "exclusive_minimum", "min_items"), _lower)
    | dict.fromkeys(("pattern", "multiple_of", "unique_items"), _dropped)
    | {"accept": _more}
)
_RULES: Mapping[str, Callable[[Any, Any], Change]] = MappingProxyType(
    {**_LIMITS, **dict.fromkeys(("row_key", "auto_number", "region", "timezone"), _free)}
)
_LISTS = frozenset({"choices", "references", "files", "rows", "json"})
# What changes values themselves: how they go over is a step of its own.
_CONVERTED = frozenset({"scale", "currency"})
# What changes how values are stored, though not what they are.
_REWRITTEN = frozenset({"encrypt"})
_NULL: Mapping[bool, tuple[Any, Any, str]] = MappingProxyType(
    {True: ("widen", "safe", "null_wider"), False: ("narrow", "ratcheted", "null_narrower")}
)


def _keyword(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(one.title() for one in others)


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)
