"""The options of a choice, out of oneOf, enum or const."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Any

from kartotek.kinds.fragments import type_of
from kartotek.model.field import Option
from kartotek.model.frozen import EMPTY

_OPTION_KEYWORDS = frozenset({"const", "title", "description", "deprecated", "x-i18n", "x-color"})
_OTHERS = frozenset({"allOf", "anyOf", "not", "if", "then", "else", "$ref", "$dynamicRef"})
_TYPES: Mapping[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}


def options_of(fragment: Mapping[str, Any]) -> tuple[Option, ...]:
    """The options in their order, null left out, or () where the fragment is no choice among scalars."""
    if _OTHERS & fragment.keys():
        return ()
    found = _one_of(fragment) if "oneOf" in fragment else _enumerated(fragment)
    keys = [option_key(one.value) for one in found]
    fits = all(_is_scalar(one.value) and _has_type(fragment, one.value) for one in found)
    return found if fits and len(set(keys)) == len(keys) else ()


def _one_of(fragment: Mapping[str, Any]) -> tuple[Option, ...]:
    alternatives = fragment["oneOf"]
    if "enum" in fragment or "const" in fragment or not isinstance(alternatives, list):
        return ()
    if not all(isinstance(one, Mapping) and "const" in one and one.keys() <= _OPTION_KEYWORDS for one in alternatives):
        return ()
    i18n = _translations(fragment)
    return tuple(_option(one, i18n) for one in alternatives if one["const"] is not None)


def _option(alternative: Mapping[str, Any], i18n: Mapping[str, Mapping[str, str]]) -> Option:
    value = alternative["const"]
    own = alternative.get("x-i18n", EMPTY)
    titles = dict(i18n.get(str(value), EMPTY)) | {tag: one["title"] for tag, one in own.items() if one.get("title")}
    return Option(
        value=value,
        title=alternative.get("title", str(value)),
        titles=MappingProxyType(titles),
        deprecated=alternative.get("deprecated", False) is True,
        color=alternative.get("x-color", ""),
    )


def _enumerated(fragment: Mapping[str, Any]) -> tuple[Option, ...]:
    values = fragment.get("enum", [fragment["const"]] if "const" in fragment else [])
    if not isinstance(values, list):
        return ()
    i18n = _translations(fragment)
    return tuple(Option(one, str(one), MappingProxyType(dict(i18n.get(str(one), EMPTY)))) for one in values if one is not None)


def _translations(fragment: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """{option: {language: title}} out of x-i18n.<language>.enum."""
    found: dict[str, dict[str, str]] = {}
    for tag, texts in fragment.get("x-i18n", EMPTY).items():
        for option, title in texts.get("enum", EMPTY).items():
            found.setdefault(option, {})[tag] = title
    return found


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
