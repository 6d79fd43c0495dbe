"""Inbox and outbox over the API: one's own messages, the owner's decisions, answers that fit their description."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_served import Served, application
from jsonschema import Draft202012Validator
from outbox_site import Clock, Post, documents

from kartotek.api import openapi
from kartotek.engine.engine import Engine
from kartotek.engine.outgoing import Outcome
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor
from kartotek.storage.database import Database

USERS = {"owner": 1, "clerk": 2, "helper": 3}
CLOCK = Clock(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Served]:
    """The small site that sends, with an order whose messages wait in the outbox."""
    CLOCK.now = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    engine = Engine(Database.open(database_url), files=tmp_path / "files", secret=b"s" * 32, clock=CLOCK)
    assert not engine.apply_documents(documents(), by=Actor.system("test"), reason="test").problems
    tokens = {}
    for name, number in USERS.items():
        engine.users.mirror(MirroredUser(id=number, username=name, name=name.title(), roles=frozenset({name})))
        tokens[name] = engine.tokens.add(Actor.system("test"), name, user_id=number)[1]
    made = Served(engine, application(engine), tokens)
    clerk = made.client("clerk")
    person = clerk.made("person", name="Ann", email="ann@example.org", phone="+8613800138000")
    order = clerk.made("order", number="A1", person=person["id"])
    assert clerk("POST", f"/records/order/{order['id']}/transitions/finish", {}).status_code == 200
    yield made
    engine.close()


def test_everybody_reads_their_own_messages(site: Served) -> None:
    site.engine.outbox.deliver(Post().carriers)
    helper, clerk = site.client("helper"), site.client("clerk")
    told = helper("GET", "/inbox").json
    assert (told["unread"], [one["subject"] for one in told["items"]]) == (1, ["Order A1 is ready"])
    number = told["items"][0]["id"]
    assert clerk("GET", "/inbox").json == {"items": [], "next": None, "unread": 0}
    assert clerk("POST", f"/inbox/{number}/read").status_code == 404
    assert helper("POST", f"/inbox/{number}/read").json == {"read": 1}
    assert helper("POST", "/inbox/read", {}).json == {"read": 0}
    assert helper("GET", "/inbox?unread=true").json["items"] == []
    assert helper("POST", "/inbox/x/read").status_code == 404


def test_only_an_owner_looks_after_the_outbox(site: Served) -> None:
    doors = [
        ("GET", "/outbox"), ("GET", "/outbox/1"), ("POST", "/outbox/1/resend"), ("POST", "/outbox/1/drop"),
        ("POST", "/outbox/release"), ("POST", "/outbox/drop"),
    ]  # fmt: skip
    for method, address in doors:
        assert site.client("clerk")(method, address).status_code == 403, address
        assert site.client("nobody")(method, address).status_code == 401, address
    assert site.engine.outbox.counts(Actor.system("test")) == {"waiting": 4}


def test_the_owner_sees_why_and_decides(site: Served) -> None:
    site.engine.outbox.deliver(Post(lambda one: Outcome("host_refused", {"host": "x"})).carriers)
    owner = site.client("owner")
    dead = owner("GET", "/outbox?state=dead,held&limit=2").json
    assert [one["reason"] for one in dead["items"]] == ["host_refused"] * 2 and dead["next"]
    (last,) = owner("GET", f"/outbox?state=dead,held&limit=2&cursor={dead['next']}").json["items"]
    shown = owner("GET", f"/outbox/{last['id']}").json
    assert (shown["channel"], shown["preview"]["subject"], shown["log"][0]["code"]) == ("mail", "Order A1 is ready", "host_refused")
    assert owner("POST", f"/outbox/{last['id']}/resend").json["state"] == "waiting"
    assert owner("POST", f"/outbox/{last['id']}/drop").json["state"] == "dropped"
    again = owner("POST", f"/outbox/{last['id']}/drop")
    assert (again.status_code, again.json["problems"][0]["code"]) == (409, "state")
    assert owner("GET", "/outbox/999").status_code == 404
    for wrong in ("/outbox?state=lost", "/outbox?state=dead,dead", "/outbox?colour=red", f"/outbox?cursor={dead['next']}"):
        assert owner("GET", wrong).status_code == 400, wrong


def test_what_was_held_is_released_once_under_one_key(site: Served) -> None:
    clerk, owner = site.client("clerk"), site.client("owner")
    for _ in range(7):
        order = clerk.made("order", number="B", person=1)
        clerk("POST", f"/records/order/{order['id']}/transitions/finish", {})
    CLOCK.now += timedelta(hours=3)
    site.engine.outbox.deliver(Post().carriers)
    first, again = (owner("POST", "/outbox/release", {}, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json == again.json == {"released": 24}
    assert owner("POST", "/outbox/drop").json == {"dropped": 0}
    assert owner("POST", "/outbox/release", {"all": True}).status_code == 400


def test_answers_are_as_they_are_described(site: Served) -> None:
    site.engine.outbox.deliver(Post().carriers)
    owner, helper = site.client("owner"), site.client("helper")
    document = openapi.document(site.engine, Actor(id=1, name="Owner", roles=frozenset({"owner"})))
    answers: list[tuple[str, Any]] = [("inbox", helper("GET", "/inbox").json), ("outbox", owner("GET", "/outbox").json)]
    answers += [("outgoing", owner("GET", f"/outbox/{number}").json) for number in (1, 2, 3, 4)]
    for name, wire in answers:
        schema = {"$ref": f"#/components/schemas/kartotek.{name}", "components": document["components"]}
        Draft202012Validator(schema).validate(wire)
    assert "/api/v1/outbox" not in openapi.document(site.engine, Actor(id=2, name="C", roles=frozenset({"clerk"})))["paths"]
