"""Public forms: they take their fields alone, once for a ticket, so often an hour, and say nothing of what is stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from neutral_site import CLERK, OWNER
from public_site import public_documents

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import Invalid, KartotekError, NotFound, TooMany
from kartotek.model.query import Query

GOOD = {"name": "Ada", "agrees": True}


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    engine = open_engine(public_documents())
    for one in (OWNER, CLERK):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine


def send(engine: Engine, fields: dict[str, Any], *, ticket: str = "", address: str = "192.0.2.1") -> None:
    engine.forms.send("ask", fields, ticket=ticket or engine.forms.ticket("ask"), address=address, language="en")


def stored(engine: Engine) -> list[dict[str, Any]]:
    return [one["fields"] for one in engine.select(CLERK, "request", Query(sort=("name",))).items]


def codes(engine: Engine, fields: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        send(engine, fields)
    return [(one.path, one.code) for one in refused.value.problems]


def test_a_form_stores_its_fields_and_what_it_sets(engine: Engine) -> None:
    send(engine, {**GOOD, "mobile": "138 0000 0001"})
    assert stored(engine) == [{"name": "Ada", "agrees": True, "mobile": "+8613800000001", "source": "web"}]
    made = engine.select(CLERK, "request", Query()).items[0]
    assert engine.history(CLERK, "request", made["id"]).items[0]["by"] == 0


@pytest.mark.parametrize("strange", ["source", "secret", "id", "state", "nothing", "created_by"])
def test_no_other_field_can_be_sent(engine: Engine, strange: str) -> None:
    assert codes(engine, {**GOOD, strange: "web"}) == [("", "public_refused")]
    assert stored(engine) == []


def test_what_is_wrong_is_told_at_its_field_and_hidden_rules_in_their_own_words(engine: Engine) -> None:
    assert {path for path, _ in codes(engine, {"mobile": "12"})} == {f"/fields/{one}" for one in ("mobile", "name", "agrees")}
    assert codes(engine, {"name": "Ada", "agrees": False}) == [("/fields/agrees", "validation")]
    with pytest.raises(Invalid) as refused:
        send(engine, {**GOOD, "name": "Nemo"})
    assert [(one.path, one.message, dict(one.params)) for one in refused.value.problems] == [("", "Nobody of that name", {})]


def test_a_number_that_is_known_is_refused_without_a_word_about_it(engine: Engine) -> None:
    engine.create(CLERK, "request", {**GOOD, "mobile": "138 0000 0002"})
    assert codes(engine, {**GOOD, "mobile": "138 0000 0002"}) == [("", "public_refused")]


def test_a_ticket_is_good_for_one_record_however_often_it_is_sent(engine: Engine) -> None:
    ticket = engine.forms.ticket("ask")

    def press(_: int) -> bool:
        try:
            send(engine, GOOD, ticket=ticket)
        except KartotekError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert any(pool.map(press, range(6)))
    assert len(stored(engine)) == 1
    with pytest.raises(Invalid) as reused:
        send(engine, {**GOOD, "name": "Eve"}, ticket=ticket)
    assert [one.code for one in reused.value.problems] == ["idempotency_key_reused"]
    assert len(stored(engine)) == 1


def test_one_address_and_all_together_are_bounded_and_an_hour_later_open_again(engine: Engine) -> None:
    for number in range(3):
        send(engine, {**GOOD, "name": f"A{number}"})
    with pytest.raises(TooMany) as refused:
        send(engine, GOOD)
    assert 0 < refused.value.params["retry_after"] <= 3600
    send(engine, GOOD, address="2001:db8::1")
    send(engine, GOOD, address="2001:db8::2")
    with pytest.raises(TooMany):
        send(engine, GOOD, address="198.51.100.7")
    assert len(stored(engine)) == 5
    now = engine.clock()
    engine.clock = lambda: now + timedelta(hours=1)
    send(engine, GOOD)
    assert len(stored(engine)) == 6


def test_addresses_of_one_household_count_as_one(engine: Engine) -> None:
    for number in range(3):
        send(engine, GOOD, address=f"2001:db8::{number}")
    with pytest.raises(TooMany):
        send(engine, GOOD, address="2001:db8::99")


def test_refused_attempts_are_bounded_too_and_forgotten_later(engine: Engine) -> None:
    for _ in range(30):
        codes(engine, {"name": "Ada"})
    with pytest.raises(TooMany):
        send(engine, GOOD)
    now = engine.clock()
    engine.clock = lambda: now + timedelta(hours=2)
    engine.tidy()
    with engine.transactions.reading() as conn:
        assert conn.rows('SELECT "name" FROM "kartotek__rate"') == []


def test_no_address_is_kept(engine: Engine) -> None:
    send(engine, GOOD)
    with engine.transactions.reading() as conn:
        assert conn.rows('SELECT "name" FROM "kartotek__rate"')
        assert not [name for (name,) in conn.rows('SELECT "name" FROM "kartotek__rate"') if "192.0.2" in name]


def test_a_ticket_is_of_its_form_and_of_its_time(engine: Engine) -> None:
    ticket, now = engine.forms.ticket("ask"), engine.clock()
    assert not engine.forms.takes("ask", ticket), "nobody is that fast"
    engine.clock = lambda: now + timedelta(seconds=30)
    assert engine.forms.takes("ask", ticket)
    assert not engine.forms.takes("other", ticket)
    assert not any(engine.forms.takes("ask", one) for one in ("", ticket[:-1], ticket + "A", "é", ticket.swapcase()))
    engine.clock = lambda: now + timedelta(hours=13)
    assert not engine.forms.takes("ask", ticket)


def test_there_is_no_form_of_another_name(engine: Engine) -> None:
    with pytest.raises(NotFound):
        engine.forms.open("request")


def test_a_form_cannot_ask_for_a_field_with_members_that_are_for_some_roles(engine: Engine) -> None:
    documents = public_documents()
    request = json.loads(documents["schemas/request.json"])
    request["properties"]["address"] = {"type": "object", "title": "Address", "properties": {
        "city": {"type": "string", "title": "City"}, "trust": {"type": "string", "title": "Trust", "x-field": {"write": ["clerk"]}}}}
    request["x-record"]["publicForms"]["ask"]["fields"].append("address")
    report = engine.apply_documents(documents | {"schemas/request.json": json.dumps(request)}, by=OWNER, reason="tests")
    assert [one.code for one in report.problems if one.severity == "error"] == ["public_form"]
