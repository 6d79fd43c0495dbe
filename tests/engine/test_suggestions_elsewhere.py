"""Suggestions where they meet something else: hidden parts, limited tokens, other names, people who are erased."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from encrypted_site import CLERK, OWNER, PERSON, VISIT, documents, text

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import Forbidden, Invalid
from kartotek.model.actor import Actor, Scope

READER = Actor(id=3, name="Rea", roles=frozenset({"reader"}))
PROPOSED = {"access": {"reader": "propose"}}


def _types() -> dict[str, Any]:
    visit, person = copy.deepcopy(VISIT), copy.deepcopy(PERSON)
    inside = {"label": text(), "cost": {"type": "integer", "x-field": {"read": ["clerk"]}}}
    visit["properties"] |= {
        "said": {"type": "string", "x-field": {"encrypt": True, **PROPOSED}}, "open": {"type": "string", "x-field": PROPOSED},
        "file": {"type": "string", "format": "uuid", "x-field": {"file": {}, **PROPOSED}},
        "rows": {"type": "array", "items": {"type": "object", "properties": inside}, "x-field": PROPOSED},
    }
    for one in (visit, person):
        one["x-record"]["permissions"]["reader"] = {"read": True}
    visit["x-record"]["breakGlass"] = {"roles": ["looker"], "as": "reader", "minutes": 30}
    return {"visit": visit, "person": person}


def _documents(types: dict[str, Any]) -> dict[str, str]:
    found = documents(**types)
    return {**found, "site.yaml": found["site.yaml"] + "  looker: {title: Looker}\n"}


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    made = open_engine(_documents(_types()))
    for one in (OWNER, CLERK, READER):
        made.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return made


@pytest.fixture
def visit(engine: Engine) -> int:
    person = engine.create(CLERK, "person", {"name": "Ann"})["id"]
    return int(engine.create(CLERK, "visit", {"person": person, "said": "old", "open": "old", "rows": [{"label": "a", "cost": 5}]})["id"])


@pytest.mark.parametrize("cost", [{}, {"cost": 5}, {"cost": 6}], ids=["without", "guessed", "wrong"])
def test_a_table_with_a_hidden_column_cannot_be_proposed(engine: Engine, visit: int, cost: dict[str, int]) -> None:
    assert engine.suggestions.proposable(READER, "visit", visit) == {"said", "open"}
    with pytest.raises(Invalid) as error:
        engine.suggestions.suggest(READER, "visit", visit, {"rows": [{"label": "a", **cost}]})
    assert [(one.path, one.code) for one in error.value.problems] == [("/fields/rows", "forbidden_value")]


def test_a_file_cannot_be_proposed_by_its_number(engine: Engine, visit: int) -> None:
    """Whoever accepts would name a file of his own that waits, and its proposer would read it."""
    private = engine.stage_file(CLERK, io.BytesIO(b"private"), name="private.txt")["id"]
    with pytest.raises(Invalid) as error:
        engine.suggestions.suggest(READER, "visit", visit, {"file": private})
    assert [(one.path, one.code) for one in error.value.problems] == [("/fields/file", "forbidden_value")]


def test_a_token_that_only_reads_takes_nothing_back(engine: Engine, visit: int) -> None:
    made = engine.suggestions.suggest(READER, "visit", visit, {"open": "new"})["id"]
    with pytest.raises(Forbidden):
        engine.suggestions.withdraw(replace(READER, scope=Scope(actions=frozenset({"read"}))), made)
    assert [one["id"] for one in engine.suggestions.listing(READER).items] == [made]


def test_words_about_a_field_are_for_those_who_see_the_field(engine: Engine, visit: int) -> None:
    engine.suggestions.suggest(READER, "visit", visit, {"open": "new"}, comment="It said old.")
    limited = replace(READER, scope=Scope(fields=(("visit", frozenset({"person"})),)))
    (seen,) = engine.suggestions.listing(limited).items
    assert (seen["fields"], seen["now"], seen["comment"]) == ([], {}, "")


def test_why_it_was_refused_is_for_those_who_still_see_the_field(engine: Engine, visit: int) -> None:
    made = engine.suggestions.suggest(READER, "visit", visit, {"open": "new"})["id"]
    engine.suggestions.refuse(CLERK, made, reason="It says old.")
    limited = replace(READER, scope=Scope(fields=(("visit", frozenset({"person"})),)))
    told = [engine.inbox.listing(who).items[0]["decision"] for who in (READER, limited)]
    assert [(one["fields"], one["reason"]) for one in told] == [(["open"], "It says old."), ([], "")]


def test_an_emergency_is_for_reading(engine: Engine, visit: int) -> None:
    opened = replace(READER, glass=frozenset({("visit", visit)}), roles=frozenset({"looker"}))
    assert engine.get(opened, "visit", visit)["fields"]["open"] == "old"
    assert engine.suggestions.proposable(opened, "visit", visit) == frozenset()


def test_what_was_sealed_for_somebody_erased_is_empty_and_stops_nothing_else(engine: Engine, visit: int) -> None:
    lost = engine.suggestions.suggest(READER, "visit", visit, {"said": "new"}, comment="word")["id"]
    told = engine.suggestions.suggest(READER, "visit", visit, {"open": "new"})["id"]
    engine.suggestions.refuse(CLERK, told, reason="because")
    former = engine.get(CLERK, "visit", visit)["fields"]["person"]
    other = engine.create(CLERK, "person", {"name": "Bob"})["id"]
    engine.update(CLERK, "visit", visit, {"person": other})
    kept = engine.suggestions.suggest(READER, "visit", visit, {"open": "newer"})["id"]
    engine.people.erase(OWNER, "person", former)
    seen = {one["id"]: (one["now"], one["comment"]) for one in engine.suggestions.listing(CLERK).items}
    assert seen == {lost: ({}, ""), kept: ({"open": "newer"}, "")}
    assert engine.inbox.listing(READER).items[0]["decision"]["reason"] == ""
    engine.suggestions.refuse(CLERK, lost)
    engine.suggestions.accept(CLERK, kept)
    assert engine.get(CLERK, "visit", visit)["fields"]["open"] == "newer"


def test_it_goes_along_when_the_type_is_renamed_and_goes_with_its_person(engine: Engine, visit: int) -> None:
    made = engine.suggestions.suggest(READER, "visit", visit, {"open": "new"})["id"]
    types = _types()
    types["visit"]["x-record"]["aliases"] = ["visit"]
    line = {"type": "object", "title": "L", "properties": {"visit": {"type": "integer", "x-field": {"references": "call"}}}, "x-record": {}}
    wanted = {name: one for name, one in _documents(types).items() if name != "schemas/visit.json"}
    wanted |= {"schemas/call.json": json.dumps(types["visit"]), "schemas/line.json": json.dumps(line)}
    plan = engine.plans.plan(OWNER, wanted)
    confirm = [".".join((one.type, *one.path)) for one in plan.steps if one.verdict == "confirm"]
    assert engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=confirm, reason="test").status == "applied"
    assert [(one["type"], one["id"]) for one in engine.suggestions.listing(CLERK).items] == [("call", made)]
    engine.people.erase(OWNER, "person", engine.get(CLERK, "call", visit)["fields"]["person"])
    with engine.database.read() as conn:
        assert conn.rows('SELECT "id" FROM "kartotek__suggestion"') == []
