"""text: one line of text, with bounds, a pattern, or one of JSON Schema's lesser formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kartotek.kinds.formats import LESSER, is_format
from kartotek.kinds.fragments import counts, has_own_kind, indexed_length, plain_type
from kartotek.kinds.kind import Convert, refuse, refuse_setting
from kartotek.kinds.pattern import checked_pattern, longest_input
from kartotek.kinds.storable import as_text
from kartotek.kinds.textual import Textual
from kartotek.model.field import Field
from kartotek.model.settings import SiteSettings


class TextKind(Textual):
    """Lengths count code points; a pattern may match anywhere, as JSON Schema has it."""

    name = "text"
    keywords = frozenset({"minLength", "maxLength", "pattern"})

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return plain_type(fragment) == "string" and not has_own_kind(fragment)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        found = counts(fragment, {"minLength": "min_length", "maxLength": "max_length"})
        if (longest := indexed_length(fragment, found.get("max_length"))) is not None:
            found["max_length"] = longest
        if "pattern" in fragment:
            found["pattern"] = checked_pattern(fragment["pattern"])
            _bound_by_pattern(fragment, found)
        if fragment.get("format") in LESSER:
            found["format"] = fragment["format"]
        return found

    def parse(self, field: Field) -> Convert:
        return text_parser(field.settings)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return text_schema(field.settings)


def _bound_by_pattern(fragment: Mapping[str, Any], found: dict[str, Any]) -> None:
    longest = longest_input(found["pattern"])
    if fragment.get("maxLength", 0) > longest:
        refuse_setting("/maxLength", f"This pattern can be slow on long texts: maxLength must be at most {longest}.")
    found["max_length"] = min(found.get("max_length", longest), longest)


def text_parser(settings: Mapping[str, Any]) -> Convert:
    """wire → text within its settings; the answer raises Refused."""
    low, high = settings.get("min_length", 0), _longest(settings)
    search = re.compile(settings["pattern"]).search if "pattern" in settings else None
    named = settings.get("format", "")

    def parse(wire: Any) -> str:
        text = as_text(wire)
        if low and len(text) < low:
            refuse("min_length", limit=low)
        if high is not None and len(text) > high:
            refuse("max_length", limit=high)
        if search is not None and search(text) is None:
            refuse("pattern")
        if named and not is_format(named, text):
            refuse("format", format=named)
        return text

    return parse if low or high is not None or search or named else as_text


def _longest(settings: Mapping[str, Any]) -> int | None:
    limits = [settings["max_length"]] if "max_length" in settings else []
    # A pattern is run on no more than it can be trusted with, so that no input can hold a server up.
    limits += [longest_input(settings["pattern"])] if "pattern" in settings else []
    return min(limits) if limits else None


def text_schema(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of such a text."""
    schema: dict[str, Any] = {"type": "string"}
    if "min_length" in settings:
        schema["minLength"] = settings["min_length"]
    if (longest := _longest(settings)) is not None:
        schema["maxLength"] = longest
    schema |= {keyword: settings[keyword] for keyword in ("pattern", "format") if keyword in settings}
    return schema
