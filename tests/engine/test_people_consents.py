"""Consents and restriction: every answer is kept, nothing is sent without one, and who is restricted is hidden at every door."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from people_site import CLERK, KEEPER, USERS, documents, mirrored

from kartotek.engine.engine import Engine
from kartotek.engine.outgoing import Outcome, Outgoing
from kartotek.errors import Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditQuery
from kartotek.model.query import Query
from kartotek.storage import outbox
from kartotek.storage.outbox import OutboxRow

OWNER = USERS[0]
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture
def people(open_engine: Callable[..., Engine]) -> Engine:
    return mirrored(open_engine(documents()))


def made(engine: Engine, record_type: str, **fields: Any) -> int:
    return int(engine.create(CLERK, record_type, fields)["id"])


class Gate:
    """A carrier that keeps what it is given."""

    def __init__(self) -> None:
        self.carried: list[Outgoing] = []

    def __call__(self, one: Outgoing) -> Outcome:
        self.carried.append(one)
        return Outcome("sent")


def sent(engine: Engine) -> tuple[list[str], list[str]]:
    """(texts that were carried, codes of what was not) of all that is due."""
    gate = Gate()
    engine.outbox.deliver({"http": gate, "smtp": gate, "webhook": gate})
    rows = engine.outbox.listing(OWNER).items
    return [one.text for one in gate.carried], [one["log"][-1]["code"] for one in rows if one["state"] != "sent"]


def test_every_answer_is_kept_and_the_last_one_counts(people: Engine) -> None:
    id = made(people, "person", name="Ana")
    consents = people.people.consents
    assert [one["given"] for one in consents.listing(CLERK, "person", id)["purposes"]] == [None, None]
    consents.answer(CLERK, "person", id, "offers", given=True)
    consents.answer(CLERK, "person", id, "offers", given=True)  # says nothing new
    found = consents.answer(replace(KEEPER, language="zh"), "person", id, "offers", given=False)
    assert [(one["given"], one["by"], one["text"]) for one in found["entries"]] == [
        (True, CLERK.id, "We may send you offers."), (False, KEEPER.id, "我们可以给您发送优惠信息。")]
    assert [(one["purpose"], one["given"]) for one in found["purposes"]] == [("service", None), ("offers", False)]
    actions = [row.entry.action for row in people.audit.entries(AuditQuery(types=("person",), record_id=id))]
    assert sorted(one for one in actions if one.startswith("consent")) == ["consent_given", "consent_withdrawn"]


def test_only_who_may_change_the_record_writes_answers_down(people: Engine) -> None:
    id, nobody = made(people, "person", name="Ana"), Actor(id=9, name="N", roles=frozenset())
    for actor in (nobody, Actor(id=9, name="N", roles=frozenset({"unknown"}))):
        with pytest.raises((NotFound, Forbidden)):
            people.people.consents.answer(actor, "person", id, "offers", given=True)
        with pytest.raises(NotFound):
            people.people.consents.listing(actor, "person", id)
    for purpose in ("service", "nothing"):
        with pytest.raises(Invalid):
            people.people.consents.answer(CLERK, "person", id, purpose, given=True)
    with pytest.raises(NotFound):
        people.people.consents.answer(CLERK, "visit", made(people, "visit", person=id), "offers", given=True)


def test_nobody_but_those_who_look_after_it_sees_a_restricted_person(people: Engine, open_engine: Callable[..., Engine]) -> None:
    id, other = made(people, "person", name="Ana Gone"), made(people, "person", name="Otto")
    visit, bill = made(people, "visit", person=id, said="quiet"), made(people, "bill", person=id, amount=3)
    beside = open_engine()
    assert beside.get(CLERK, "person", id)["id"] == id
    with pytest.raises(NotFound):
        people.people.restrictions.restrict(CLERK, "person", id, reason="x")
    people.people.restrictions.restrict(KEEPER, "person", id, reason="She contests what is written.")
    assert people.people.restrictions.everyone(KEEPER)[0]["id"] == id
    with pytest.raises(NotFound):
        people.delete(CLERK, "visit", visit)  # this one knows at once
    time.sleep(0.6)  # the other process knows within a second
    for engine in (people, beside):
        for name, one in (("person", id), ("visit", visit), ("bill", bill)):
            with pytest.raises(NotFound):
                engine.get(CLERK, name, one)
            with pytest.raises(NotFound):
                engine.update(CLERK, name, one, {})
            with pytest.raises(NotFound):
                engine.history(CLERK, name, one)
        assert [one["id"] for one in engine.select(CLERK, "person", Query(count=True)).items] == [other]
        assert engine.select(CLERK, "person", Query(count=True)).count == 1
        assert engine.select(CLERK, "person", Query(search="Gone")).items == []
        assert engine.title(CLERK, "person", [id, other]) == {other: "Otto"}
        assert engine.get(OWNER, "person", id)["id"] == id
    people.people.restrictions.lift(KEEPER, "person", id)
    time.sleep(0.6)
    assert beside.get(CLERK, "visit", visit)["id"] == visit and people.people.restrictions.everyone(KEEPER) == []


def test_what_comes_to_a_restricted_person_later_is_hidden_too(people: Engine) -> None:
    id = made(people, "person", name="Ana")
    people.people.restrictions.restrict(KEEPER, "person", id, reason="")
    late = int(people.create(OWNER, "visit", {"person": id})["id"])
    people.people.restrictions.refresh()
    with pytest.raises(NotFound):
        people.get(CLERK, "visit", late)


def test_a_restriction_of_many_records_holds_for_all(people: Engine) -> None:
    id = made(people, "person", name="Ana")
    ids = [made(people, "visit", person=id) for _ in range(230)]
    mine = made(people, "visit", said="mine")
    people.people.restrictions.restrict(KEEPER, "person", id, reason="")
    assert [one["id"] for one in people.select(CLERK, "visit", Query(limit=200)).items] == [mine] and len(ids) == 230


def wants(engine: Engine, key: str, template: str, record: tuple[str, int], to: int) -> None:
    """Puts a message into the outbox, as an effect would."""
    payload = {"template": template, "type": record[0], "id": record[1], "version": 1, "state": None, "to": {"type": "person", "id": to}}
    with engine.database.write() as conn:
        outbox.add(conn, OutboxRow(key=key, channel="sms", payload=payload, due=NOW, meant_at=NOW))


def test_what_needs_consent_is_sent_with_it_alone(people: Engine) -> None:
    id = made(people, "person", name="Ana", phone="+8613812345678")
    wants(people, "1", "offer", ("person", id), id)
    assert sent(people) == ([], ["no_consent"])
    people.people.consents.answer(CLERK, "person", id, "offers", given=True)
    wants(people, "2", "offer", ("person", id), id)
    assert sent(people) == (["An offer for Ana"], ["no_consent"])
    people.people.consents.answer(CLERK, "person", id, "offers", given=False)
    wants(people, "3", "offer", ("person", id), id)
    wants(people, "4", "news", ("visit", made(people, "visit", person=id)), id)  # a purpose that nobody is asked about
    assert sent(people) == (["News"], ["no_consent", "no_consent"])


def test_nothing_about_a_restricted_person_is_sent_to_anybody(people: Engine) -> None:
    id, other = made(people, "person", name="Ana"), made(people, "person", name="Otto", phone="+8613900000000")
    visit = made(people, "visit", person=id)
    people.people.restrictions.restrict(KEEPER, "person", id, reason="")
    wants(people, "1", "news", ("visit", visit), other)
    assert sent(people) == ([], ["restricted"])
    people.people.restrictions.lift(KEEPER, "person", id)
    wants(people, "2", "news", ("visit", visit), other)
    assert sent(people) == (["News"], ["restricted"])
