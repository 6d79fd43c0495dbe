"""Preparing: values are converted beside those who write, and whatever they wrote meanwhile is converted too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changing import Types, asked_for, named, quiet, record, text, to, values
from neutral_site import OWNER

from kartotek.engine.engine import Engine
from kartotek.engine.preparation import give_up, prepare
from kartotek.engine.switch import switch
from kartotek.model.plan import Progress
from kartotek.storage import changes, ddl, renames
from kartotek.storage.database import Database, StaleCatalog

WHOLE = {"type": "integer"}
MONEY = {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 2}}
ROWS = {"type": "array", "items": {"type": "object", "properties": {"what": text(), "size": WHOLE}}}
FIRST = {
    "person": record(name=text()),
    "thing": record(
        size=WHOLE, note={"type": ["integer", "null"]}, mail=text(), rows=ROWS,
        owner={"type": "integer", "x-field": {"references": "person", "inverse": "things"}},
    ),
}
WIDER = {"type": "array", "items": {"type": "object", "properties": {"what": text(), "weight": named(MONEY, "size")}}}
MAILS = {"type": "array", "items": {"type": "object", "properties": {"address": text("mail")}}}
SECOND = {
    "person": record(name=text()),
    "thing": record(
        price=named(MONEY, "size"), note={**MONEY, "type": ["string", "null"]}, mails=named(MAILS, "mail"), rows=WIDER,
        owners=named({"type": "array", "items": {"type": "integer"}, "x-field": {"references": "person"}}, "owner"),
    ),
}


def first(number: int, person: int) -> dict[str, Any]:
    return {
        "size": number, "note": None if number % 2 else number, "mail": f"m{number}", "owner": person,
        "rows": [{"what": "a", "size": number}, {"what": "b"}],
    }


def second(number: int, person: int) -> dict[str, Any]:
    return {
        "price": f"{number}.00", "note": None if number % 2 else f"{number}.00", "mails": [{"address": f"m{number}"}],
        "rows": [{"what": "a", "weight": f"{number}.00"}, {"what": "b"}], "owners": [person],
    }


def found(engine: Engine, type: str, id: int) -> dict[str, Any]:
    return values(engine, type, id)


def test_what_was_written_while_it_was_prepared_is_converted_too(site: Callable[[Types], Engine]) -> None:
    engine = site(FIRST)
    person = engine.create(OWNER, "person", {"name": "P"})["id"]
    ids = [engine.create(OWNER, "thing", first(n, person))["id"] for n in range(250)]
    expected = {id: n for n, id in enumerate(ids)}

    def disturb(progress: Progress) -> None:
        early, late = ids[progress.done // 20 % 50], ids[-1 - progress.done // 20 % 50]
        for id in (early, late):
            expected[id] += 1000
            engine.update(OWNER, "thing", id, first(expected[id], person))
        new = engine.create(OWNER, "thing", first(5000 + progress.done, person))["id"]
        expected[new] = 5000 + progress.done

    change = asked_for(engine, SECOND)
    prepare(engine.database, change, disturb)
    engine.update(OWNER, "thing", ids[100], first(7, person))
    expected[ids[100]] = 7
    engine.delete(OWNER, "thing", ids[101])
    assert found(engine, "thing", ids[0]) == first(expected[ids[0]], person)
    switch(engine.database, change)
    engine._catalogs.current(fresh=True)
    engine.restore(OWNER, "thing", ids[101])
    assert {id: found(engine, "thing", id) for id in expected} == {id: second(n, person) for id, n in expected.items()}
    engine.update(OWNER, "thing", ids[0], {"rows": [], "owners": [person, person]})
    assert found(engine, "thing", ids[0])["rows"] == []


def test_what_was_interrupted_goes_on_where_it_was(site: Callable[[Types], Engine]) -> None:
    engine = site(FIRST)
    person = engine.create(OWNER, "person", {"name": "P"})["id"]
    ids = [engine.create(OWNER, "thing", first(n, person))["id"] for n in range(130)]
    change = asked_for(engine, SECOND)

    class Killed(Exception):
        pass

    def kill(progress: Progress) -> None:
        raise Killed

    with pytest.raises(Killed):
        prepare(engine.database, change, kill)
    told: list[int] = []
    prepare(engine.database, change, lambda progress: told.append(progress.done))
    assert told[0] > 100 and told[-1] == 130
    switch(engine.database, change)
    engine._catalogs.current(fresh=True)
    assert [found(engine, "thing", id) for id in ids] == [second(n, person) for n in range(130)]


def columns(database: Database) -> set[str]:
    with database.read() as conn:
        return {name for table in renames.table_names(conn) for name in (table, *ddl.column_names(conn, table)) if name.startswith("zz_")}


def test_what_is_given_up_leaves_nothing(site: Callable[[Types], Engine]) -> None:
    engine = site(FIRST)
    person = engine.create(OWNER, "person", {"name": "P"})["id"]
    id = engine.create(OWNER, "thing", first(3, person))["id"]
    change = asked_for(engine, SECOND)
    prepare(engine.database, change, quiet)
    assert columns(engine.database)
    to(engine, {**FIRST, "other": record(name=text())})
    with pytest.raises(StaleCatalog):
        switch(engine.database, change)
    with engine.database.write() as conn:
        changes.change(conn, change.id, change.at, status="given_up")
    give_up(engine.database, change.id)
    assert columns(engine.database) == set()
    assert found(engine, "thing", id) == first(3, person)
