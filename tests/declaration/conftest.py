"""Small sites to load: a few neutral types, each test changing one thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from kartotek.declaration.load import Loaded, load

SITE = """\
name: {en: Cards, zh: 卡片}
languages: [en, zh]
timezone: Asia/Shanghai
currency: CNY
region: CN
roles:
  manager: {title: {en: Manager, zh: 经理}}
  clerk: {title: Clerk}
"""
EVERYTHING = {"read": True, "create": True, "write": True, "delete": True}
PERSON = {
    "title": "Person",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 80},
        "active": {"type": "boolean", "default": True},
        "grade": {"oneOf": [{"const": "junior", "title": "Junior"}, {"const": "senior", "title": "Senior"}]},
        "pay": {"type": "string", "format": "decimal", "x-field": {"precision": 10, "scale": 2, "read": ["manager"]}},
        "visits_made": {"type": "integer", "x-field": {"rollup": {"from": "visits", "fn": "count"}}},
    },
    "x-record": {
        "titleTemplate": "{name}",
        "permissions": {"manager": EVERYTHING, "clerk": {"read": True}},
    },
}
VISIT = {
    "title": "Visit",
    "type": "object",
    "required": ["person", "starts_at"],
    "properties": {
        "number": {"type": "integer"},
        "person": {"type": "integer", "x-field": {"references": "person", "inverse": "visits"}},
        "starts_at": {"type": "string", "format": "date-time"},
        "ends_at": {"type": "string", "format": "date-time"},
        "place": {"type": "object", "properties": {"city": {"type": "string"}, "street": {"type": "string"}}},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["item"],
                "properties": {
                    "item": {"type": "integer", "x-field": {"references": "item"}},
                    "price": {
                        "type": "string",
                        "format": "decimal",
                        "x-field": {"scale": 2, "fetchFrom": "item.price"},
                    },
                    "qty": {"type": "integer", "default": 1, "minimum": 1},
                    "amount": {
                        "type": "string",
                        "format": "decimal",
                        "x-field": {"scale": 2, "compute": "row.price * row.qty"},
                    },
                },
            },
        },
        "total": {
            "type": "string",
            "format": "decimal",
            "x-field": {"scale": 2, "rollup": {"from": "lines", "fn": "sum", "field": "amount"}},
        },
    },
    "x-record": {
        "titleTemplate": "{number} {person.name}",
        "list": ["number", "person", "starts_at"],
        "sort": ["-starts_at"],
        "permissions": {"manager": EVERYTHING, "clerk": {"read": "record.number > 3"}},
    },
}
ITEM = {
    "title": "Item",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "price": {"type": "string", "format": "decimal", "x-field": {"scale": 2}},
    },
    "x-record": {"permissions": {"manager": EVERYTHING, "clerk": {"read": True}}},
}
TYPES = {"person": PERSON, "visit": VISIT, "item": ITEM}


class Declared:
    """Documents in the making: `at` sets one place of one type, `load` reads them."""

    def __init__(self) -> None:
        self.types: dict[str, Any] = deepcopy(TYPES)
        self.site = SITE

    def at(self, path: str, value: Any) -> Declared:
        """Sets the value at "type/key/key"; a number is a position in a list."""
        *above, last = path.split("/")
        place: Any = self.types
        for part in above:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        place[last] = value
        return self

    def documents(self) -> dict[str, str]:
        schemas = {f"schemas/{name}.json": json.dumps(one, indent=1) for name, one in self.types.items()}
        return {"site.yaml": self.site, **schemas}

    def load(self) -> Loaded:
        return load(self.documents())


@pytest.fixture
def declared() -> Declared:
    return Declared()


@pytest.fixture
def load_site() -> Callable[..., Loaded]:
    """Loads documents as they are, under a site.yaml of their own or the usual one."""

    def run(documents: dict[str, str]) -> Loaded:
        return load({"site.yaml": SITE, **documents})

    return run
