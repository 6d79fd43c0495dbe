"""Public pages: strangers send a form and follow a link; programs that follow addresses or fill in everything do nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from public_site import public_documents
from visitors import SYSTEM, Pages, Visitor

from kartotek.engine.engine import Engine
from kartotek.model.query import Query
from kartotek.storage.database import Database
from kartotek.web.install import Options, install

@pytest.fixture
def pages(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Pages]:
    engine = Engine(Database.open(f"sqlite:///{tmp_path}/records.db"), files=tmp_path, secret=b"s" * 32, clock=clock)
    assert engine.apply_documents(public_documents(), by=SYSTEM, reason="tests").applied
    app = Flask("kartotek", static_folder=None)
    options = Options(auth_url=f"sqlite:///{tmp_path}/auth.db", secret_key="k" * 40, hosts=("localhost",))
    made = Pages(app, engine, install(app, engine, options))
    yield made
    made.close()


@pytest.fixture
def order(pages: Pages) -> int:
    person, item = pages.made("person", name="Ada"), pages.made("item", name="Lamp", price="10.00")
    order = pages.made("order", person=person, lines=[{"item": item, "quantity": 2}], starts_at="2026-11-25T10:00:00Z")
    pages.engine.processes.run(SYSTEM, "order", order, "offer")
    return order


def link(pages: Pages, order: int) -> str:
    with pages.engine.transactions.reading() as conn:
        return pages.engine.links.url(conn, "order", order, "answer")


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, text
    return found.group(1)


def filled(pages: Pages, stranger: Visitor, **values: str) -> dict[str, str]:
    """The form as somebody has filled it in, half a minute after opening it."""
    now = pages.engine.clock()
    text = stranger.get("/p/ask").text
    pages.engine.clock = lambda: now + timedelta(seconds=30)
    sent = {"/name": "Ada", "/mobile": "", "/agrees": "true", "website": "", "ticket": hidden(text, "ticket")}
    return {**sent, "csrf_token": hidden(text, "csrf_token"), **values}


def stored(pages: Pages) -> list[dict[str, Any]]:
    return [one["fields"] for one in pages.engine.select(SYSTEM, "request", Query()).items]


def test_a_stranger_sends_the_form_and_is_thanked(pages: Pages) -> None:
    stranger = pages.visitor()
    answer = stranger.post("/p/ask", filled(pages, stranger, **{"/mobile": "138 0000 0001"}), token=False)
    assert answer.status_code == 200 and "We call you" in answer.text
    assert stored(pages) == [{"name": "Ada", "agrees": True, "mobile": "+8613800000001", "source": "web"}]


def test_sending_twice_stores_once_and_thanks_twice(pages: Pages) -> None:
    stranger = pages.visitor()
    values = filled(pages, stranger)
    for name in ("Ada", "Ada", "Eve"):
        answer = stranger.post("/p/ask", {**values, "/name": name}, token=False)
        assert answer.status_code == 200 and "We call you" in answer.text
    assert [one["name"] for one in stored(pages)] == ["Ada"]


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(pages: Pages) -> None:
    stranger = pages.visitor()
    answer = stranger.post("/p/ask", filled(pages, stranger, **{"/name": "", "/mobile": "12 is no number"}), token=False)
    assert answer.status_code == 422
    assert 'value="12 is no number"' in answer.text and answer.text.count("invalid-feedback") >= 1
    assert stored(pages) == []


def test_a_program_that_fills_in_every_field_is_thanked_and_ignored(pages: Pages) -> None:
    stranger = pages.visitor()
    answer = stranger.post("/p/ask", filled(pages, stranger, website="https://buy.example"), token=False)
    assert answer.status_code == 200 and stored(pages) == []


def test_a_form_without_its_ticket_or_sent_at_once_is_asked_again(pages: Pages) -> None:
    stranger = pages.visitor()
    values = filled(pages, stranger)
    for ticket in ("", "x", hidden(stranger.get("/p/ask").text, "ticket")):
        answer = stranger.post("/p/ask", {**values, "ticket": ticket}, token=False)
        assert answer.status_code == 422 and 'value="Ada"' in answer.text
    assert stored(pages) == []


def test_a_forged_form_is_kept_and_asked_again_without_a_sign_in(pages: Pages) -> None:
    stranger = pages.visitor()
    answer = stranger.post("/p/ask", {**filled(pages, stranger), "csrf_token": "forged"}, token=False)
    assert answer.status_code == 400
    assert "~password" not in answer.text and stored(pages) == []


def test_too_much_from_one_address_is_told_kindly(pages: Pages) -> None:
    stranger = pages.visitor()
    answers = [stranger.post("/p/ask", filled(pages, stranger), token=False).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_the_form_speaks_the_visitors_language(pages: Pages) -> None:
    stranger = pages.visitor()
    stranger.headers["Accept-Language"] = "zh-CN"
    assert "咨询" in stranger.get("/p/ask").text


def test_opening_a_link_shows_and_runs_nothing(pages: Pages, order: int) -> None:
    stranger = pages.visitor()
    for method in ("GET", "HEAD"):
        answer = stranger.client.open(link(pages, order), method=method, buffered=True)
        assert answer.status_code == 200
    text = stranger.get(link(pages, order)).text
    assert "Accept" in text and "20.00" in text and "Ada" not in text
    assert pages.engine.get(SYSTEM, "order", order)["state"] == "offered"


def test_a_link_runs_its_step_once_and_a_second_click_is_thanked(pages: Pages, order: int) -> None:
    stranger, address = pages.visitor(), link(pages, order)
    text = stranger.get(address).text
    values = {name: hidden(text, name) for name in ("csrf_token", "key")} | {"/reason": "gladly"}
    for _ in range(2):
        answer = stranger.post(address, values, token=False)
        assert answer.status_code == 200, answer.text
    assert pages.engine.get(SYSTEM, "order", order)["state"] == "accepted"
    again = stranger.get(address)
    assert again.status_code == 404 and "has ended" in again.text and "/login" not in again.text


def test_a_link_that_comes_too_late_says_so_and_has_no_button(pages: Pages, order: int) -> None:
    pages.engine.update(SYSTEM, "order", order, {"starts_at": "2026-11-20T10:00:00Z"})
    stranger = pages.visitor()
    text = stranger.get(link(pages, order)).text
    assert "It is too late." in text and 'type="submit">Accept' not in text


@pytest.mark.parametrize("path", ["/l/x", "/l/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "/p/nothing", "/p/request"])
def test_other_addresses_lead_nowhere_alike(pages: Pages, path: str) -> None:
    answer = pages.visitor().get(path)
    assert answer.status_code == 404 and "not valid" not in answer.headers.get("Location", "")


def test_public_pages_are_kept_out_of_caches_and_search_engines(pages: Pages, order: int) -> None:
    for path in ("/p/ask", link(pages, order)):
        headers = pages.visitor().get(path).headers
        assert headers["Cache-Control"] == "no-store"
    headers = pages.visitor().get(link(pages, order)).headers
    assert headers["X-Robots-Tag"] == "noindex" and headers["Referrer-Policy"] == "same-origin"


def test_staff_see_the_links_of_a_record_and_end_them(pages: Pages, order: int) -> None:
    address, owner = link(pages, order), pages.visitor("owner")
    text = owner.get(f"/r/order/{order}").text
    found = re.search(r'action="(/r/order/\d+/links/\d+/end)"', text)
    assert found and "Accept" in text and address not in text
    assert owner.post(found.group(1), {}, token=False).status_code == 400
    assert owner.post(found.group(1), {}).status_code == 303
    assert pages.visitor().get(address).status_code == 404
    assert "/end\"" not in owner.get(f"/r/order/{order}").text
    assert owner.post(f"/r/order/{order}/links/99/end", {}).status_code == 404
