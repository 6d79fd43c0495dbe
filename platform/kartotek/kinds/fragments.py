"""Reading a schema fragment: which type it has, which keywords of ours, and whether a column can stand for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.kinds.kind import refuse_setting
from kartotek.model.frozen import EMPTY

# PostgreSQL's indexes take rows of at most 2,704 bytes, and a character may need four.
LONGEST_INDEXED = 600
_UNTYPED = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref", "$dynamicRef"})


def type_of(fragment: Mapping[str, Any]) -> str:
    """The one JSON type besides null, or "" where there is none or where there are several."""
    named = fragment.get("type", "")
    if isinstance(named, str):
        return named
    others = [one for one in named if one != "null"] if isinstance(named, list | tuple) else []
    return str(others[0]) if len(others) == 1 else ""


def plain_type(fragment: Mapping[str, Any]) -> str:
    """Like type_of, and "" also where other schemas decide too: such a fragment is judged whole, as JSON."""
    return "" if _UNTYPED & fragment.keys() or "enum" in fragment or "const" in fragment else type_of(fragment)


def extension(fragment: Mapping[str, Any]) -> Mapping[str, Any]:
    """The keywords of ours, under x-field."""
    found = fragment.get("x-field", EMPTY)
    return found if isinstance(found, Mapping) else EMPTY


def is_string(fragment: Mapping[str, Any], *formats: str) -> bool:
    """Whether it is a plain string of one of the formats."""
    return plain_type(fragment) == "string" and fragment.get("format") in formats


def widget(fragment: Mapping[str, Any]) -> str:
    """The control that was asked for."""
    return str(extension(fragment).get("widget", ""))


def has_own_kind(fragment: Mapping[str, Any]) -> bool:
    """Whether x-field says what the value is, whatever its format."""
    return bool({"references", "file", "autoNumber"} & extension(fragment).keys())


def count(fragment: Mapping[str, Any], keyword: str) -> int | None:
    """The value of a keyword that counts, such as maxLength. Raises Refused for anything but a whole number from 0."""
    value = fragment.get(keyword)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        refuse_setting(f"/{keyword}", f"{keyword} must be a whole number of at least 0.")
    return int(value)


def counts(fragment: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """{setting: number} of those keywords that are there; `names` is {keyword: setting}, the lower bound first."""
    found = {setting: count(fragment, keyword) for keyword, setting in names.items()}
    limits = [value for value in found.values() if value is not None]
    if len(limits) == 2 and limits[0] > limits[1]:
        keywords = tuple(names)
        refuse_setting(f"/{keywords[0]}", f"{keywords[0]} is larger than {keywords[1]}: no value could fit.")
    return {setting: value for setting, value in found.items() if value is not None}


def indexed_length(fragment: Mapping[str, Any], longest: int | None) -> int | None:
    """How long a text may be that is declared to be at most `longest`. Raises Refused where an index cannot hold it."""
    own = extension(fragment)
    if not own.get("unique") and not own.get("index"):
        return longest
    if longest is not None and longest > LONGEST_INDEXED:
        refuse_setting(
            "/maxLength", f"A text with an index, or a unique one, can have at most {LONGEST_INDEXED} characters."
        )
    return LONGEST_INDEXED if longest is None else longest
