"""Breaches: hints at fields that a record has long broken a rule of, and the ways to all such records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.problem import Problem
from kartotek.web.current import engine
from kartotek.web.page import menu, page
from kartotek.web.sentences import told
from kartotek.web.visitor import actor

ANY = "*"


@dataclass(frozen=True, slots=True)
class Way:
    """What is broken, by how many records, and where they are listed."""

    name: str
    title: str
    records: int
    address: str


def breaches() -> str:
    """`/breaches/`: of each type, what records that are older than a rule break of it, with the way to their list."""
    visitor = actor()
    types = {one.name: one for one in menu(visitor)}
    found: dict[str, list[Way]] = {}
    for one in engine().breaches.counted(visitor):
        if one["type"] in types:
            found.setdefault(one["type"], []).append(_way(one))
    return page("breaches.html", found=[(types[name], found[name]) for name in types if name in found])


def ways(visitor: Actor, type_name: str) -> list[Way]:
    """What records of one type break; nothing is asked where no rule is younger than its records."""
    return [_way(one) for one in engine().breaches.counted(visitor, type_name)]


def hints(visitor: Actor, type_name: str, record_id: int) -> list[Problem]:
    """What a record goes on to break, at the places where it does."""
    found = engine().breaches.of_record(visitor, type_name, record_id)
    return [Problem(one["path"], one["code"], one["message"], one["params"]) for one in found]


def hinted(record_type: RecordType, problems: Sequence[Problem], language: str) -> list[tuple[str, str]]:
    """[(the field's title, "" where it is of the whole record; the sentence)]."""
    return [(_title(record_type, one.path, language), told(one, record_type)) for one in problems]


def _title(record_type: RecordType, path: str, language: str) -> str:
    steps = [one.replace("~1", "/").replace("~0", "~") for one in path.split("/")[2:]]
    field = record_type.by_name.get(steps[0]) if steps else None
    inner = next((one for one in (field.fields if field else ()) if one.name in steps[1:]), None)
    return " › ".join(one.label(language) for one in (field, inner) if one is not None)


def _way(one: Mapping[str, Any]) -> Way:
    return Way(one["name"], one["title"], one["records"], f"/r/{one['type']}/?{urlencode({'broken': one['name']})}")
