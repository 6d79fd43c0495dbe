"""Changing a small site by hand: documents out of short words, the change that leads to them, and the switch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from neutral_site import OWNER

from kartotek.declaration.load import load
from kartotek.engine.change import CatalogChange
from kartotek.engine.engine import Engine
from kartotek.engine.preparation import prepare
from kartotek.engine.restating import stored_states
from kartotek.engine.still_kept import still_kept
from kartotek.engine.switch import switch
from kartotek.migration.lineage import lineage
from kartotek.migration.steps import steps
from kartotek.model.actor import Actor
from kartotek.model.plan import Progress
from kartotek.storage import changes

Types = Mapping[str, Mapping[str, Any]]
SYSTEM = Actor.system("test")


def documents_of(types: Types) -> dict[str, str]:
    """The documents of a site with these types."""
    found = {"site.yaml": "name: Test\ntimezone: Europe/Paris\n"}
    return found | {f"schemas/{name}.json": json.dumps(one) for name, one in types.items()}


def foreign(**properties: Any) -> dict[str, Any]:
    """A schema as somebody else would write it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": properties}


def record(aliases: tuple[str, ...] = (), more: Mapping[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """A type with these properties."""
    known = {"aliases": list(aliases)} if aliases else {}
    return {"title": "T", "type": "object", "properties": properties, "x-record": {**known, **(more or {})}}


def text(*aliases: str, **more: Any) -> dict[str, Any]:
    """A text field."""
    return {"type": "string", **({"x-field": {"aliases": list(aliases)}} if aliases else {}), **more}


def named(one: Mapping[str, Any], *aliases: str) -> dict[str, Any]:
    """A field that had other names."""
    return {**one, "x-field": {**one.get("x-field", {}), "aliases": list(aliases)}}


def change_of(engine: Engine, types: Types, **more: Any) -> CatalogChange:
    """What leads from the catalog in service to these types; nobody is asked to confirm."""
    current = engine._catalogs.current(fresh=True)
    loaded = load(documents_of(types), notes=False)
    assert loaded.catalog is not None, [f"{one.place}: {one.message}" for one in loaded.problems]
    with engine.database.read() as conn:
        counts = stored_states(conn, current, loaded.catalog) if current.catalog.version else {}
        found = steps(current.catalog if current.catalog.version else None, loaded.catalog, counts, kept=still_kept(conn, current.catalog, engine.clock()))
    return CatalogChange(
        current=current, wanted=loaded.catalog, lineage=lineage(current.catalog, loaded.catalog), steps=found, by=SYSTEM,
        at=engine.clock(), reason="test", **more,
    )


def to(engine: Engine, types: Types) -> None:
    """Puts these types into service without preparation."""
    switch(engine.database, change_of(engine, types))
    engine._catalogs.current(fresh=True)


def asked_for(engine: Engine, types: Types) -> CatalogChange:
    """The same change as somebody asked for it, with a number."""
    change = change_of(engine, types)
    with engine.database.write() as conn:
        id = changes.add(
            conn, hash=change.wanted.hash, base=change.current.catalog.version, documents=dict(change.wanted.documents),
            answers={}, steps=[], reason="test", by=SYSTEM.id, at=change.at,
        )
    return change_of(engine, types, id=id)


def quiet(progress: Progress) -> None:
    """Tells nobody."""


def through(engine: Engine, types: Types) -> None:
    """Prepares and switches."""
    change = asked_for(engine, types)
    prepare(engine.database, change, quiet)
    switch(engine.database, change)
    engine._catalogs.current(fresh=True)


def values(engine: Engine, type: str, id: int) -> dict[str, Any]:
    """What the owner sees of a record."""
    return dict(engine.get(OWNER, type, id)["fields"])
