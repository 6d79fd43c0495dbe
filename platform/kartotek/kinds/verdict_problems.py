"""What jsonschema finds wrong with an instance, as Problems of ours: a path, a stable code and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from jsonschema import ValidationError  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

from kartotek.model.problem import Problem, pointer, problem

_TYPES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "array": "a list",
    "object": "an object",
}
# The limit that each of these keywords names is told with the problem.
_LIMITS = {
    "minLength": "min_length", "maxLength": "max_length", "minimum": "minimum", "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum", "exclusiveMaximum": "exclusive_maximum", "multipleOf": "multiple_of",
    "minItems": "min_items", "maxItems": "max_items", "minProperties": "min_properties", "maxProperties": "max_properties",
}
_PLAIN = {
    "enum": "choice", "const": "choice", "uniqueItems": "unique_items", "contains": "contains", "minContains": "contains",
    "maxContains": "contains", "not": "not_allowed", "additionalItems": "too_many",
    "unevaluatedItems": "too_many", "items": "too_many",
}


def problems_of(errors: Iterable[ValidationError]) -> Iterator[Problem]:
    """The problems behind the errors, each told once."""
    seen: set[tuple[str, str]] = set()
    for error in errors:
        for one in _problems(error):
            if (one.path, one.code) not in seen:
                seen.add((one.path, one.code))
                yield one


def _problems(error: ValidationError) -> Iterable[Problem]:
    told = _TOLD.get(str(error.validator), _other)
    return told(error, pointer(*error.absolute_path))


def _alternatives(error: ValidationError, path: str) -> Iterable[Problem]:
    """Of an alternative that was nearly met what is wrong with it, else that none fits."""
    best = best_match(iter([error]))
    if best is not None and best is not error and str(best.validator) not in ("anyOf", "oneOf"):
        return _problems(best)
    several = error.validator == "oneOf" and not error.context
    return (problem(path, "several_alternatives" if several else "no_alternative"),)


def _required(error: ValidationError, path: str) -> Iterable[Problem]:
    instance = error.instance if isinstance(error.instance, Mapping) else {}
    wanted = error.validator_value
    names = wanted if isinstance(wanted, list) else []
    return [problem(path + pointer(name), "required") for name in names if name not in instance]


def _dependent(error: ValidationError, path: str) -> Iterable[Problem]:
    demands = error.validator_value
    found = [
        problem(path + pointer(name), "required")
        for given, names in demands.items() if given in error.instance and isinstance(names, list)
        for name in names if name not in error.instance
    ]
    return found or _other(error, path)


def _surplus(error: ValidationError, path: str) -> Iterable[Problem]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    # Which names the library minded stands in its sentence alone; told are those that it names there.
    names = [name for name in error.instance if name not in known and repr(name) in error.message]
    return [problem(path + pointer(name), "unknown_field", name=name) for name in names] or _other(error, path)


def _type(error: ValidationError, path: str) -> Iterable[Problem]:
    wanted = error.validator_value
    named = [wanted] if isinstance(wanted, str) else [one for one in wanted if isinstance(one, str)]
    if len(named) == 2 and "null" in named:
        named = [one for one in named if one != "null"]
    if len(named) != 1:
        return (problem(path, "no_alternative"),)
    return (problem(path, "type", expected=_TYPES[named[0]]) if named[0] in _TYPES else problem(path, "not_allowed"),)


def _format(error: ValidationError, path: str) -> Iterable[Problem]:
    return (problem(path, "format", format=str(error.validator_value)),)


def _pattern(error: ValidationError, path: str) -> Iterable[Problem]:
    return (problem(path, "pattern"),)


def _names(error: ValidationError, path: str) -> Iterable[Problem]:
    return (problem(path, "name", name=str(error.instance)),)


def _other(error: ValidationError, path: str) -> Iterable[Problem]:
    keyword = str(error.validator)
    if "propertyNames" in error.absolute_schema_path and isinstance(error.instance, str):
        return _names(error, path)
    if keyword in _LIMITS:
        return (problem(path, _LIMITS[keyword], limit=error.validator_value),)
    if keyword in _PLAIN:
        return (problem(path, _PLAIN[keyword]),)
    return (problem(path, "not_allowed"),)


_TOLD: Mapping[str, Callable[[ValidationError, str], Iterable[Problem]]] = MappingProxyType(
    {
        "anyOf": _alternatives, "oneOf": _alternatives, "required": _required, "dependentRequired": _dependent,
        "dependencies": _dependent, "additionalProperties": _surplus, "unevaluatedProperties": _surplus,
        "type": _type, "format": _format, "pattern": _pattern,
    }
)
