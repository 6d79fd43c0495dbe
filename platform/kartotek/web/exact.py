"""Exact: what nobody touched in a form goes back as it is stored, however its control had to show it.

A control shows 10:30+08:00 in the site's zone, 1.0 as 1, and of an object only the members it knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kartotek.kinds.equality import canonical
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.web.posted import strings_of, wire_of, with_plain_ends


def exact(fields: Iterable[Field], posted: Mapping[str, Any], stored: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The posted values, and in place of those that an untouched control sends the stored ones."""
    found = {field.name: _kept(field, posted.get(field.name, MISSING), stored.get(field.name, MISSING), language) for field in fields}
    return {name: value for name, value in found.items() if value is not MISSING}


def _kept(field: Field, posted: Any, stored: Any, language: str) -> Any:
    if stored is MISSING:
        return posted
    if _is_same(field, posted, _untouched(field, stored, language)):
        return stored
    if field.kind == "object" and isinstance(stored, Mapping):
        return _members(field, posted, stored, language)
    if field.kind == "rows" and isinstance(stored, list) and isinstance(posted, list):
        return [_row(field, row, stored, language, place=place) for place, row in enumerate(posted)]
    return posted


def _members(field: Field, posted: Any, stored: Mapping[str, Any], language: str) -> Any:
    """An object: what it holds besides the members that the form knows stays in it."""
    known = {one.name for one in field.fields}
    values = exact(field.fields, {} if posted is MISSING else posted, stored, language)
    found = {name: values.get(name, MISSING) if name in known else value for name, value in stored.items()} | values
    kept = {name: value for name, value in found.items() if value is not MISSING}
    return kept if kept or posted is not MISSING else MISSING


def _row(field: Field, row: Mapping[str, Any], stored: list[Any], language: str, *, place: int) -> Any:
    """A row that was only moved is found again; else it is compared with the one that stood in its place."""
    shown = [_untouched_members(field, one, language) for one in stored]
    same = [one for one, before in zip(stored, shown, strict=True) if canonical(before) == canonical(row)]
    if same:
        return same[0]
    return exact(field.fields, row, stored[place], language) if place < len(stored) else row


def _untouched(field: Field, stored: Any, language: str) -> Any:
    return _sent_back([field], {field.name: stored}, language).get(field.name, MISSING)


def _untouched_members(field: Field, row: Mapping[str, Any], language: str) -> Any:
    return _sent_back(field.fields, row, language)


def _sent_back(fields: Sequence[Field], stored: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What comes of the values on their way through a browser, for which every line's end is the same."""
    strings = {path: [with_plain_ends(one) for one in texts] for path, texts in strings_of(fields, stored, language).items()}
    return wire_of(fields, strings, language)[0]


def _is_same(field: Field, posted: Any, shown: Any) -> bool:
    if posted is MISSING or shown is MISSING:
        return posted is shown
    if field.kind == "choices":  # boxes to tick have no order
        return sorted(repr(canonical(one)) for one in posted) == sorted(repr(canonical(one)) for one in shown)
    return canonical(posted) == canonical(shown)
