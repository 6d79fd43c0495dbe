"""Suggestions: proposed by those who may not set a value, decided by those who may, and nothing in between."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER, PERSON, STRANGER, documents

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Invalid, NotFound
from kartotek.model.actor import Actor

ANOTHER = Actor(id=9, name="Hanna", roles=frozenset({"helper"}))


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    person = copy.deepcopy(PERSON)
    person["properties"] |= {
        "street": {"type": "string", "title": "Street", "maxLength": 20, "x-field": {"access": {"helper": "propose"}}},
        "secret": {"type": "string", "title": "Secret", "x-field": {"access": {"helper": "propose"}, "encrypt": True}},
        "town": {"type": "string", "title": "Town"},
    }
    person["x-record"]["permissions"]["helper"] = {"read": "record.active == true", "write": "record.active == true"}
    person["x-record"]["subject"] = True
    return open_engine(documents(person=person))


@pytest.fixture
def ann(engine: Engine) -> int:
    return int(engine.create(CLERK, "person", {"name": "Ann", "street": "Old Way", "secret": "old", "mobile": "138 0013 8000"})["id"])


def _codes(error: Any) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in error.value.problems]


def test_what_is_proposed_waits_and_is_set_by_whoever_may(engine: Engine, ann: int) -> None:
    assert engine.suggestions.proposable(HELPER, "person", ann) == {"street", "secret"}
    assert engine.suggestions.proposable(CLERK, "person", ann) == frozenset()
    with pytest.raises(Invalid) as error:
        engine.update(HELPER, "person", ann, {"street": "New Way"})
    assert _codes(error) == [("/fields/street", "forbidden_value")]
    made = engine.suggestions.suggest(HELPER, "person", ann, {"street": "New Way"}, comment="She moved.")
    assert engine.get(CLERK, "person", ann)["fields"]["street"] == "Old Way"
    (seen,) = engine.suggestions.listing(CLERK).items
    assert (seen["id"], seen["was"], seen["now"], seen["comment"]) == (made["id"], {"street": "Old Way"}, {"street": "New Way"}, "She moved.")
    assert seen["may_decide"] and not seen["mine"]
    engine.suggestions.accept(CLERK, made["id"])
    record = engine.get(CLERK, "person", ann)
    assert (record["fields"]["street"], record["updated_by"], record["version"]) == ("New Way", CLERK.id, 2)
    assert engine.suggestions.listing(CLERK).items == [] == engine.suggestions.listing(HELPER).items
    (told,) = engine.inbox.listing(HELPER).items
    assert (told["decision"]["status"], told["record"]["id"]) == ("accepted", ann)
    with pytest.raises(Conflict) as decided:
        engine.suggestions.refuse(CLERK, made["id"])
    assert decided.value.problems[0].code == "suggestion_decided"


def test_only_those_whom_it_concerns_know_of_it(engine: Engine, ann: int) -> None:
    made = engine.suggestions.suggest(HELPER, "person", ann, {"street": "New Way"})["id"]
    assert [one["mine"] for one in engine.suggestions.listing(HELPER, record_type="person", record_id=ann).items] == [True]
    for other in (ANOTHER, STRANGER):
        assert engine.suggestions.listing(other).items == []
        for decide in (engine.suggestions.accept, engine.suggestions.refuse, engine.suggestions.withdraw):
            with pytest.raises(NotFound):
                decide(other, made)
    with pytest.raises(NotFound):
        engine.suggestions.withdraw(CLERK, made)
    with pytest.raises(Invalid):  # he could propose, and so not set it
        engine.suggestions.accept(HELPER, made)
    engine.update(OWNER, "person", ann, {"active": False})  # hidden from the helper now
    assert engine.suggestions.listing(HELPER).items == []
    with pytest.raises(NotFound):
        engine.suggestions.withdraw(HELPER, made)
    assert len(engine.suggestions.listing(CLERK).items) == 1


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"mobile": "138 0013 8001"}, [("/fields/mobile", "unknown_field")]), ({"nothing": 1}, [("/fields/nothing", "unknown_field")]),
        ({"town": "Rome"}, [("/fields/town", "forbidden_value")]), ({"late": True}, [("/fields/late", "forbidden_value")]),
        ({"street": "x" * 21}, [("/fields/street", "max_length")]), ({"street": 5, "town": "Rome"}, [("/fields/town", "forbidden_value"), ("/fields/street", "type")]),
        ({"street": "Old Way"}, [("", "nothing_changed")]), ({}, [("", "nothing_changed")]), ({"street": "a\0"}, [("/fields/street", "text_nul")]),
    ],
)  # fmt: skip
def test_what_cannot_be_proposed_is_refused(engine: Engine, ann: int, fields: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as error:
        engine.suggestions.suggest(HELPER, "person", ann, fields)
    assert _codes(error) == problems
    assert engine.suggestions.listing(CLERK).items == []


def test_value_that_has_moved_on_is_not_overwritten(engine: Engine, ann: int) -> None:
    made = engine.suggestions.suggest(HELPER, "person", ann, {"street": "New Way"})["id"]
    engine.update(CLERK, "person", ann, {"town": "Rome"})  # of no concern
    engine.update(CLERK, "person", ann, {"street": "Third Way"})
    with pytest.raises(Conflict) as error:
        engine.suggestions.accept(CLERK, made)
    assert error.value.problems[0].code == "suggestion_moved"
    engine.suggestions.refuse(CLERK, made, reason="Somebody was faster.")
    assert engine.get(CLERK, "person", ann)["fields"]["street"] == "Third Way"
    assert engine.inbox.listing(HELPER).items[0]["decision"]["reason"] == "Somebody was faster."


def test_value_may_be_proposed_to_go_and_a_second_thought_takes_the_firsts_place(engine: Engine, ann: int) -> None:
    engine.suggestions.suggest(HELPER, "person", ann, {"street": "New Way"})
    made = engine.suggestions.suggest(HELPER, "person", ann, {}, unset=["street"])["id"]
    assert [one["id"] for one in engine.suggestions.listing(CLERK).items] == [made]
    engine.suggestions.accept(CLERK, made)
    assert "street" not in engine.get(CLERK, "person", ann)["fields"]


def test_rules_hold_when_it_is_accepted(engine: Engine, ann: int) -> None:
    made = engine.suggestions.suggest(HELPER, "person", ann, {"street": "New Way"})["id"]
    engine.delete(CLERK, "person", ann)
    with pytest.raises(NotFound):
        engine.suggestions.accept(CLERK, made)
    engine.restore(CLERK, "person", ann)
    engine.suggestions.withdraw(HELPER, made)
    assert engine.suggestions.listing(CLERK).items == []


def test_no_word_of_it_lies_open(engine: Engine, ann: int, tmp_path: Path) -> None:
    made = engine.suggestions.suggest(HELPER, "person", ann, {"secret": "canary in a proposal"}, comment="canary of a comment")["id"]
    with engine.database.read() as conn:
        rows = conn.rows('SELECT * FROM "kartotek__suggestion"') + conn.rows('SELECT * FROM "kartotek__audit"')
    assert "canary" not in repr(rows)
    assert not [one for one in tmp_path.rglob("*") if one.is_file() and b"canary" in one.read_bytes()]
    engine.suggestions.accept(CLERK, made)
    assert engine.get(CLERK, "person", ann)["fields"]["secret"] == "canary in a proposal"


def test_audit_tells_names_and_no_values(engine: Engine, ann: int) -> None:
    made = engine.suggestions.suggest(HELPER, "person", ann, {"street": "New Way"})["id"]
    engine.suggestions.accept(CLERK, made)
    with engine.database.read() as conn:
        told = [row[0] for row in conn.rows('SELECT "action" FROM "kartotek__audit" ORDER BY "seq"')]
    assert told[-3:].count("suggestion_accepted") == 1 and "suggestion_made" in told
