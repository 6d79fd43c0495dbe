"""The switch waits for those who read and write, lets others past while it waits, and nobody sees half of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from changing import Types, change_of, named, record, text, to, values
from neutral_site import OWNER

from kartotek.engine import switch as switching
from kartotek.engine.engine import Engine
from kartotek.engine.prepared_indexes import make
from kartotek.engine.switch import switch
from kartotek.errors import Busy, Conflict
from kartotek.storage import ddl
from kartotek.storage.catalogs import read_pulsed, write_under
from kartotek.storage.faults import StaleCatalog

FIRST = {"thing": record(name=text(), other=text())}
SECOND = {"thing": record(title=text("name"), other=text())}
only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@only_postgresql
def test_a_long_reader_is_waited_for_and_others_pass_meanwhile(site: Callable[[Types], Engine]) -> None:
    engine = site(FIRST)
    id = engine.create(OWNER, "thing", {"name": "N"})["id"]
    change = change_of(engine, SECOND)
    with read_pulsed(engine.database) as (conn, _):
        conn.rows('SELECT "name" FROM "thing"')
        waiting = threading.Thread(target=switch, args=(engine.database, change))
        waiting.start()
        longest = 0.0
        for _ in range(8):
            began = time.monotonic()
            assert values(engine, "thing", id)["name"] == "N"
            engine.update(OWNER, "thing", id, {"other": "o"})
            longest = max(longest, time.monotonic() - began)
        assert conn.rows('SELECT "name" FROM "thing"') == [("N",)] and waiting.is_alive()
    waiting.join(20)
    engine._catalogs.current(fresh=True)
    assert values(engine, "thing", id) == {"title": "N", "other": "o"} and longest < 2


@only_postgresql
def test_one_who_reads_on_and_on_leaves_the_old_in_service(
    site: Callable[[Types], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = site(FIRST)
    id = engine.create(OWNER, "thing", {"name": "N"})["id"]
    monkeypatch.setattr(switching, "_SECONDS", 0.5)
    with read_pulsed(engine.database), pytest.raises(Busy):
        switch(engine.database, change_of(engine, SECOND))
    assert values(engine, "thing", id) == {"name": "N"}
    to(engine, SECOND)
    assert values(engine, "thing", id) == {"title": "N"}


def test_records_that_stand_twice_leave_the_old_in_service(site: Callable[[Types], Engine]) -> None:
    engine = site(FIRST)
    ids = [engine.create(OWNER, "thing", {"name": "N", "other": "o"})["id"] for _ in range(2)]
    unique = {"thing": record(title=named({**text(), "x-field": {"unique": True}}, "name"))}
    with pytest.raises(Conflict):
        switch(engine.database, change_of(engine, unique))
    assert [values(engine, "thing", id) for id in ids] == [{"name": "N", "other": "o"}] * 2
    engine.update(OWNER, "thing", ids[0], {"name": "M"})
    to(engine, unique)
    assert values(engine, "thing", ids[0]) == {"title": "M"}


@only_postgresql
def test_indexes_of_large_tables_are_made_before(
    site: Callable[[Types], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kartotek.engine.prepared_indexes._WORTH", 3)
    engine = site(FIRST)
    ids = [engine.create(OWNER, "thing", {"name": f"N{n}"})["id"] for n in range(5)]
    indexed = {"thing": record(title=named({**text(), "x-field": {"index": True}}, "name"), other=text())}
    state: dict[str, object] = {"shadows": []}
    change = change_of(engine, indexed)
    make(engine.database, change, state)
    assert list(state["indexes"].values()) == ["i_thing__title"]  # type: ignore[attr-defined]
    assert values(engine, "thing", ids[0]) == {"name": "N0"}
    to(engine, indexed)
    with engine.database.read() as conn:
        assert "i_thing__title" in ddl.index_names(conn, "thing")


@only_postgresql
def test_who_comes_during_the_switch_sees_what_comes_of_it(site: Callable[[Types], Engine]) -> None:
    """A reader's snapshot would be of before, his tables of afterwards, if he took it before he waits."""
    engine = site(FIRST)
    id = engine.create(OWNER, "thing", {"name": "N"})["id"]
    told: list[object] = []
    before = engine.catalog().version
    with engine.database.write() as conn:
        conn.run('LOCK TABLE "kartotek__pulse" IN ACCESS EXCLUSIVE MODE')
        others = [threading.Thread(target=lambda look=look: told.append(look(engine, before))) for look in (_first_read, _first_write)]
        for one in others:
            one.start()
        time.sleep(0.1)
        assert not told
        conn.run('ALTER TABLE "thing" RENAME COLUMN "name" TO "title"')
        conn.run('UPDATE "kartotek__pulse" SET "catalog_version" = "catalog_version" + 1')
    for one in others:
        one.join(20)
    assert len(told) == 2 and (before + 1, [(id, "N")]) in told and "stale" in told


def _first_write(engine: Engine, before: int) -> object:
    try:
        with write_under(engine.database, before):
            return "not seen"
    except StaleCatalog:
        return "stale"


def _first_read(engine: Engine, _before: int) -> object:
    with read_pulsed(engine.database) as (conn, found):
        return found.catalog_version, conn.rows('SELECT "id", "title" FROM "thing"')
