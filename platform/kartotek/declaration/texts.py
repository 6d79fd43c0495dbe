"""Texts in several languages: a plain text, one text a language, and what stands under x-i18n."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kartotek.model.settings import Texts

Labels = Mapping[str, Mapping[str, Any]]


def plain_text(value: Any, languages: tuple[str, ...]) -> str:
    """The text in the first of the site's languages that has one; any other where none has."""
    if not isinstance(value, Mapping):
        return str(value or "")
    ordered = [*(value[tag] for tag in languages if tag in value), *value.values()]
    return str(ordered[0]) if ordered else ""


def texts_of(value: Any, languages: tuple[str, ...]) -> Texts:
    """{language: text}; a plain text counts as one in the site's first language."""
    if isinstance(value, Mapping):
        return MappingProxyType(dict(value))
    return MappingProxyType({languages[0]: str(value)} if value else {})


def labels_of(declared: Mapping[str, Any], renamed: Mapping[str, str] = MappingProxyType({})) -> Labels:
    """{language: {key: text}} from x-i18n and from every key whose value is one text a language.

    `renamed` gives keys another name: a tab's title stands under "tab".
    """
    labels: dict[str, dict[str, Any]] = {}
    for key in ("title", "plural", "description", "message", "tab"):
        value = declared.get(key)
        for language, text in value.items() if isinstance(value, Mapping) else ():
            labels.setdefault(language, {})[renamed.get(key, key)] = text
    for language, texts in declared.get("x-i18n", {}).items():
        labels.setdefault(language, {}).update(texts)
    return MappingProxyType({language: MappingProxyType(texts) for language, texts in labels.items()})
