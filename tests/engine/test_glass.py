"""Opening a record in an emergency: by whom, with a reason, of that one record, told to others, until it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from levelled_site import CLERK, EYE, FLOW, FOLDER, FRONT, HELPER, OWNER, STRANGER, VALUES, documents, opened

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


def test_only_those_may_who_are_named_and_know_of_the_record(engine: Engine) -> None:
    for actor, id, refusal in (
        (FRONT, 1, Forbidden), (CLERK, 1, Forbidden), (OWNER, 1, Forbidden), (STRANGER, 1, NotFound), (HELPER, 3, NotFound), (HELPER, 77, NotFound),
        (Actor(HELPER.id, "", HELPER.roles, scope=Scope()), 1, Forbidden),
    ):
        with pytest.raises(refusal):
            engine.glass.open(actor, "folder", id, reason="because I can")
    for reason in ("", "  ", "x", "y" * 501):
        with pytest.raises(Invalid) as refused:
            engine.glass.open(HELPER, "folder", 1, reason=reason)
        assert [one.path for one in refused.value.problems] == ["/reason"]
    assert amounts(engine, HELPER) == [None, None] and not engine.inbox.listing(EYE).items


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
