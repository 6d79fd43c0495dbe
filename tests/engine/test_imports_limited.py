"""Imports begun with a limited token: the background work goes on within its limits, and no other token has a hand in them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from neutral_site import CLERK, OWNER

from kartotek.engine.engine import Engine
from kartotek.errors import NotFound
from kartotek.model.actor import Scope
from kartotek.model.query import Query

ACTIONS = frozenset({"read", "create"})
NAMES = replace(CLERK, scope=Scope(frozenset({"person"}), ACTIONS, (("person", frozenset({"name"})), ("item", frozenset({"name"})))))
READS = replace(CLERK, scope=Scope(actions=frozenset({"read"})))
SHEET = b"name,note,mobile\nAnn,smuggled,13800138000\n"


def _begun(engine: Engine) -> int:
    id = engine.imports.receive(NAMES, "person", io.BytesIO(SHEET), name="people.csv")["id"]
    assert engine.imports.run_due() == 1
    return int(id)


def test_the_background_work_keeps_to_the_limits_of_the_token(engine: Engine) -> None:
    id = _begun(engine)
    assert {one["header"]: one["field"] for one in engine.imports.get(NAMES, id)["summary"]["columns"]} == {"name": "name", "note": "", "mobile": ""}
    engine.imports.commit(CLERK, id)  # whoever says that it may go on does not widen it
    engine.imports.run_due()
    (made,) = engine.select(CLERK, "person", Query()).items
    assert (made["fields"]["name"], made["fields"].get("note"), made["fields"].get("mobile")) == ("Ann", None, None)


def test_a_token_that_only_reads_finds_no_import_and_undoes_none(engine: Engine) -> None:
    id = _begun(engine)
    engine.imports.commit(NAMES, id)
    engine.imports.run_due()
    for limited in (READS, replace(OWNER, scope=Scope(actions=frozenset({"read"})))):
        assert engine.imports.listing(limited) == []
        for act in (engine.imports.get, engine.imports.commit, engine.imports.undo, engine.imports.remove, engine.imports.errors, engine.imports.problems):
            with pytest.raises(NotFound):
                act(limited, id)
    assert [one["id"] for one in engine.imports.listing(NAMES)] == [id] == [one["id"] for one in engine.imports.listing(CLERK)]
    assert len(engine.select(CLERK, "person", Query()).items) == 1
