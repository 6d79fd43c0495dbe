"""Which fragments offer a choice among scalars, and how a wire value finds its option."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from kartotek.kinds.fragments import type_of
from kartotek.model.field import Option

_OPTION_KEYWORDS = frozenset({"const", "title", "description", "deprecated", "x-i18n", "x-color"})
_OTHERS = frozenset({"allOf", "anyOf", "not", "if", "then", "else", "$ref", "$dynamicRef"})
_TYPES: Mapping[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}


def offers_choice(fragment: Mapping[str, Any]) -> bool:
    """Whether oneOf, enum or const name scalars of the fragment's type, null aside, and nothing else decides."""
    if _OTHERS & fragment.keys() or len({"oneOf", "enum", "const"} & fragment.keys()) != 1:
        return False
    values = _alternatives(fragment["oneOf"]) if "oneOf" in fragment else fragment.get("enum", [fragment.get("const")])
    scalars = [one for one in values if one is not None] if isinstance(values, list) else []
    return bool(scalars) and all(_is_scalar(one) and _has_type(fragment, one) for one in scalars)


def _alternatives(alternatives: Any) -> list[Any]:
    entries = alternatives if isinstance(alternatives, list) else []
    plain = all(isinstance(one, Mapping) and "const" in one and one.keys() <= _OPTION_KEYWORDS for one in entries)
    return [one["const"] for one in entries] if plain else []


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _has_type(fragment: Mapping[str, Any], value: Any) -> bool:
    named = type_of(fragment)
    if not named:
        return "type" not in fragment
    return isinstance(value, _TYPES.get(named, ())) and (named == "boolean" or not isinstance(value, bool))


def option_key(value: Any) -> Hashable:
    """What tells options apart: true is not 1, though Python thinks so, while 1.0 is."""
    return (isinstance(value, bool), value)


def match(options: Mapping[Hashable, Option], wire: Any) -> Option | None:
    """The option of a wire value, which may be anything."""
    return options.get(option_key(wire)) if _is_scalar(wire) else None
