"""A quick look whether a schema is certainly valid in its dialect; the meta-schemas, which take a hundred times as long, see the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from kartotek.kinds.dialects import CHECKERS, DRAFT_07, DRAFT_2019_09, LATEST

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_ANY = frozenset({"default", "const"})
_TEXTS = frozenset({"title", "description", "$comment", "format", "contentMediaType", "contentEncoding"})
_FLAGS = frozenset({"readOnly", "writeOnly", "uniqueItems", "deprecated"})
_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_COUNTS = frozenset({
    "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains",
})
_LISTS = frozenset({"enum", "examples"})
_SCHEMAS = frozenset({
    "not", "if", "then", "else", "contains", "additionalProperties", "additionalItems", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "contentSchema",
})
_ALTERNATIVES = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
# What means nothing in a dialect may hold anything there; whether it does is left to the meta-schema.
_UNSEEN = frozenset({
    "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef", "$vocabulary", "$id", "$schema", "id",
})
_DIALECTS = frozenset({DRAFT_07, DRAFT_2019_09, LATEST})
Check = Callable[[Any, str], bool]


def is_surely_valid(value: Any, dialect: str) -> bool:
    """True where the meta-schema would find nothing; False says only that it has to be asked."""
    if dialect not in _DIALECTS or not isinstance(value, dict):
        return False
    named = value.get("$id", "")
    if not isinstance(named, str) or "#" in named or not _is_uri(named, dialect):
        return False
    return _schema({key: inner for key, inner in value.items() if key not in ("$schema", "$id")}, dialect)


def _schema(value: Any, dialect: str) -> bool:
    if isinstance(value, bool):
        return True
    if not isinstance(value, dict):
        return False
    return all(_keyword(key, inner, dialect) for key, inner in value.items())


def _keyword(key: str, value: Any, dialect: str) -> bool:
    check = _CHECKS.get(key)
    return check(value, dialect) if check is not None else key not in _UNSEEN


def _is_uri(text: str, dialect: str) -> bool:
    return bool(CHECKERS[dialect].conforms(text, "uri-reference"))


def _reference(value: Any, dialect: str) -> bool:
    return isinstance(value, str) and _is_uri(value, dialect)


def _regex(value: Any, dialect: str) -> bool:
    return isinstance(value, str) and bool(CHECKERS[dialect].conforms(value, "regex"))


def _number(value: Any, dialect: str) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: Any, dialect: str) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _names(value: Any, dialect: str) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value) and len(set(value)) == len(value)


def _type(value: Any, dialect: str) -> bool:
    return value in _TYPES if isinstance(value, str) else bool(value) and _names(value, dialect) and _TYPES.issuperset(value)


def _schemas(value: Any, dialect: str) -> bool:
    return isinstance(value, list) and bool(value) and all(_schema(one, dialect) for one in value)


def _map(value: Any, dialect: str) -> bool:
    return isinstance(value, dict) and all(_schema(one, dialect) for one in value.values())


def _items(value: Any, dialect: str) -> bool:
    return _schemas(value, dialect) if isinstance(value, list) and dialect != LATEST else _schema(value, dialect)


def _patterns(value: Any, dialect: str) -> bool:
    return _map(value, dialect) and all(_regex(one, dialect) for one in value)


def _dependencies(value: Any, dialect: str) -> bool:
    return isinstance(value, dict) and all(
        _names(one, dialect) if isinstance(one, list) else _schema(one, dialect) for one in value.values()
    )


def _demands(value: Any, dialect: str) -> bool:
    return isinstance(value, dict) and all(_names(one, dialect) for one in value.values())


def _each(keys: frozenset[str], check: Check) -> dict[str, Check]:
    return dict.fromkeys(keys, check)


_CHECKS: Mapping[str, Check] = MappingProxyType({
    **_each(_ANY, lambda value, dialect: True),
    **_each(_TEXTS, lambda value, dialect: isinstance(value, str)),
    **_each(_FLAGS, lambda value, dialect: isinstance(value, bool)),
    **_each(_NUMBERS, _number), **_each(_COUNTS, _count), **_each(_SCHEMAS, _schema), **_each(_ALTERNATIVES, _schemas),
    **_each(_MAPS, _map), **_each(_LISTS, lambda value, dialect: isinstance(value, list)),
    "multipleOf": lambda value, dialect: _number(value, dialect) and value > 0,
    "$ref": _reference, "pattern": _regex, "required": _names, "type": _type, "items": _items,
    "patternProperties": _patterns, "dependencies": _dependencies, "dependentRequired": _demands,
})
