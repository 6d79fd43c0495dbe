"""Personal links: they show what is declared, run one transition so often and so long, and end at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER, STRANGER
from public_site import public_documents

from kartotek.engine.engine import Engine
from kartotek.engine.transaction import Once
from kartotek.engine.users import MirroredUser
from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, NotFound


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    engine = open_engine(public_documents())
    for one in (OWNER, CLERK, HELPER, STRANGER):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine


@pytest.fixture
def order(engine: Engine) -> int:
    """An order that was offered, so that it has a link."""
    person = engine.create(CLERK, "person", {"name": "Ada"})["id"]
    item = engine.create(CLERK, "item", {"name": "Lamp", "price": "10.00"})["id"]
    made = engine.create(CLERK, "order", {
        "person": person, "lines": [{"item": item, "quantity": 2}], "starts_at": "2026-11-25T10:00:00Z"})["id"]
    engine.processes.run(CLERK, "order", made, "offer")
    return int(made)


def token(engine: Engine, order: int) -> str:
    with engine.transactions.reading() as conn:
        return engine.links.url(conn, "order", order, "answer").rpartition("/")[2]


def state(engine: Engine, order: int) -> Any:
    return engine.get(CLERK, "order", order)["state"]


def test_a_link_shows_the_declared_fields_alone_and_runs_its_transition_once(engine: Engine, order: int) -> None:
    key = token(engine, order)
    page = engine.links.open(key, "zh")
    assert page.transition.label("zh") == "接受" and [one.name for one in page.fields] == ["reason"]
    assert set(page.record["fields"]) == {"starts_at", "total"}
    assert state(engine, order) == "offered"
    engine.links.run(key, "en", fields={"reason": "gladly"})
    assert state(engine, order) == "accepted"
    newest = engine.history(CLERK, "order", order).items[0]
    assert (newest["action"], newest["transition"], newest["by"]) == ("transition", "accept", 0)
    for use in (lambda: engine.links.open(key, "en"), lambda: engine.links.run(key, "en", fields={})):
        with pytest.raises(NotFound):
            use()


def test_a_second_click_is_answered_like_the_first(engine: Engine, order: int) -> None:
    key, once = token(engine, order), Once("one-key", "")
    engine.links.run(key, "en", fields={}, once=once)
    engine.links.run(key, "en", fields={}, once=once)
    assert len([one for one in engine.history(CLERK, "order", order).items if one["action"] == "transition"]) == 2


def test_what_is_refused_leaves_the_link_in_force(engine: Engine, order: int) -> None:
    key = token(engine, order)
    with pytest.raises(Invalid) as refused:
        engine.links.run(key, "en", fields={"total": "0.01"})
    assert [one.code for one in refused.value.problems] == ["not_asked"]
    engine.update(CLERK, "order", order, {"starts_at": "2026-11-20T10:00:00Z"})
    with pytest.raises(Conflict) as late:
        engine.links.run(key, "zh", fields={})
    assert late.value.problems[0].message == "太晚了。"
    assert engine.links.open(key, "zh").blockers[0]["code"] == "guard"
    engine.update(CLERK, "order", order, {"starts_at": "2026-11-26T10:00:00Z"})
    engine.links.run(key, "en", fields={})
    assert state(engine, order) == "accepted"


def test_a_link_ends_with_its_time_with_a_newer_one_and_with_a_word(engine: Engine, order: int) -> None:
    first = token(engine, order)
    engine.processes.run(CLERK, "order", order, "offer")
    second = token(engine, order)
    assert first != second
    with pytest.raises(NotFound):
        engine.links.open(first, "en")
    listed = engine.links.of_record(CLERK, "order", order)
    assert [(one["name"], one["active"]) for one in listed] == [("answer", True), ("answer", False)]
    assert not any(second in str(one) for one in listed)
    engine.links.revoke(CLERK, listed[0]["id"])
    with pytest.raises(NotFound):
        engine.links.run(second, "en", fields={})
    engine.processes.run(CLERK, "order", order, "offer")
    third, now = token(engine, order), engine.clock()
    engine.clock = lambda: now + timedelta(days=2, seconds=1)
    with pytest.raises(NotFound):
        engine.links.open(third, "en")
    assert state(engine, order) == "offered"


def test_a_link_of_a_deleted_record_opens_nothing(engine: Engine, order: int) -> None:
    key = token(engine, order)
    engine.delete(CLERK, "order", order)
    for use in (lambda: engine.links.open(key, "en"), lambda: engine.links.run(key, "en", fields={})):
        with pytest.raises(NotFound):
            use()


@pytest.mark.parametrize("changed", ["", "x", "é", "A" * 31, "AAAAAAAAAQ", "%00", "\ud800", "=" * 8])
def test_no_other_text_opens_a_link(engine: Engine, order: int, changed: str) -> None:
    with pytest.raises(NotFound):
        engine.links.open(changed, "en")


def test_no_neighbour_of_a_token_opens_a_link(engine: Engine, order: int) -> None:
    key = token(engine, order)
    for place in range(len(key)):
        for letter in "AZaz09-_":
            if key[place] != letter:
                with pytest.raises(NotFound):
                    engine.links.open(key[:place] + letter + key[place + 1 :], "en")


def test_links_are_for_those_who_may_change_the_record(engine: Engine, order: int) -> None:
    link = engine.links.of_record(CLERK, "order", order)[0]["id"]
    for actor, refusal in ((HELPER, Forbidden), (STRANGER, NotFound)):
        with pytest.raises(refusal):
            engine.links.of_record(actor, "order", order)
        with pytest.raises(refusal):
            engine.links.revoke(actor, link)
    with pytest.raises(NotFound):
        engine.links.revoke(OWNER, link + 1)


def test_eight_people_who_press_at_once_are_one(engine: Engine, order: int) -> None:
    key = token(engine, order)

    def press(_: int) -> bool:
        try:
            engine.links.run(key, "en", fields={})
        except KartotekError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(press, range(8))) == 1


def test_a_strangers_refusal_names_no_record_and_no_field_that_was_not_asked(open_engine: Callable[..., Engine]) -> None:
    documents = public_documents()
    documents["workflows/order.yaml"] = documents["workflows/order.yaml"].replace(
        "    ask: [reason]\n", "    ask: [reason]\n    do:\n      - create: {record: person, set: {name: twice, mobile: '+4930123456'}}\n"
    )
    engine = open_engine(documents)
    person = engine.create(CLERK, "person", {"name": "Ada", "mobile": "+4930123456"})["id"]
    item = engine.create(CLERK, "item", {"name": "Lamp", "price": "10.00"})["id"]
    made = engine.create(CLERK, "order", {"person": person, "lines": [{"item": item, "quantity": 1}], "starts_at": "2026-11-25T10:00:00Z"})["id"]
    engine.processes.run(CLERK, "order", made, "offer")
    with pytest.raises(Conflict) as refused:
        engine.links.run(token(engine, made), "en", fields={})
    assert [(one.path, one.code) for one in refused.value.problems] == [("", "public_refused")]


def test_a_link_that_is_not_ones_to_end_is_refused_as_one_that_never_was(engine: Engine, order: int) -> None:
    stranger, missing = _refusal(lambda: engine.links.revoke(STRANGER, 1)), _refusal(lambda: engine.links.revoke(STRANGER, 99))
    assert stranger == missing


def _refusal(do: Callable[[], Any]) -> Any:
    with pytest.raises(KartotekError) as refused:
        do()
    return type(refused.value), refused.value.sentence
