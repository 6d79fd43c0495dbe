"""A type whose rules become stricter than its records: the old declaration, what changes in it, and how it comes into service."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from neutral_site import ALL, SITE

from kartotek.declaration.load import load
from kartotek.engine.engine import Engine
from kartotek.storage.catalogs import append

THING: dict[str, Any] = {
    "title": "Thing", "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name"},
        "code": {"type": "string", "title": "Code"},
        "size": {"type": "integer", "title": "Size"},
        "level": {"title": "Level", "oneOf": [{"const": "low", "title": "Low"}, {"const": "high", "title": "High"}]},
        "day": {"type": "string", "format": "date", "title": "Day"},
        "end": {"type": "string", "format": "date", "title": "End"},
        "secret": {"type": "string", "title": "Secret", "x-field": {"read": ["clerk"], "write": ["clerk"]}},
        "lines": {"type": "array", "title": "Lines", "items": {"type": "object", "properties": {
            "sku": {"type": "string", "title": "SKU"}, "count": {"type": "integer", "title": "Count"}}}},
        "box": {"type": "object", "title": "Box", "properties": {
            "width": {"type": "integer", "title": "Width"}, "mark": {"type": "string", "title": "Mark"}}},
        "data": {"type": "array", "title": "Data", "items": {"type": "string"}},
        "part": {"type": "integer", "title": "Part", "x-field": {"references": "part"}},
        "parts": {"type": "array", "title": "Parts", "items": {"type": "integer"}, "x-field": {"references": "part"}},
    },
    "x-record": {
        "titleTemplate": "{name}",
        "permissions": {"clerk": ALL, "helper": {"read": True, "write": True}},
    },
}
PART: dict[str, Any] = {
    "title": "Part", "type": "object",
    "properties": {"name": {"type": "string", "title": "Name"}, "good": {"type": "boolean", "title": "Good"}},
    "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": ALL, "helper": {"read": True}}},
}
OLD = {
    "name": "old", "code": "bad code", "size": 500, "level": "low", "day": "2026-05-02", "end": "2026-05-01",
    "lines": [{"sku": "x y", "count": 1}, {"count": 2}], "box": {"width": 900, "mark": "m"},
    "data": ["x y", "b"], "part": 1, "parts": [1],
}  # fmt: skip


def thing(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The declaration with what stands at some paths ("properties/code/pattern") replaced or added."""
    made = copy.deepcopy(THING)
    for path, value in changes.items():
        *above, last = path.split("/")
        place: Any = made
        for step in above:
            place = place.setdefault(step, {})
        place[last] = value
    return made


def documents(changes: Mapping[str, Any] | None = None, **others: Any) -> dict[str, str]:
    """The site with the type `thing`, changed as told, and others."""
    types = {"thing": thing(changes or {}), "part": PART, **others}
    return {"site.yaml": SITE} | {f"schemas/{name}.json": json.dumps(one) for name, one in types.items()}


def put_in_service(engine: Engine, given: Mapping[str, str], **ratcheted: list[str]) -> None:
    """What a switch does where nothing but rules has changed: the new catalog, with what old records may break."""
    loaded = load(given)
    assert loaded.catalog is not None, [f"{one.place}: {one.message}" for one in loaded.problems]
    with engine.database.write() as conn:
        append(
            conn, documents=given, hash=loaded.catalog.hash, at=engine.clock(), by=0, reason="test", ratcheted=ratcheted
        )
    engine.ready()
