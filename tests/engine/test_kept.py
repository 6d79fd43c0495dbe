"""Kept things go when their time is over or when they are named, and nothing that is in service goes with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from changing import Types, record, text, to, values
from neutral_site import OWNER

from kartotek.engine import kept
from kartotek.engine.engine import Engine
from kartotek.errors import NotFound
from kartotek.storage import ddl, renames
from kartotek.storage.database import Database

LINK = {"type": "integer", "x-field": {"references": "person", "inverse": "things"}}
MANY = {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "person"}}
ROWS = {"type": "array", "items": {"type": "object", "properties": {"what": text(), "who": {"type": "integer", "x-field": {"references": "person"}}}}}
FULL = {"person": record(name=text()), "thing": record(name=text(), size=text(), owner=LINK, seen=MANY, rows=ROWS)}
BARE = {"thing": record(name=text())}


def aside(database: Database) -> set[str]:
    with database.read() as conn:
        tables = renames.table_names(conn)
        return {name for table in tables for name in (table, *ddl.column_names(conn, table)) if name.startswith("zz_")}


def filled(engine: Engine) -> int:
    person = engine.create(OWNER, "person", {"name": "P"})["id"]
    fields = {"name": "N", "size": "S", "owner": person, "seen": [person], "rows": [{"what": "x", "who": person}]}
    return int(engine.create(OWNER, "thing", fields)["id"])


def test_what_is_kept_is_told_and_goes_after_thirty_days(site: Callable[[Types], Engine]) -> None:
    engine = site(FULL)
    id = filled(engine)
    to(engine, BARE)
    with engine.database.read() as conn:
        told = {one.name: (one.records, one.reason) for one in kept.kept(conn)}
    assert told == {
        "person": (1, "removed"), "thing.size": (1, "removed"), "thing.owner": (1, "removed"), "thing.seen": (1, "removed"),
        "thing.rows": (1, "removed")}
    now = engine.clock()
    assert kept.clean(engine.database, now + timedelta(days=29)) == [] and aside(engine.database)
    assert sorted(kept.clean(engine.database, now + timedelta(days=30))) == sorted(told)
    assert aside(engine.database) == set()
    assert values(engine, "thing", id) == {"name": "N"}
    to(engine, FULL)
    assert values(engine, "thing", id) == {"name": "N"}
    assert engine.create(OWNER, "thing", {"name": "M"})["id"] > id
    assert engine.history(OWNER, "person", engine.create(OWNER, "person", {"name": "Q"})["id"]).items[0]["version"] == 1


def test_one_that_is_named_goes_alone(site: Callable[[Types], Engine]) -> None:
    engine = site(FULL)
    id = filled(engine)
    to(engine, {"person": FULL["person"], **BARE})
    assert kept.clean(engine.database, engine.clock(), names=["thing.size", "thing.rows"]) == ["thing.size", "thing.rows"]
    with pytest.raises(NotFound):
        kept.clean(engine.database, engine.clock(), names=["thing.size"])
    to(engine, FULL)
    assert set(values(engine, "thing", id)) == {"name", "owner", "seen"}


def test_a_type_takes_along_what_refers_to_it_where_that_cannot_stand_alone(site: Callable[[Types], Engine]) -> None:
    engine = site(FULL)
    id = filled(engine)
    to(engine, BARE)
    assert "person" in kept.clean(engine.database, engine.clock(), names=["person"])
    assert values(engine, "thing", id) == {"name": "N"}
    engine.update(OWNER, "thing", id, {"name": "NN"})
    assert engine.create(OWNER, "thing", {"name": "M"})["fields"] == {"name": "M"}
    kept.clean(engine.database, engine.clock() + timedelta(days=40))
    assert aside(engine.database) == set()
