"""Opening a record in an emergency: by whom, with a reason, of that one record, told to others, until it ends."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta

import pytest
from levelled_site import BOTH, CLERK, EYE, FLOW, FOLDER, FRONT, HELPER, OWNER, STRANGER, VALUES, documents, opened

from kartotek.engine.engine import Engine
from kartotek.errors import Forbidden, Invalid, KartotekError, NotFound
from kartotek.model.actor import Actor, Scope
from kartotek.model.audit import AuditQuery
from kartotek.model.query import Query

OTHER = {**VALUES, "phone": "+8613900000000", "amount": "99.00"}


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    """The engine with two folders that the helper sees in part, and one that he does not see."""
    engine = opened(open_engine)
    for fields in (VALUES, OTHER, {"name": "n", "grade": 1}):
        engine.create(CLERK, "folder", fields)
    return engine


def amounts(engine: Engine, actor: Actor) -> list[str | None]:
    """What the actor reads of the amounts of all folders that he sees."""
    return [one["fields"].get("amount") for one in engine.select(actor, "folder", Query(sort=("meta.id",))).items]


def test_it_opens_one_record_for_one_person_until_it_ends(engine: Engine, open_engine: Callable[..., Engine]) -> None:
    elsewhere = open_engine()
    start = engine.clock()
    told = engine.glass.open(HELPER, "folder", 1, reason="  He  fainted ")
    assert told == {"until": "2026-11-21T10:30:00Z", "as": "clerk"}
    for one in (engine, elsewhere):
        found = one.get(HELPER, "folder", 1)
        assert (found["fields"]["amount"], found["fields"]["phone"]) == ("12.50", VALUES["phone"]) and "masked" not in found
        assert amounts(one, HELPER) == ["12.50", None] and one.get(HELPER, "folder", 2)["masked"]["phone"] == "•••0000"
        assert [each["id"] for each in one.select(HELPER, "folder", Query(filter="record.amount > 0.0")).items] == [1]
        assert not one.select(HELPER, "folder", Query(filter="record.amount > 90.0")).items
        assert amounts(one, EYE) == [None, None, None]
        assert "amount" in {each["field"] for each in one.history(HELPER, "folder", 1).items[0]["changes"]}
    with pytest.raises(Invalid):
        engine.update(HELPER, "folder", 1, {"amount": "1.00"})
    for one in (engine, elsewhere):
        one.clock = lambda: start + timedelta(minutes=30)
        one.transactions.clock = one.clock
        assert amounts(one, HELPER) == [None, None]


def test_it_can_be_ended_before(engine: Engine, open_engine: Callable[..., Engine]) -> None:
    elsewhere = open_engine()
    engine.glass.open(HELPER, "folder", 1, reason="because")
    assert engine.glass.until(HELPER, "folder", 1) == engine.clock() + timedelta(minutes=30)
    assert engine.glass.until(HELPER, "folder", 2) is None and engine.glass.until(EYE, "folder", 1) is None
    assert elsewhere.get(HELPER, "folder", 1)["fields"]["amount"] and elsewhere.glass.until(HELPER, "folder", 1)
    assert engine.glass.close(HELPER, "folder", 1) and not engine.glass.close(HELPER, "folder", 1)
    assert amounts(engine, HELPER) == amounts(elsewhere, HELPER) == [None, None]


def test_it_opens_a_record_that_he_does_not_see_and_nothing_that_is_none(engine: Engine) -> None:
    with pytest.raises(NotFound):
        engine.get(HELPER, "folder", 3)
    engine.glass.open(HELPER, "folder", 3, reason="He is here")
    assert engine.get(HELPER, "folder", 3)["fields"]["name"] == "n" and [one["id"] for one in engine.select(HELPER, "folder", Query()).items] == [3, 1, 2]
    with pytest.raises(Forbidden):
        engine.update(HELPER, "folder", 3, {"text": "x"})
    engine.glass.close(HELPER, "folder", 3)
    with pytest.raises(NotFound):
        engine.get(HELPER, "folder", 3)
    engine.delete(CLERK, "folder", 2)
    for id in (2, 77, 0, -1, 2**70):
        with pytest.raises(NotFound):
            engine.glass.open(HELPER, "folder", id, reason="because")
    assert len(engine.audit.entries(AuditQuery(actions=("break_glass",)))) == 1


def test_only_those_may_who_are_named(engine: Engine) -> None:
    for actor, id, refusal in (
        (FRONT, 1, Forbidden), (CLERK, 1, Forbidden), (OWNER, 1, Forbidden), (STRANGER, 1, NotFound), (STRANGER, 77, NotFound), (FRONT, 77, NotFound),
        (Actor(HELPER.id, "", HELPER.roles, scope=Scope()), 1, Forbidden),
    ):
        with pytest.raises(refusal):
            engine.glass.open(actor, "folder", id, reason="because I can")
    for reason in ("", "  ", "x", "y" * 501):
        with pytest.raises(Invalid) as refused:
            engine.glass.open(HELPER, "folder", 1, reason=reason)
        assert [one.path for one in refused.value.problems] == ["/reason"]
    assert amounts(engine, HELPER) == [None, None] and not engine.inbox.listing(EYE).items


def test_whoever_is_told_and_may_not_know_of_the_record_is_told_no_reason(engine: Engine) -> None:
    narrowed = copy.deepcopy(FOLDER)
    narrowed["x-record"]["breakGlass"]["notify"] = ["eye"]
    narrowed["x-record"]["permissions"]["eye"] = {"read": "record.grade > 90"}
    assert engine.apply_documents(documents(narrowed, FLOW), by=OWNER, reason="t").applied
    engine.glass.open(HELPER, "folder", 1, reason="He fainted")
    [message] = engine.inbox.listing(EYE).items
    assert message["record"] is None and (message["opening"]["by_name"], message["opening"]["reason"]) == ("Hugo", "")


def test_others_are_told_and_the_audit_knows(engine: Engine) -> None:
    engine.glass.open(HELPER, "folder", 1, reason="He fainted")
    [message] = engine.inbox.listing(EYE).items
    assert message["opening"] == {"by": HELPER.id, "by_name": "Hugo", "reason": "He fainted", "until": "2026-11-21T10:30:00Z"}
    assert message["record"] == {"type": "folder", "id": 1, "title": "No. 3"}
    assert not engine.inbox.listing(HELPER).items and not engine.inbox.listing(FRONT).items
    [entry] = engine.audit.entries(AuditQuery(actions=("break_glass",)))
    assert (entry.by, entry.entry.type, entry.entry.record_id, entry.entry.body["as"]) == (HELPER.id, "folder", 1, "clerk")
    assert "fainted" not in str(entry), "the audit keeps no words of people"


def test_it_ends_with_the_role_and_with_the_declaration(engine: Engine) -> None:
    engine.glass.open(HELPER, "folder", 1, reason="because")
    demoted = Actor(HELPER.id, HELPER.name, frozenset({"eye"}))
    assert amounts(engine, demoted) == [None, None, None]
    without = {**FOLDER, "x-record": {key: one for key, one in FOLDER["x-record"].items() if key != "breakGlass"}}
    assert engine.apply_documents(documents(without, FLOW), by=OWNER, reason="t").applied
    assert amounts(engine, HELPER) == [None, None]
    with pytest.raises(KartotekError):
        engine.glass.open(HELPER, "folder", 1, reason="because")


def test_rights_cost_a_list_no_query(engine: Engine) -> None:
    def asked(actor: Actor) -> list[str]:
        statements: list[str] = []
        engine.database.listeners.append(statements.append)
        engine.select(actor, "folder", Query())
        engine.database.listeners.remove(statements.append)
        return statements

    asked(FRONT)
    few = len(asked(CLERK))
    assert [len(asked(one)) for one in (FRONT, EYE, HELPER, BOTH)] == [few] * 4
    engine.glass.open(HELPER, "folder", 1, reason="because")
    asked(HELPER)
    assert len(asked(HELPER)) == few, "what is open was looked up once, when it was opened"
