"""The options of a choice, from oneOf or enum, with their titles in every language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.problems import Problems
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.texts import plain_text
from kartotek.model.field import Option


def options_of(
    problems: Problems, path: Path, fragment: Mapping[str, Any], languages: tuple[str, ...]
) -> tuple[Option, ...]:
    """Of a choice, or of the elements of a list of choices; () where there are none. null is not an option."""
    inner = fragment.get("items")
    if isinstance(inner, Mapping) and _listed(inner):
        return _options(
            problems, (*path, "items"), inner, titles=_titles(fragment) | _titles(inner), languages=languages
        )
    return _options(problems, path, fragment, titles=_titles(fragment), languages=languages)


def option_key(value: Any) -> str:
    """How x-i18n names an option: the text itself, or the JSON of another value."""
    return value if isinstance(value, str) else json.dumps(value)


def _listed(fragment: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "oneOf" in fragment:
        return list(fragment["oneOf"])
    return [{"const": value} for value in fragment.get("enum", ()) if value is not None]


def _titles(fragment: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {language: texts["enum"] for language, texts in fragment.get("x-i18n", {}).items() if "enum" in texts}


def _options(
    problems: Problems,
    path: Path,
    fragment: Mapping[str, Any],
    *,
    titles: dict[str, dict[str, str]],
    languages: tuple[str, ...],
) -> tuple[Option, ...]:
    declared = _listed(fragment)
    keys = [option_key(one["const"]) for one in declared]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            problems.error(
                (*path, "oneOf", index, "const"), "duplicate_option", f"The option '{key}' stands here twice."
            )
    for language, texts in titles.items():
        for key in texts.keys() - set(keys):
            sentence = f"There is no option '{key}'.{did_you_mean(key, keys)}"
            problems.error_at_key((*path, "x-i18n", language, "enum", key), "unknown_option", sentence)
    return tuple(_option(one, key, titles, languages) for one, key in zip(declared, keys, strict=True))


def _option(one: Mapping[str, Any], key: str, titles: dict[str, dict[str, str]], languages: tuple[str, ...]) -> Option:
    own = one.get("title", key)
    texts = {language: found[key] for language, found in titles.items() if key in found}
    return Option(
        value=one["const"],
        title=plain_text(own, languages),
        titles=MappingProxyType({**(own if isinstance(own, Mapping) else {}), **texts}),
        deprecated=one.get("deprecated", False),
        color=one.get("x-color", ""),
    )
