"""Small sites to load: a few neutral types, each test changing one thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from kartotek.declaration.load import Loaded, load
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field

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


def catalog_of(loaded: Loaded) -> Catalog:
    assert [one for one in loaded.problems if one.severity != "note"] == []
    assert loaded.catalog is not None
    return loaded.catalog


def field_of(loaded: Loaded, type_name: str, name: str) -> Field:
    return catalog_of(loaded).types[type_name].by_name[name]


def assert_refused(declared: Declared, case: tuple[str, Any, str, str]) -> None:
    """The change of (place, value) leads to one problem: (…, code, part of the sentence), in its file."""
    place, value, code, part = case
    declared.at("visit/properties/double", computed("record.number * 2"))
    declared.at("visit/properties/far", computed("size(record.person.name)"))
    assert declared.load().problems == ()
    loaded = declared.at(place, value).load()
    assert [one.code for one in loaded.problems] == [code], loaded.problems
    problem = loaded.problems[0]
    assert (loaded.catalog is None) == (problem.severity == "error")
    assert part in problem.message
    assert problem.message[-1] in ".?"
    assert problem.place is not None and problem.place.file == f"schemas/{place.split('/')[0]}.json"
    assert problem.place.line <= declared.documents()[problem.place.file].count("\n") + 1


def computed(formula: str, **more: Any) -> dict[str, Any]:
    """A fragment of a computed whole number."""
    return {"type": "integer", "x-field": {"compute": formula, **more}}


def rolled(**rollup: Any) -> dict[str, Any]:
    """A fragment of a rollup that is a whole number."""
    return {"type": "integer", "x-field": {"rollup": rollup}}


@pytest.fixture
def declared() -> Declared:
    return Declared()


@pytest.fixture
def load_site() -> Callable[..., Loaded]:
    """Loads documents as they are, under a site.yaml of their own or the usual one."""

    def run(documents: dict[str, str]) -> Loaded:
        return load({"site.yaml": SITE, **documents})

    return run
