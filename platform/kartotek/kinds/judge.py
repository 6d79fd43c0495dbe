"""Judging JSON by a schema: one kept jsonschema validator, which reaches nothing outside the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, SchemaError, ValidationError, validators  # type: ignore[import-untyped]
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from kartotek.kinds.equality import are_unique
from kartotek.kinds.formats import format_checker
from kartotek.kinds.kind import Convert, Refused, refuse, refuse_setting
from kartotek.kinds.pattern import checked_pattern, longest_input
from kartotek.model.problem import Problem, pointer, problem

_MOST_PROBLEMS = 20
_LONGEST_REASON = 200
# What stands under these is a value, not a schema.
_VALUES = frozenset({"const", "enum", "default", "examples"})
_EXAMPLES: tuple[Any, ...] = (None, "", 0, [], {})
_compiled = lru_cache(maxsize=512)(re.compile)


def _pattern(validator: Any, source: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    if len(instance) > (longest := longest_input(source)):
        yield ValidationError(f"has more than the {longest} characters that this pattern is run on")
    elif _compiled(source).search(instance) is None:
        yield ValidationError(f"{instance!r} does not match {source!r}")


def _unique_items(validator: Any, unique: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    # The library compares every pair, which takes minutes for a list that a request can hold.
    if unique and isinstance(instance, list) and not are_unique(instance):
        yield ValidationError("has items that are not unique")


_Judge = validators.extend(Draft202012Validator, {"pattern": _pattern, "uniqueItems": _unique_items})
_FORMATS = format_checker()


def check_schema(schema: Mapping[str, Any]) -> None:
    """Nothing, where this is a schema that can be judged by. Raises Refused with pointers into it."""
    try:
        _Judge.check_schema(schema, format_checker=_FORMATS)
    except SchemaError as exc:
        refuse_setting(pointer(*exc.absolute_path), f"This is not valid JSON Schema: {exc.message[:_LONGEST_REASON]}")
    resolver = Registry().with_resource("", DRAFT202012.create_resource(dict(schema))).resolver()
    for path, keyword, value in _keywords(schema, ""):
        if keyword in ("$ref", "$dynamicRef") and isinstance(value, str):
            _check_reference(resolver, path, value)
        elif keyword == "pattern" and isinstance(value, str):
            _check_pattern(path, value)
        elif keyword == "patternProperties" and isinstance(value, Mapping):
            for source in value:
                _check_pattern(path, source)
    _check_ends(schema)


def _keywords(schema: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            here = path + pointer(key)
            yield here, key, value
            if key not in _VALUES:
                yield from _keywords(value, here)
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from _keywords(value, path + pointer(index))


def _check_reference(resolver: Any, path: str, reference: str) -> None:
    if not reference.startswith("#"):
        refuse_setting(path, "A reference must stay within the file: it begins with #.")
    try:
        resolver.lookup(reference)
    except Unresolvable:
        refuse_setting(path, f"There is nothing at {reference}.")


def _check_pattern(path: str, source: str) -> None:
    try:
        checked_pattern(source)
    except Refused as exc:
        raise Refused(*(Problem(path, one.code, one.message) for one in exc.problems)) from exc


def _check_ends(schema: Mapping[str, Any]) -> None:
    """A schema that refers to itself without going down into the value would never come to an end."""
    try:
        for example in _EXAMPLES:
            _Judge(schema, registry=Registry()).is_valid(example)
    except RecursionError:
        refuse_setting("", "The schema refers to itself without end.")


def judged_by(schema: Mapping[str, Any]) -> Convert:
    """wire → wire where the schema takes it; the answer raises Refused. The schema has passed check_schema."""
    validator = _Judge(schema, registry=Registry(), format_checker=_FORMATS)

    def judge(wire: Any) -> Any:
        try:
            errors = validator.iter_errors(wire)
            problems = [_problem(error) for _, error in zip(range(_MOST_PROBLEMS), errors, strict=False)]
        except RecursionError:
            refuse("schema", reason="it is nested too deeply")
        if problems:
            raise Refused(*problems)
        return wire

    return judge


def _problem(error: ValidationError) -> Problem:
    return problem(pointer(*error.absolute_path), "schema", reason=error.message[:_LONGEST_REASON])
