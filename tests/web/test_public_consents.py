"""Strangers and consents: a form asks without demanding, a personal link gives and takes back, and neither tells of others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from public_site import public_documents
from visitors import SYSTEM, Pages

from kartotek.engine.engine import Engine
from kartotek.storage.database import Database
from kartotek.web.install import Options, install

PURPOSES = "purposes: {offers: {text: {en: May we send offers?, zh: 可以发送优惠吗？}}, news: {}}\n"


def documents() -> dict[str, str]:
    found = public_documents()
    request, person, order = (json.loads(found[f"schemas/{name}.json"]) for name in ("request", "person", "order"))
    request["x-record"]["subject"] = person["x-record"]["subject"] = True
    order["x-record"]["subject"] = "person"
    request["x-record"]["publicForms"]["ask"]["consents"] = ["offers"]
    found |= {"schemas/request.json": json.dumps(request), "schemas/person.json": json.dumps(person), "schemas/order.json": json.dumps(order)}
    return found | {"site.yaml": found["site.yaml"] + PURPOSES}


@pytest.fixture
def pages(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Pages]:
    engine = Engine(Database.open(f"sqlite:///{tmp_path}/records.db"), files=tmp_path, secret=b"s" * 32, clock=clock)
    report = engine.apply_documents(documents(), by=SYSTEM, reason="tests")
    assert report.applied, report.problems
    app = Flask("kartotek", static_folder=None)
    made = Pages(app, engine, install(app, engine, Options(auth_url=f"sqlite:///{tmp_path}/auth.db", secret_key="k" * 40, hosts=("localhost",))))
    yield made
    made.close()


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, text
    return found.group(1)


def answers(pages: Pages, record_type: str, id: int) -> list[tuple[str, bool, str, int]]:
    entries: list[dict[str, Any]] = pages.engine.people.consents.listing(SYSTEM, record_type, id)["entries"]
    return [(one["purpose"], one["given"], one["via"], one["by"]) for one in entries]


def test_a_form_asks_and_takes_no_for_an_answer(pages: Pages) -> None:
    stranger, sent = pages.visitor(), []
    for number, agreed in ((1, []), (2, ["offers", "news", "nonsense"])):
        text = stranger.get("/p/ask").text
        assert "May we send offers?" in text and text.count('name="~agreed"') == 1
        now = pages.engine.clock()
        pages.engine.clock = lambda now=now: now + timedelta(seconds=30)  # type: ignore[method-assign]
        values = {"/name": f"Ada {number}", "/mobile": "", "/agrees": "true", "website": "", "ticket": hidden(text, "ticket"), "csrf_token": hidden(text, "csrf_token")}
        sent.append(stranger.client.post("/p/ask", data={**values, "~agreed": agreed}).status_code)
    assert sent == [200, 200] and answers(pages, "request", 1) == []
    assert answers(pages, "request", 2) == [("offers", True, "form ask", 0)]


def test_a_personal_link_gives_and_takes_back(pages: Pages) -> None:
    person, item = pages.made("person", name="Ada"), pages.made("item", name="Lamp", price="10.00")
    order = pages.made("order", person=person, lines=[{"item": item, "quantity": 2}], starts_at="2026-11-25T10:00:00Z")
    pages.engine.processes.run(SYSTEM, "order", order, "offer")
    with pages.engine.transactions.reading() as conn:
        way = "/l/" + pages.engine.links.url(conn, "order", order, "answer").rpartition("/")[2]
    stranger = pages.visitor()
    text = stranger.get(way).text
    assert "May we send offers?" in text and "Not asked" in text
    token = hidden(text, "csrf_token")
    for given in ("yes", "no"):
        done = stranger.client.post(f"{way}/consents", data={"purpose": "offers", "given": given, "csrf_token": token})
        assert (done.status_code, done.headers["Location"]) == (303, way)
    assert answers(pages, "person", person) == [("offers", True, "link", 0), ("offers", False, "link", 0)]
    assert "Refused" in stranger.get(way).text and pages.engine.get(SYSTEM, "order", order)["state"] == "offered"  # it is not used up
    assert stranger.client.post(f"{way}/consents", data={"purpose": "nothing", "given": "yes", "csrf_token": token}).status_code == 404
    assert stranger.client.post(f"{way}x/consents", data={"purpose": "offers", "given": "yes", "csrf_token": token}).status_code == 404
    assert stranger.client.post(f"{way}/consents", data={"purpose": "offers", "given": "yes"}).status_code == 400
    pages.engine.clock = lambda: datetime.fromisoformat("2026-12-20T10:00:00+00:00")  # type: ignore[method-assign]
    assert stranger.client.post(f"{way}/consents", data={"purpose": "offers", "given": "yes", "csrf_token": token}).status_code in (400, 404)
    assert len(answers(pages, "person", person)) == 2
