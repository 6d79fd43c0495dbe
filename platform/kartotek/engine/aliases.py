"""Aliases: what a client still calls by a former name, by the name of today; as far as he may know that there is such a field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.view import TypeView
from kartotek.rules.rights import Rights


def called(declared: RecordType, seen: TypeView, name: str) -> str:
    """What the field is called today, if the reader may see it; else the name as it came."""
    if name in seen.fields or not declared.former:
        return name
    today = declared.former.get(name, name)
    return today if today in seen.fields else name


def by_todays_names(
    rights: Rights, declared: RecordType, wire: Mapping[str, Any], unset: Iterable[str] = ()
) -> tuple[Mapping[str, Any], Iterable[str]]:
    """The fields of a request, and those to be emptied. A former name beside that of today stays, and is refused."""
    if not declared.has_former:
        return wire, unset
    there = {*wire, *unset}

    def today(name: str) -> str:
        now = declared.former.get(name, name)
        return now if now not in there and rights.refusal(now) != "unknown_field" else name

    made = {today(name): value for name, value in wire.items()}
    for one in declared.fields:
        if one.name in made and any(inner.aliases for inner in one.fields):
            made[one.name] = _members(rights, one, made[one.name])
    return made, [today(name) for name in unset]


def _members(rights: Rights, outer: Field, value: Any) -> Any:
    if isinstance(value, list):
        return [_members(rights, outer, one) for one in value]
    if not isinstance(value, dict):
        return value
    known = {
        alias: one.name for one in outer.fields for alias in one.aliases
        if one.name not in value and rights.members.refusal(outer, one) != "unknown_field"
    }
    return {known.get(name, name): one for name, one in value.items()}
