"""Outbox: who gets what, when, under whose rights; what stands in the way is told; nothing is sent twice by two workers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from outbox_site import CLERK, HELPER, OWNER, SITE, Clock, Post, documents

from kartotek.engine.engine import Engine
from kartotek.engine.outgoing import Outcome, Outgoing
from kartotek.engine.users import MirroredUser
from kartotek.errors import Conflict, Forbidden, NotFound
from kartotek.model.actor import Actor
from kartotek.storage.database import Database
from kartotek.storage.layout import INSTANT

DAY = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # noon in Shanghai
ADDRESSES = {"email": "ann@example.org", "phone": "+8613800138000"}


@pytest.fixture
def clock() -> Clock:
    """Noon at the site."""
    return Clock(DAY)


@pytest.fixture
def engine(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Engine]:
    """The small site that sends, and its people."""
    made = Engine(Database.open(database_url), files=tmp_path / "files", secret=b"s" * 32, clock=clock)
    report = made.apply_documents(documents(), by=Actor.system("test"), reason="test")
    assert not report.problems, [f"{one.place}: {one.message}" for one in report.problems]
    for one in (OWNER, CLERK, HELPER):
        made.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    yield made
    made.close()


def person(engine: Engine, **fields: Any) -> int:
    given = {"name": "Ann", **ADDRESSES, **fields}
    return int(engine.create(CLERK, "person", {name: value for name, value in given.items() if value is not None})["id"])


def order(engine: Engine, whose: int, **fields: Any) -> int:
    given = {"number": "A1", "person": whose, "total": "1234.50", "at": "2026-11-21T12:30:00Z", **fields}
    return int(engine.create(CLERK, "order", given)["id"])


def finished(engine: Engine, whose: int | None = None, **fields: Any) -> int:
    """An order whose transition has put into the outbox: mail, text, helper's inbox, webhook."""
    made = order(engine, person(engine) if whose is None else whose, **fields)
    engine.processes.run(CLERK, "order", made, "finish")
    return made


def rows(engine: Engine) -> dict[str, dict[str, Any]]:
    """{channel or endpoint: the newest row of it}."""
    return {one.get("channel") or one["endpoint"]: one for one in reversed(engine.outbox.listing(OWNER).items)}


def told(engine: Engine) -> dict[str, tuple[str, str | None]]:
    """{channel or endpoint: (state, reason)}."""
    return {name: (row["state"], row["reason"]) for name, row in rows(engine).items()}


def test_a_transition_reaches_everybody_it_names_in_their_language(engine: Engine) -> None:
    finished(engine, person(engine, language="zh"))
    post = Post()
    assert engine.outbox.deliver(post.carriers) == 4
    mail, text, hook = post.taken()
    assert (mail.address, mail.subject, mail.text) == (
        "ann@example.org", "订单 A1 已完成", "Ann（普通），¥1,234.50，2026年11月21日 20:30。",
    )  # fmt: skip
    assert text.address == "+8613800138000" and json.loads(text.body)["text"] == mail.text
    assert json.loads(hook.body)["type"] == "order.ready"
    assert told(engine) == dict.fromkeys(("mail", "text", "inbox", "books"), ("sent", None))
    assert engine.outbox.deliver(post.carriers) == 0 and not post.taken()


def test_the_outbox_holds_references_and_no_values(engine: Engine) -> None:
    finished(engine, hidden="Arsenic")
    engine.outbox.deliver(Post(lambda one: Outcome("answered", {"status": 400})).carriers)
    with engine.database.read() as conn:
        stored = json.dumps([
            [str(value) for value in row] for table in ("outbox", "inbox") for row in conn.rows(f'SELECT * FROM "kartotek__{table}"')
        ])
    assert not any(value in stored for value in ("Ann", "ann@", "8613800138000", "1234", "Arsenic", "A1"))


def test_what_is_rolled_back_is_not_sent(engine: Engine) -> None:
    made = order(engine, person(engine))
    with pytest.raises(Conflict):
        engine.processes.run(CLERK, "order", made, "hand_over")
    assert engine.outbox.listing(OWNER).items == []


@pytest.mark.parametrize(
    ("fields", "mail", "text"),
    [
        ({"wants": False}, ("sent", None), ("unsent", "no_consent")),
        ({"email": None}, ("unsent", "no_address"), ("sent", None)),
    ],
)
def test_consent_and_addresses_are_those_of_the_moment_of_sending(
    engine: Engine, fields: dict[str, Any], mail: Any, text: Any
) -> None:
    whose = person(engine)
    finished(engine, whose)
    unset = [name for name, value in fields.items() if value is None]
    engine.update(CLERK, "person", whose, {k: v for k, v in fields.items() if v is not None}, unset=unset)
    engine.outbox.deliver(Post().carriers)
    assert (told(engine)["mail"], told(engine)["text"]) == (mail, text)


def test_what_is_gone_is_not_sent_but_programs_are_told(engine: Engine) -> None:
    made = finished(engine)
    engine.delete(CLERK, "order", made)
    post = Post()
    engine.outbox.deliver(post.carriers)
    assert {name: told(engine)[name] for name in ("mail", "inbox")} == dict.fromkeys(("mail", "inbox"), ("unsent", "record_gone"))
    (hook,) = post.taken()
    assert json.loads(hook.body)["data"] == {"record": {"type": "order", "id": made, "version": 2, "state": "ready"}, "fields": {}}


def test_a_message_says_what_holds_when_it_is_sent(engine: Engine) -> None:
    made = finished(engine)
    engine.update(CLERK, "order", made, {"total": "9.00"})
    post = Post()
    engine.outbox.deliver(post.carriers)
    mail, _, hook = post.taken()
    assert "¥9.00" in mail.text
    data = json.loads(hook.body)["data"]
    assert (data["record"]["version"], data["fields"]["total"], data["fields_version"]) == (2, "9.00", 3)


def test_channels_the_site_has_not_keep_their_messages(engine: Engine) -> None:
    made = finished(engine)
    engine.processes.run(CLERK, "order", made, "hand_over")
    engine.outbox.deliver(Post().carriers)
    assert told(engine)["pigeon"] == ("unsent", "no_channel")
    newest = engine.outbox.listing(OWNER, states=["unsent"]).items
    assert [(one["channel"], one["reason"]) for one in newest] == [
        ("drum", "kept"), ("inbox", "no_address"), ("pigeon", "no_channel"),  # Ann has no account
    ]  # fmt: skip
    shown = engine.outbox.show(OWNER, newest[2]["id"])
    assert shown["preview"]["text"] == "Thank you, Ann"
    assert [entry["message"] for entry in shown["log"]] == ["The site has no channel pigeon."]


@pytest.mark.parametrize(("fields", "reason"), [({}, "kept"), ({"wants": False}, "no_consent"), ({"phone": None}, "no_address")])
def test_a_channel_that_keeps_its_messages_judges_them_all_the_same(
    engine: Engine, fields: dict[str, Any], reason: str
) -> None:
    engine.processes.run(CLERK, "order", finished(engine, person(engine, **fields)), "hand_over")
    engine.outbox.deliver(Post().carriers)
    assert told(engine)["drum"] == ("unsent", reason)


def test_in_quiet_hours_a_message_waits_and_that_is_no_try(engine: Engine, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)  # 23:30
    finished(engine)
    post = Post()
    engine.outbox.deliver(post.carriers)
    assert [one.sort for one in post.taken()] == ["smtp", "webhook"]
    row = rows(engine)["text"]
    assert (row["state"], row["reason"], row["due"], row["tries"]) == ("waiting", "quiet", "2026-11-22T00:00:00Z", 0)
    clock.now = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    engine.outbox.deliver(post.carriers)
    assert [one.sort for one in post.taken()] == ["http"] and rows(engine)["text"]["tries"] == 1


def test_what_fails_is_tried_again_ever_later_and_dies_for_people_after_hours_for_programs_after_a_day(
    engine: Engine, clock: Clock
) -> None:
    finished(engine)
    post = Post(lambda one: Outcome("answered", {"status": 503}, again=True))
    began, tried = clock.now, {"mail": [clock.now], "books": [clock.now]}
    engine.outbox.deliver(post.carriers)
    while any(row["state"] == "waiting" for row in rows(engine).values()):
        waiting = [row for row in rows(engine).values() if row["state"] == "waiting"]
        clock.now = min(datetime.fromisoformat(row["due"]) for row in waiting)
        for one in waiting:
            if datetime.fromisoformat(one["due"]) == clock.now:
                tried.setdefault(one.get("channel") or one["endpoint"], []).append(clock.now)
        engine.outbox.deliver(post.carriers)
    assert told(engine)["mail"] == told(engine)["books"] == ("dead", "answered")
    pauses = [later - earlier for earlier, later in zip(tried["books"], tried["books"][1:], strict=False)]
    assert all(timedelta(seconds=22) <= pause <= timedelta(hours=2) for pause in pauses)
    assert sorted(pauses[:6]) == pauses[:6]
    assert timedelta(hours=17) < tried["books"][-1] - began <= timedelta(hours=24)
    assert timedelta(hours=4) < tried["mail"][-1] - began <= timedelta(hours=6)
    assert rows(engine)["books"]["tries"] == len(tried["books"])


def test_what_cannot_help_to_try_again_is_dead_at_once_and_the_owner_may_resend_it(engine: Engine) -> None:
    finished(engine)
    post = Post(lambda one: Outcome("host_refused", {"host": "x"}))
    engine.outbox.deliver(post.carriers)
    first = {one.id for one in post.taken()}
    for row in engine.outbox.listing(OWNER, states=["dead"]).items:
        assert engine.outbox.resend(OWNER, row["id"])["state"] == "waiting"
    post.answer = lambda one: Outcome()
    engine.outbox.deliver(post.carriers)
    assert {one.id for one in post.taken()} == first  # a receiver can tell that it is the same
    assert [entry["code"] for entry in rows(engine)["mail"]["log"]] == ["host_refused", "resent", "sent"]


def test_what_is_dropped_is_never_sent(engine: Engine) -> None:
    finished(engine)
    engine.outbox.drop(OWNER, rows(engine)["mail"]["id"])
    post = Post()
    engine.outbox.deliver(post.carriers)
    assert "smtp" not in {one.sort for one in post.taken()}
    with pytest.raises(Conflict):
        engine.outbox.drop(OWNER, rows(engine)["text"]["id"])
    with pytest.raises(NotFound):
        engine.outbox.drop(OWNER, 10_000)


def test_others_on_a_way_that_fails_wait_with_the_first(engine: Engine) -> None:
    whose = person(engine)
    for _ in range(3):
        finished(engine, whose)
    post = Post(lambda one: Outcome("not_reached", {"host": "x"}, again=True, is_of_the_way=True))
    engine.outbox.deliver(post.carriers)
    assert sorted(one.sort for one in post.taken()) == ["http", "smtp", "webhook"]
    mails = [one for one in engine.outbox.listing(OWNER).items if one.get("channel") == "mail"]
    assert [one["tries"] for one in mails] == [0, 0, 1] and len({one["due"] for one in mails}) == 1


def test_many_on_a_way_that_stays_broken_die_in_a_day_too(engine: Engine, clock: Clock) -> None:
    whose = person(engine)
    for _ in range(9):
        finished(engine, whose)
    post = Post(lambda one: Outcome("not_reached", {"host": "x"}, again=True, is_of_the_way=True))
    began = clock.now
    while engine.outbox.counts(OWNER).get("waiting"):
        while engine.outbox.deliver(post.carriers, 8):
            pass
        due = [row["due"] for row in engine.outbox.listing(OWNER, states=["waiting"]).items]
        clock.now = max(clock.now, min(map(datetime.fromisoformat, due), default=clock.now))
    assert engine.outbox.counts(OWNER) == {"sent": 9, "dead": 27}
    assert timedelta(hours=20) < clock.now - began <= timedelta(hours=26)
    assert len(post.taken()) < 27 * 12  # not every one each time


def test_a_row_that_ends_each_worker_holds_up_nobody(engine: Engine, clock: Clock) -> None:
    finished(engine)
    with engine.database.write() as conn:  # as no version of ours writes it
        conn.run('UPDATE "kartotek__outbox" SET "payload" = \'{"type": "order"}\' WHERE "channel" = \'mail\'')
    post = Post()
    for _ in range(3):
        with pytest.raises(KeyError):
            engine.outbox.deliver(post.carriers)
        clock.now += timedelta(seconds=60)
        finished(engine)
    assert sorted({one.sort for one in post.taken()}) == ["http", "smtp", "webhook"]
    with engine.database.write() as conn:
        conn.run('UPDATE "kartotek__outbox" SET "attempts" = 500 WHERE "tries" = 0 AND "id" = 1')
    engine.outbox.deliver(post.carriers)
    with engine.database.read() as conn:
        assert conn.rows('SELECT "state", "error" FROM "kartotek__outbox" WHERE "id" = 1') == [("dead", "broken")]


def test_a_mass_of_late_messages_waits_for_the_owners_word_and_webhooks_do_not(engine: Engine, clock: Clock) -> None:
    whose = person(engine)
    for _ in range(7):
        finished(engine, whose)  # 21 messages and 7 webhooks
    clock.now += timedelta(hours=2)
    post = Post()
    engine.outbox.deliver(post.carriers)
    assert [one.sort for one in post.taken()] == ["webhook"] * 7
    assert engine.outbox.counts(OWNER) == {"held": 21, "sent": 7}
    finished(engine, whose)  # what is in time goes on
    engine.outbox.deliver(post.carriers)
    assert len(post.taken()) == 3
    assert engine.outbox.release(OWNER) == 21
    engine.outbox.deliver(post.carriers)
    assert len(post.taken()) == 14 and engine.outbox.counts(OWNER) == {"sent": 32}


def test_late_messages_that_come_in_pieces_are_one_mass(engine: Engine, clock: Clock) -> None:
    whose = person(engine)
    for _ in range(7):
        finished(engine, whose)
    clock.now += timedelta(hours=2)
    engine.outbox.deliver(Post().carriers)
    finished(engine, whose)
    clock.now += timedelta(hours=2)
    engine.outbox.deliver(Post().carriers)
    assert engine.outbox.counts(OWNER)["held"] == 24
    assert engine.outbox.drop_held(OWNER) == 24
    assert engine.outbox.counts(OWNER) == {"dropped": 24, "sent": 8}


def test_late_messages_that_trickle_in_are_held_from_the_twenty_first_on(engine: Engine, clock: Clock) -> None:
    whose = person(engine)
    post = Post()
    for _ in range(12):  # as timers fire them after an outage, one after the other
        made = finished(engine, whose)
        with engine.database.write() as conn:
            conn.run(
                'UPDATE "kartotek__outbox" SET "due" = ?, "meant_at" = ? WHERE "seen_at" IS NULL',
                [conn.dialect.encode(INSTANT, clock.now - timedelta(hours=5))] * 2,
            )
        engine.outbox.deliver(post.carriers)
        clock.now += timedelta(seconds=1)
    assert made and engine.outbox.counts(OWNER) == {"sent": 18 + 12, "held": 18}


def test_a_few_late_messages_are_sent(engine: Engine, clock: Clock) -> None:
    finished(engine)
    clock.now += timedelta(hours=20)
    engine.outbox.deliver(Post().carriers)
    assert engine.outbox.counts(OWNER) == {"sent": 4}


def test_a_long_queue_is_no_late_mass(engine: Engine, clock: Clock) -> None:
    whose = person(engine)
    for _ in range(8):
        finished(engine, whose)
    post = Post()
    engine.outbox.deliver(post.carriers, 4)
    clock.now += timedelta(hours=3)  # the rest was seen in time, and is late because much is to be sent
    while engine.outbox.deliver(post.carriers, 4):
        pass
    assert engine.outbox.counts(OWNER) == {"sent": 32}


def test_a_carrier_runs_outside_of_any_transaction(engine: Engine) -> None:
    finished(engine)
    post = Post(lambda one: Outcome() if person(engine) else Outcome())  # writing within writing would be refused
    assert engine.outbox.deliver(post.carriers) == 4
    assert engine.outbox.counts(OWNER) == {"sent": 4}


def test_workers_at_once_carry_each_row_once(engine: Engine) -> None:
    whose = person(engine)
    for _ in range(12):
        finished(engine, whose)
    post = Post()
    workers = [threading.Thread(target=lambda: [engine.outbox.deliver(post.carriers, 5) for _ in range(20)]) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    ids = [one.id for one in post.taken()]
    assert len(ids) == len(set(ids)) == 36
    assert engine.outbox.counts(OWNER) == {"sent": 48}


def test_what_a_dead_worker_had_is_carried_again_when_its_claim_ends(engine: Engine, clock: Clock) -> None:
    finished(engine)

    class Killed(BaseException):
        pass

    def kill(outgoing: Outgoing) -> Outcome:
        raise Killed

    with pytest.raises(Killed):
        engine.outbox.deliver(Post(kill).carriers)
    post = Post()
    assert engine.outbox.deliver(post.carriers) == 0
    with pytest.raises(Conflict):  # nor may its owner decide about what may be on its way
        engine.outbox.resend(OWNER, rows(engine)["mail"]["id"])
    clock.now += timedelta(seconds=60)
    engine.outbox.deliver(post.carriers)
    assert sorted(one.sort for one in post.taken()) == ["http", "smtp", "webhook"]


def test_a_webhook_tells_what_the_endpoints_role_may_read(engine: Engine) -> None:
    made = finished(engine, hidden="H")
    engine.processes.run(CLERK, "order", made, "hand_over")
    post = Post()
    engine.outbox.deliver(post.carriers)
    books, bare = (json.loads(one.body)["data"] for one in post.taken() if one.sort == "webhook")
    assert books["fields"]["hidden"] == "H"
    assert bare == {"record": {"type": "order", "id": made, "version": 3, "state": "gone"}, "fields": {}}


def test_only_the_owner_sees_and_decides(engine: Engine) -> None:
    finished(engine)
    for call in (
        lambda: engine.outbox.listing(CLERK), lambda: engine.outbox.show(CLERK, 1), lambda: engine.outbox.resend(CLERK, 1),
        lambda: engine.outbox.drop(CLERK, 1), lambda: engine.outbox.release(CLERK), lambda: engine.outbox.drop_held(CLERK),
        lambda: engine.outbox.counts(CLERK),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            call()


def test_the_inbox_says_what_its_reader_may_read(engine: Engine) -> None:
    made = finished(engine, hidden="Arsenic")
    engine.outbox.deliver(Post().carriers)
    (item,) = engine.inbox.listing(HELPER).items
    assert item["subject"] == "Order A1 is ready" and "Nothing hidden" in item["text"] and "Arsenic" not in item["text"]
    assert item["record"] == {"type": "order", "id": made, "title": "A1"}
    engine.update(CLERK, "order", made, {"number": "secret"})  # which helpers may not see
    (item,) = engine.inbox.listing(HELPER).items
    assert (item["subject"], item["text"], item["record"]) == (None, None, None)


def test_an_inbox_is_read_by_its_owner_alone(engine: Engine) -> None:
    finished(engine)
    finished(engine)
    engine.outbox.deliver(Post().carriers)
    assert (engine.inbox.unread(HELPER), engine.inbox.unread(CLERK)) == (2, 0)
    newest, oldest = engine.inbox.listing(HELPER).items
    with pytest.raises(NotFound):
        engine.inbox.mark(CLERK, newest["id"])
    assert engine.inbox.mark(HELPER, newest["id"]) == 1
    assert [one["id"] for one in engine.inbox.listing(HELPER, unread=True).items] == [oldest["id"]]
    assert engine.inbox.mark(HELPER) == 1 and engine.inbox.unread(HELPER) == 0
    page = engine.inbox.listing(HELPER, limit=1)
    assert [one["id"] for one in engine.inbox.listing(HELPER, limit=1, cursor=page.next or "").items] == [oldest["id"]]


def test_a_record_with_an_account_is_reached_in_its_inbox(engine: Engine) -> None:
    made = finished(engine, person(engine, account=HELPER.id, wants=False))
    engine.processes.run(CLERK, "order", made, "hand_over")
    engine.outbox.deliver(Post().carriers)
    assert [one["text"] for one in engine.inbox.listing(HELPER).items][0] == "Thank you, Ann"


def test_the_owner_pages_through_the_outbox(engine: Engine) -> None:
    finished(engine)
    first = engine.outbox.listing(OWNER, limit=3)
    second = engine.outbox.listing(OWNER, limit=3, cursor=first.next or "")
    assert [one["id"] for one in (*first.items, *second.items)] == [4, 3, 2, 1] and second.next is None
    assert engine.outbox.listing(OWNER, states=["dead"]).items == []


def test_the_number_of_queries_for_inboxes_does_not_grow_with_the_records(engine: Engine) -> None:
    whose = person(engine)
    counts = []
    for size in (2, 10):
        for _ in range(size):
            finished(engine, whose)
        engine.outbox.deliver(Post().carriers, 200)
        engine.ready()  # the pulse is looked at before
        statements: list[str] = []
        engine.database.listeners.append(statements.append)
        assert len(engine.inbox.listing(HELPER, limit=size).items) == size
        engine.database.listeners.clear()
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_gateway_gets_the_body_its_channel_declares(engine: Engine) -> None:
    site = SITE.replace(
        'url: "https://gate.example.org/send"',
        'url: "https://gate.example.org/send", body: \'{{"phone": "{to}", "words": "{text}"}}\'',
    )
    report = engine.apply_documents(documents(site=site), by=Actor.system("test"), reason="test")
    assert not report.problems, report.problems
    finished(engine, person(engine, name='A "q" \\ \n b'))
    post = Post()
    engine.outbox.deliver(post.carriers)
    body = json.loads(next(one for one in post.taken() if one.sort == "http").body)
    assert body["phone"] == "+8613800138000" and body["words"].startswith('Dear A "q" \\ \n b (Plain)')
