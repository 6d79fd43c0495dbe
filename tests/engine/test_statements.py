"""Statements are told before they are run: what a plan shows is what a switch does."""

from __future__ import annotations

import re
from collections.abc import Callable

from changing import Types, change_of, named, record, text, to
from neutral_site import OWNER

from kartotek.engine.engine import Engine
from kartotek.engine.statements import sql_of
from kartotek.engine.switch import switch
from kartotek.storage import kept

MONEY = {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 2}}
ROWS = {"type": "array", "items": {"type": "object", "properties": {"what": text()}}}
FIRST = {"thing": record(name=text(), size={"type": "integer"}, gone=text(), rows=ROWS), "old": record(a=text())}
SECOND = {
    "thing": record(("thing_of_old",), title=text("name"), size=MONEY, new=text(**{"x-field": {"unique": True}}), rows=ROWS),
    "fresh": record(a=text()),
}


def told(engine: Engine, types: Types) -> dict[str, tuple[str, ...]]:
    change = change_of(engine, types)
    with engine.database.read() as conn:
        found = sql_of(change, kept.everything(conn))
    return {f"{change.steps[index].action} {change.steps[index].field}": each for index, each in found.items()}


def test_each_step_tells_its_statements(site: Callable[[Types], Engine]) -> None:
    engine = site(FIRST)
    engine.create(OWNER, "thing", {"name": "N", "size": 1, "gone": "g"})
    found = told(engine, SECOND)
    assert found["rename_field title"] == ('ALTER TABLE "thing" RENAME COLUMN "name" TO "title"',)
    assert found["remove_field gone"] == ('ALTER TABLE "thing" RENAME COLUMN "gone" TO "zz_gone_20261121"',)
    assert found["remove_type "] == ('ALTER TABLE "old" RENAME TO "zz_old_20261121"',)
    assert [one.partition(" (")[0] for one in found["create_type "]] == ['CREATE TABLE IF NOT EXISTS "fresh"']
    add, fill, aside, come = found["retype size"]
    assert add.startswith('ALTER TABLE "thing" ADD COLUMN "zz_new_0_size"')
    assert fill == 'UPDATE "thing" SET "zz_new_0_size" = ? WHERE "id" = ?'
    assert aside.endswith('"size" TO "zz_size_20261121"') and come.endswith('"zz_new_0_size" TO "size"')
    assert len(found["add_field new"]) == 1


def test_what_is_told_is_what_is_run(site: Callable[[Types], Engine]) -> None:
    engine = site(FIRST)
    engine.create(OWNER, "thing", {"name": "N", "size": 1, "gone": "g"})
    for types in (SECOND, FIRST):
        ran: list[str] = []
        change = change_of(engine, types)
        with engine.database.read() as conn:
            statements = {one for each in sql_of(change, kept.everything(conn)).values() for one in each}
        engine.database.listeners.append(ran.append)
        switch(engine.database, change)
        engine.database.listeners.remove(ran.append)
        engine._catalogs.current(fresh=True)
        # Where a name is taken by what an earlier change has set aside, a number follows.
        plain = {re.sub(r'(_\d{8})_\d+"', r'\1"', one) for one in ran}
        missing = statements - plain
        assert not missing, missing
    to(engine, SECOND)
