"""Messages in the pages: one's own inbox with its count, and what the owner sees of the outbox and decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from outbox_site import Clock, Post
from outbox_site import documents as sending
from visitors import SYSTEM, Pages, open_pages

from kartotek.engine.outgoing import Outcome

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    """Noon at the site."""
    return Clock(NOON)


@pytest.fixture
def pages(tmp_path: Path, clock: Clock) -> Iterator[Pages]:
    """The small site that sends, with its three users."""
    urls = f"sqlite:///{tmp_path}/records.db", f"sqlite:///{tmp_path}/auth.db"
    made = open_pages(*urls, tmp_path / "files", clock, given=sending())
    for name in ("owner", "clerk", "helper"):
        made.user(name)
    yield made
    made.close()


def order(pages: Pages, **fields: object) -> int:
    """An order whose transition has put messages into the outbox."""
    person = pages.made("person", name="Ann <b>", email="ann@example.org", phone="+8613800138000")
    made = pages.made("order", number="A1", person=person, total="12.50", **fields)
    pages.engine.processes.run(SYSTEM, "order", made, "finish")
    return made


def test_a_person_sees_the_count_reads_and_opens(pages: Pages) -> None:
    number = order(pages)
    pages.engine.outbox.deliver(Post().carriers)
    helper = pages.visitor("helper")
    assert 'aria-label="1 unread"' in helper.get("/").text
    text = helper.get("/messages/").text
    assert "Order A1 is ready" in text and "Ann &lt;b&gt;" in text and "Ann <b>" not in text
    answer = helper.post("/messages/1/read", {"type": "order", "record": str(number)})
    assert answer.headers["Location"] == f"/r/order/{number}"
    assert "1 unread" not in helper.get("/messages/").text
    assert "There are no messages for you." in helper.get("/messages/?unread=1").text
    assert "There are no messages for you." in pages.visitor("clerk").get("/messages/").text


def test_a_message_of_somebody_else_is_not_there(pages: Pages) -> None:
    order(pages)
    pages.engine.outbox.deliver(Post().carriers)
    assert pages.visitor("clerk").post("/messages/1/read", {}).status_code == 404
    helper = pages.visitor("helper")
    for given in ({"type": "//evil.example", "record": "1"}, {"type": "order", "record": "../../x"}, {}):
        assert helper.post("/messages/1/read", given).headers["Location"] == "/messages/"


def test_what_may_not_be_read_is_not_in_the_page(pages: Pages) -> None:
    number = order(pages, hidden="Arsenic")
    pages.engine.outbox.deliver(Post().carriers)
    helper = pages.visitor("helper")
    assert "Arsenic" not in helper.get("/messages/").text
    pages.engine.update(SYSTEM, "order", number, {"number": "secret"})
    text = helper.get("/messages/").text
    assert "You may not read what it is about." in text and "secret" not in text and "Ann" not in text


def test_to_all_but_owners_there_is_no_outbox(pages: Pages) -> None:
    order(pages)
    clerk = pages.visitor("clerk")
    for path in ("/messages/outbox/", "/messages/outbox/1"):
        assert clerk.get(path).status_code == 404
    for path in ("/messages/outbox/1/resend", "/messages/outbox/1/drop", "/messages/outbox/release", "/messages/outbox/drop"):
        assert clerk.post(path, {}).status_code == 404
        assert pages.visitor("owner").post(path, {}, token=False).status_code == 400
    assert pages.engine.outbox.counts(SYSTEM) == {"waiting": 4}
    assert "/messages/outbox/" not in clerk.get("/").text and "/messages/outbox/" in pages.visitor("owner").get("/").text


def test_the_owner_sees_why_something_was_not_sent_and_sends_it_again(pages: Pages) -> None:
    order(pages)
    pages.engine.outbox.deliver(Post(lambda one: Outcome("host_refused", {"host": "mail.example.org"})).carriers)
    owner = pages.visitor("owner")
    text = owner.get("/messages/outbox/?state=dead").text
    assert "mail.example.org is on this machine or in a private network" in text and "Ann &lt;b&gt;" in text
    assert "ann@example.org" not in text
    one = owner.get("/messages/outbox/1").text
    assert "Dear Ann &lt;b&gt; (Plain), CN¥12.50" in one and "Never send" in one
    assert owner.post("/messages/outbox/1/resend", {}).headers["Location"] == "/messages/outbox/1"
    post = Post()
    pages.engine.outbox.deliver(post.carriers)
    assert [one.address for one in post.taken()] == ["ann@example.org"]
    assert "It was sent." in owner.get("/messages/outbox/1").text
    assert owner.post("/messages/outbox/1/drop", {}).status_code == 303
    assert "It has been dealt with meanwhile" in owner.get("/messages/outbox/1").text


def test_the_owner_releases_what_is_late_or_drops_it(pages: Pages, clock: Clock) -> None:
    for _ in range(7):
        order(pages)
    clock.now += timedelta(hours=2)
    pages.engine.outbox.deliver(Post().carriers)
    owner = pages.visitor("owner")
    assert "21 late messages wait for your word" in owner.get("/messages/outbox/").text
    owner.post("/messages/outbox/release", {})
    assert "21 messages will be sent in a moment." in owner.get("/messages/outbox/").text
    assert pages.engine.outbox.counts(SYSTEM) == {"sent": 7, "waiting": 21}
    assert owner.post("/messages/outbox/drop", {}).status_code == 303


def test_the_pages_speak_chinese(pages: Pages) -> None:
    order(pages)
    pages.engine.outbox.deliver(Post(lambda one: Outcome("no_secret", {"name": "books"}, again=True)).carriers)
    owner = pages.visitor("owner")
    owner.headers["Accept-Language"] = "zh"
    owner.post("/language", {"language": "zh"})
    for path, words in (("/messages/", "没有给您的消息"), ("/messages/outbox/", "密钥 books"), ("/messages/outbox/1", "现在的内容")):
        assert words in owner.get(path).text, path


def test_all_kinds_of_rows_have_a_page(pages: Pages) -> None:
    made = order(pages)
    pages.engine.processes.run(SYSTEM, "order", made, "hand_over")
    pages.engine.outbox.deliver(Post().carriers)
    pages.engine.delete(SYSTEM, "order", made)
    owner = pages.visitor("owner")
    assert owner.get("/messages/outbox/").status_code == 200
    rows = pages.engine.outbox.listing(SYSTEM).items
    assert {one["kind"] for one in rows} == {"message", "webhook"} and len(rows) == 8
    for one in rows:
        answer = owner.get(f"/messages/outbox/{one['id']}")
        assert answer.status_code == 200 and ("&#34;id&#34;" in answer.text) == (one["kind"] == "webhook")
