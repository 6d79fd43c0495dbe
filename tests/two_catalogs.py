"""Two small catalogs and the change between them, for tests that need no database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kartotek.declaration.load import load
from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import Compiled
from kartotek.migration.lineage import lineage
from kartotek.migration.steps import steps
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.frozen import EMPTY
from kartotek.model.plan import Answers

SITE = "name: Shed\nlanguages: [en]\ntimezone: Asia/Shanghai\nregion: CN\ncurrency: CNY\nroles: {}\n"
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def text(**more: Any) -> dict[str, Any]:
    """The fragment of a text."""
    return {"type": "string", **more}


def whole(**more: Any) -> dict[str, Any]:
    """The fragment of a whole number."""
    return {"type": "integer", **more}


def money(scale: int = 2, **more: Any) -> dict[str, Any]:
    """The fragment of a decimal."""
    return {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": scale}, **more}


def group(**members: Any) -> dict[str, Any]:
    """The fragment of a small object."""
    return {"type": "object", "properties": members}


def rows(**members: Any) -> dict[str, Any]:
    """The fragment of a sub-table."""
    return {"type": "array", "items": group(**members)}


def was(name: str, fragment: Mapping[str, Any]) -> dict[str, Any]:
    """The fragment of a field that was called so before."""
    return {**fragment, "x-field": {**fragment.get("x-field", {}), "aliases": [name]}}


def documents(**types: Mapping[str, Any]) -> dict[str, str]:
    """The documents of a site with these types: {name: {field: fragment}}, "x-record" and "required" among them."""
    found = {"site.yaml": SITE}
    for name, given in types.items():
        own = {key: given[key] for key in ("required", "title", "x-record") if key in given}
        properties = {key: value for key, value in given.items() if key not in own}
        schema = {"title": name.title(), "type": "object", "x-record": {}, **own, "properties": properties}
        found[f"schemas/{name}.json"] = json.dumps(schema)
    return found


def catalog_of(given: Mapping[str, str]) -> Catalog:
    """The catalog of such documents, which must be without mistakes."""
    loaded = load(given, notes=False)
    assert loaded.catalog is not None, [f"{one.place}: {one.message}" for one in loaded.problems]
    return loaded.catalog


def change_of(old: Catalog, new: Catalog, options: Mapping[str, Mapping[str, Any]] = EMPTY) -> CatalogChange:
    """The change from one to the other, as a plan makes it."""
    return CatalogChange(
        current=Compiled(old, "sqlite"), wanted=new, lineage=lineage(old, new), steps=steps(old, new),
        by=Actor.system("test"), at=NOW, reason="test", answers=Answers(options),
    )
