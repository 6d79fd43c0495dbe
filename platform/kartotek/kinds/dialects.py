"""Dialects of JSON Schema: for each jsonschema's validator, bounded so that no schema and no instance can hold a server up."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jsonschema import (  # type: ignore[import-untyped]
    Draft4Validator,
    Draft6Validator,
    Draft7Validator,
    Draft201909Validator,
    Draft202012Validator,
    FormatChecker,
    ValidationError,
    validators,
)

from kartotek.kinds.bounds import is_multiple
from kartotek.kinds.equality import are_unique
from kartotek.kinds.linear_pattern import linear_pattern
from kartotek.kinds.pattern import longest_input

LATEST = "https://json-schema.org/draft/2020-12/schema"
DRAFT_2019_09 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_07 = "http://json-schema.org/draft-07/schema"
DRAFT_06 = "http://json-schema.org/draft-06/schema"
DRAFT_04 = "http://json-schema.org/draft-04/schema"
_VALIDATORS = {
    LATEST: Draft202012Validator, DRAFT_2019_09: Draft201909Validator, DRAFT_07: Draft7Validator,
    DRAFT_06: Draft6Validator, DRAFT_04: Draft4Validator,
}
# Judging goes on for so many keywords, and for so many more with each value of the instance; a second has about 200,000.
_MOST_STEPS = 200_000
_STEPS_A_VALUE = 12
# A step can be dear: the errors of nested alternatives are handed up through all of them. So the thread's time counts too.
_MOST_SECONDS = 1.0
_LOOKED_AT = 64  # how often, in steps
# The checks of formats have been measured to take less than half a second for texts of these lengths.
_LONGEST_FORMATTED = 200_000
_SLOW_FORMATS = {"uri-template": 10_000, "regex": 20_000}
_MOST_MATCHED = 5_000_000  # characters times states of what is run in one pass: about a second at worst
_compiled = lru_cache(maxsize=1024)(re.compile)


class _Left(threading.local):
    """What is left to the judgement that this thread is at."""

    steps: int = _MOST_STEPS
    until: float = float("inf")


_left = _Left()


class Exhausted(Exception):
    """The schema takes more steps for this instance than anybody can wait for."""


def dialect_of(schema: Any) -> str:
    """The dialect that a schema names, without an empty fragment; the latest where it names none. "" for what is no text."""
    named = schema.get("$schema", LATEST) if isinstance(schema, Mapping) else LATEST
    return named.removesuffix("#") if isinstance(named, str) else ""


def allow_steps(values: int, share: float = 1.0) -> None:
    """Begins a judgement of an instance of so many values, with a share of the usual patience; it may end with Exhausted."""
    _left.steps = int(_MOST_STEPS * share) + values * _STEPS_A_VALUE
    _left.until = time.thread_time() + _MOST_SECONDS * share + values / 50_000


def can_be_run(source: str) -> bool:
    """Whether a regular expression, which compiles, comes to an end in time on some texts at least."""
    return longest_input(source) > 0 or linear_pattern(source) is not None


def matches(source: str, text: str) -> bool:
    """Whether `re.search` finds the pattern in the text. Raises Exhausted for a text that is too long for it."""
    if len(text) <= longest_input(source):
        return _compiled(source).search(text) is not None
    linear = linear_pattern(source)
    if linear is None or len(text) * linear.size > _MOST_MATCHED:
        raise Exhausted
    return linear.search(text)


Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]


def _counted(keyword: Keyword) -> Keyword:
    def judged(validator: Any, value: Any, instance: Any, schema: Any) -> Iterable[ValidationError] | None:
        _left.steps = left = _left.steps - 1
        if left < 0 or (left % _LOOKED_AT == 0 and time.thread_time() > _left.until):
            raise Exhausted
        return keyword(validator, value, instance, schema)

    return judged


def _pattern(validator: Any, source: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    if not matches(source, instance):
        yield ValidationError(f"{instance!r} does not match {source!r}")


def _unique_items(validator: Any, unique: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    # The library compares every pair, which takes minutes for a list that a request can hold.
    if unique and isinstance(instance, list) and not are_unique(instance):
        yield ValidationError("has items that are not unique")


def _multiple_of(validator: Any, step: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    # The library's own fails with an OverflowError for integers that no double can hold.
    if validator.is_type(instance, "number") and not is_multiple(instance, step):
        yield ValidationError(f"{instance!r} is not a multiple of {step!r}")


def _format(validator: Any, name: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.format_checker is None or not isinstance(instance, str) or name not in validator.format_checker.checkers:
        return
    if not _conforms(validator.format_checker, name, instance):
        yield ValidationError(f"{instance!r} is not a {name!r}")


def _conforms(checker: FormatChecker, name: str, text: str) -> bool:
    if len(text) > _SLOW_FORMATS.get(name, _LONGEST_FORMATTED):
        raise Exhausted
    try:
        return bool(checker.conforms(text, name))
    except (ValueError, ArithmeticError, RecursionError, LookupError, TypeError):  # a checker that fails has not found it right
        return False


_OURS: Mapping[str, Keyword] = {
    "pattern": _pattern, "uniqueItems": _unique_items, "multipleOf": _multiple_of, "format": _format,
}


def _bounded(library: Any) -> Any:
    known = {**library.VALIDATORS, **{name: one for name, one in _OURS.items() if name in library.VALIDATORS}}
    made = validators.extend(library, {name: _counted(one) for name, one in known.items()})
    made.evolve = _evolve
    return made


def _evolve(self: Any, **changes: Any) -> Any:
    """What jsonschema does, but that a schema which names its dialect gets our validator of it and not the library's."""
    schema = changes.setdefault("schema", self.schema)
    named = schema.get("$schema") if isinstance(schema, dict) else None
    made = JUDGES.get(named.removesuffix("#"), type(self)) if isinstance(named, str) else type(self)
    for one in type(self).__attrs_attrs__:
        if one.init and one.alias not in changes:
            changes[one.alias] = getattr(self, one.name)
    return made(**changes)


JUDGES: Mapping[str, Any] = MappingProxyType({uri: _bounded(one) for uri, one in _VALIDATORS.items()})
CHECKERS: Mapping[str, Any] = MappingProxyType({uri: one.FORMAT_CHECKER for uri, one in _VALIDATORS.items()})
