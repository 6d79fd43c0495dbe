"""Meanwhile: what others changed while someone typed, beside what they typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.web.current import engine
from kartotek.web.posted import differs

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that others changed: what it was, what it is now, and what was typed here (the same as `was` if untouched)."""

    field: Field
    was: Any
    now: Any
    mine: Any
    clashes: bool


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """`kept` are the values that the form goes on with: typed ones, and elsewhere the others' new ones; `emptied` were cleared."""

    differences: Sequence[Difference]
    kept: Mapping[str, Any]
    emptied: frozenset[str]
    by: tuple[str, ...]
    at: str


def meanwhile(
    visitor: Actor, record_type: RecordType, stored: Mapping[str, Any], version: int, *, typed: Mapping[str, Any]
) -> Meanwhile:
    """What happened after `version`; `typed` is {field name: wire, or MISSING for an emptied control}."""
    entries = _since(visitor, record_type.name, stored["id"], version)
    before = dict(stored["fields"])
    for entry in entries:  # newest first, so the oldest has the last word on what there was
        for change in entry["changes"]:
            before[change["field"]] = change.get("was", MISSING)
    now, fields = stored["fields"], record_type.by_name
    changed = [name for name, field in fields.items() if differs(field, before.get(name, MISSING), now.get(name, MISSING))]
    mine = {name: value for name, value in typed.items() if differs(fields[name], value, before.get(name, MISSING))}
    return Meanwhile(
        differences=[
            _difference(fields[name], before.get(name, MISSING), now.get(name, MISSING), mine)
            for name in changed
        ],
        kept={name: value for name, value in mine.items() if value is not MISSING},
        emptied=frozenset(name for name, value in mine.items() if value is MISSING),
        by=tuple(dict.fromkeys(entry["by_name"] for entry in reversed(entries) if entry["by_name"])),
        at=entries[0]["at"] if entries else stored["updated_at"],
    )


def _difference(field: Field, was: Any, now: Any, mine: Mapping[str, Any]) -> Difference:
    typed = mine.get(field.name, was)
    return Difference(field, _plain(was), _plain(now), _plain(typed), field.name in mine and differs(field, typed, now))


def _plain(wire: Any) -> Any:
    return None if wire is MISSING else wire


def _since(visitor: Actor, type_name: str, record_id: int, version: int) -> list[Mapping[str, Any]]:
    """The history entries after a version, newest first."""
    found: list[Mapping[str, Any]] = []
    cursor = ""
    while True:
        part = engine().history(visitor, type_name, record_id, cursor=cursor, limit=_PAGE)
        fresh = [entry for entry in part.items if entry["version"] > version]
        found += fresh
        if len(fresh) < len(part.items) or not part.next:
            return found
        cursor = part.next
