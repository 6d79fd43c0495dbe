"""Strangers at the door: hosts that are not ours, pages of other sites, guessed names and passwords, cookies that were copied."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from visitors import SYSTEM, Pages, Visitor, open_pages
from web_site import PASSWORD, SITE, documents

from kartotek.errors import TooMany
from kartotek.web.foreign import _name as name_in
from kartotek.web.throttle import PER_ACCOUNT, PER_ADDRESS

WRONG = "not the password at all"
NAMED = SITE + "hosts: [cards.example.org, .lotus.example]\nurl: https://www.example.org/cards\n"


def _status(pages: Pages, host: str, path: str = "/login/") -> int:
    return pages.app.test_client().get(path, headers={"Host": host}).status_code


@pytest.mark.parametrize("path", ["/login/", "/api/v1/types", "/no/such/page", "/assets/site.css", "/healthz", "/p/ask"])
def test_a_site_without_names_answers_to_its_own_machine_and_to_addresses(pages: Pages, path: str) -> None:
    for host in ("localhost", "localhost:8080", "127.0.0.1:8080", "192.168.1.20", "[::1]:8080", "LOCALHOST"):
        assert _status(pages, host, path) != 400, host
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "evil", "localhost@evil.example", "evil.example#localhost", "1.2.3", "[::1", ""):
        assert _status(pages, host, path) == 400, host


def test_a_site_with_names_answers_to_these_alone_and_a_change_counts_at_once(pages: Pages) -> None:
    assert _status(pages, "cards.example.org") == 400
    pages.engine.apply_documents({**documents(), "site.yaml": NAMED}, by=SYSTEM, reason="tests")
    for host in ("cards.example.org", "cards.example.org:443", "CARDS.example.org.", "lotus.example", "a.lotus.example", "www.example.org"):
        assert _status(pages, host) == 200, host
    for host in ("example.org", "xlotus.example", "lotus.example.evil", "cards.example.org.evil.example", "localhost", "127.0.0.1"):
        assert _status(pages, host) == 400, host


def test_names_are_read_out_of_hosts() -> None:
    for host, name in (("a.b:80", "a.b"), ("[::1]:80", "[::1]"), ("A.B.", "a.b"), ("", ""), (":80", "")):
        assert name_in(host) == name


NEXT = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "https://evil.example", "http:evil.example", "javascript:alert(1)",
    "/\t/evil.example", "/\n/evil.example", "/%0d%0aSet-Cookie:x=1", "\u3000//evil.example", "//evil.example/@localhost", "/\u2028evil", "data:text/html,x",
]  # fmt: skip


def test_signing_in_leads_to_no_other_host(pages: Pages) -> None:
    visitor = pages.visitor("owner")
    for target in NEXT:
        for path in ("/login/", "/login/code"):
            answer = visitor.client.get(path, query_string={"next": target})
            assert answer.headers["Location"] == "/" or answer.headers["Location"].startswith("/%0d%0a"), (path, target)
        answer = visitor.post("/language", {"language": "zh", "next": target})
        assert answer.headers["Location"] == "/" or answer.headers["Location"].startswith("/%0d%0a"), target
        assert "x" not in {one.split("=")[0] for one in answer.headers.getlist("Set-Cookie")}


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "nonsense"}, {"Origin": "http://evil.example"}, {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"}, {"Origin": "http://localhost:81"},
]  # fmt: skip


def test_no_page_of_another_site_changes_anything(pages: Pages) -> None:
    """Every address that changes something, out of the map of addresses, with a token that is right."""
    owner, record = pages.visitor("owner"), pages.made("person", name="Ada")
    token, parts = owner.token(), {"type_name": "person", "record_id": record, "user_id": 3, "session_id": "0" * 16, "secret": "s", "token": "t", "form_name": "f"}
    with pages.app.test_request_context():
        adapter = pages.app.url_map.bind("localhost")
        paths = sorted({
            adapter.build(rule.endpoint, {name: parts.get(name, 1) for name in rule.arguments}, method="POST")
            for rule in pages.app.url_map.iter_rules()
            if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("api.") and rule.endpoint != "web.violated"
        })  # fmt: skip
    assert len(paths) > 40
    before = pages.stored("person", record), pages.users.list(), [pages.users.events(one.id) for one in pages.users.list()]
    for headers in FOREIGN:
        for path in paths:
            answer = owner.client.post(path, data={"csrf_token": token, "/name": "Eve", "version": "1", "username": "eve"}, headers=headers)
            assert answer.status_code == 400, (path, headers)
    assert (pages.stored("person", record), pages.users.list(), [pages.users.events(one.id) for one in pages.users.list()]) == before
    assert owner.get("/").status_code == 200, "nor is he signed out"
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}):
        answer = owner.client.post("/language", data={"csrf_token": token, "language": "en"}, headers=headers)
        assert answer.status_code == 303, headers


SPELLINGS = ["clerk", "CLERK", " clerk", "clerk\t", "Clerk ", "ｃｌｅｒｋ", "cLeRk\u3000", "\u00a0clerk", "cler\u212a"]


def test_no_spelling_of_a_name_gives_more_guesses(pages: Pages) -> None:
    found = [
        _try(pages, name, address=f"198.51.100.{number}").status_code for number, name in enumerate(SPELLINGS * 3)
    ]
    assert found == [401] * PER_ACCOUNT + [429] * (len(SPELLINGS) * 3 - PER_ACCOUNT)
    assert _try(pages, "manager", address="198.51.100.1").status_code == 401, "nobody else waits"
    pages.engine.clock = lambda now=pages.engine.clock(): now + timedelta(minutes=16)  # type: ignore[misc]
    assert _try(pages, "clerk", PASSWORD).status_code == 303, "nobody is shut out for good"


def test_no_number_of_names_and_addresses_of_one_subscriber_gives_more_guesses(pages: Pages) -> None:
    names = [f"user {number}" for number in range(PER_ADDRESS + 4)]
    plain = [_try(pages, name).status_code for name in names]
    assert plain == [401] * PER_ADDRESS + [429] * 4
    throttle = pages.app.extensions["kartotek_web"].throttle
    for number in range(PER_ADDRESS):
        with throttle.attempt(f"name {number}", f"2001:db8:1:2::{number:x}"):
            pass
    with pytest.raises(TooMany), throttle.attempt("one more", "2001:db8:1:2:ffff::1"):
        pass
    with throttle.attempt("one more", "2001:db8:1:3::1") as neighbour:
        neighbour.is_right = True
    spoofed = _try(pages, "more", headers={"X-Forwarded-For": "198.51.100.99", "Forwarded": "for=198.51.100.99", "X-Real-IP": "198.51.100.99"})
    assert spoofed.status_code == 429


def test_guesses_of_the_same_moment_are_no_more(pages: Pages) -> None:
    throttle = pages.app.extensions["kartotek_web"].throttle
    begun = []
    with pytest.raises(TooMany):
        for _ in range(PER_ACCOUNT + 1):
            attempt = throttle.attempt("clerk", "198.51.100.1")
            attempt.__enter__()  # all have begun, none is known to be wrong
            begun.append(attempt)
    assert len(begun) == PER_ACCOUNT


def _try(pages: Pages, name: str, password: str = WRONG, *, address: str = "203.0.113.5", headers: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    visitor = pages.visitor()
    given = {"username": name, "password": password, "csrf_token": visitor.token()}
    return visitor.client.post("/login/", data=given, environ_base={"REMOTE_ADDR": address}, headers=headers or {})


def test_nobody_learns_whether_there_is_an_account(pages: Pages) -> None:
    pages.users.invite("ivy", roles=("clerk",))
    pages.users.disable("manager")
    answers = {}
    for name, password in (("nobody", WRONG), ("clerk", WRONG), ("ivy", WRONG), ("ivy", "!"), ("manager", PASSWORD), ("manager", WRONG), ("a\u0000b", WRONG)):
        answer = _try(pages, name, password, address=f"203.0.113.{len(answers)}")
        text = answer.text.replace(name.replace("\u0000", "\ufffd"), "?").replace(name, "?")
        kept = {key: value for key, value in answer.headers if key not in ("Set-Cookie", "Content-Length", "Date")}
        answers[name, password] = (answer.status_code, text.split("csrf_token")[0], text.split("csrf_token")[1][60:], str(kept))
    assert len({one[0] for one in answers.values()}) == 1
    assert len({one[1] for one in answers.values()}) == 1
    assert len({one[3] for one in answers.values()}) == 1


def test_an_unknown_name_costs_as_much_as_a_known_one(pages: Pages) -> None:
    pages.users.invite("ivy", roles=("clerk",))
    pages.users.disable("manager")
    took: dict[str, list[float]] = {}
    for _ in range(7):
        for name in ("clerk", "nobody", "ivy", "manager"):
            began = time.thread_time()
            assert pages.users.verify(name, WRONG) is None
            took.setdefault(name, []).append(time.thread_time() - began)
    middle = {name: statistics.median(each) for name, each in took.items()}
    print({name: f"{each * 1000:.0f} ms" for name, each in middle.items()})
    assert max(middle.values()) < 1.8 * min(middle.values()), middle


@pytest.fixture
def twice(prepared: Path, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[tuple[Pages, Pages]]:
    """The same site in two processes' worth of memory."""
    for path in prepared.glob("*.db"):
        shutil.copy(path, tmp_path)
    made = [open_pages(f"sqlite:///{tmp_path}/records.db", f"sqlite:///{tmp_path}/auth.db", tmp_path / "files", clock) for _ in range(2)]
    yield made[0], made[1]
    for one in made:
        one.close()


ENDINGS: dict[str, Callable[[Pages, Visitor, int], object]] = {
    "signing out": lambda pages, clerk, user: clerk.post("/logout/", {}),
    "a new password": lambda pages, clerk, user: pages.users.set_password("clerk", "another good password"),
    "the link": lambda pages, clerk, user: pages.users.accept(pages.users.link("clerk"), "another good password"),
    "the account's end": lambda pages, clerk, user: pages.users.disable("clerk"),
    "the session's end": lambda pages, clerk, user: pages.users.signing.end_session(user, pages.users.signing.sessions(user)[0].id),
    "everywhere": lambda pages, clerk, user: pages.users.sign_out("clerk"),
    "signing in anew": lambda pages, clerk, user: clerk.post("/account/", {"old": PASSWORD, "password": "seven quiet rivers", "again": "seven quiet rivers"}),
}


def test_a_copied_cookie_ends_on_every_process_at_once(twice: tuple[Pages, Pages]) -> None:
    first, second = twice
    user = first.users.get("clerk").id
    for name, end in ENDINGS.items():
        if not first.users.get("clerk").active:
            first.users.change("clerk", name="Clerk", roles=("clerk",), active=True)
        if name == "signing in anew":
            first.users.set_password("clerk", PASSWORD)
        clerk = first.visitor("clerk")
        cookie = clerk.client.get_cookie("kartotek")
        assert cookie
        thieves = [Visitor(pages.app.test_client()) for pages in twice]
        for thief in thieves:
            thief.client.set_cookie("kartotek", cookie.value)
            assert thief.get("/").status_code == 200, name
        end(first, clerk, user)
        assert [thief.get("/").status_code for thief in thieves] == [302, 302], name
        assert [thief.client.post("/language", data={}).status_code for thief in thieves] == [400, 400], name


def test_a_role_taken_away_counts_in_the_other_process_within_a_second(twice: tuple[Pages, Pages]) -> None:
    first, second = twice
    clerk = second.visitor("clerk")
    assert clerk.get("/r/person/").status_code == 200
    first.users.change("clerk", name="Clerk", roles=(), active=True)
    began = time.monotonic()
    while clerk.get("/r/person/").status_code != 404:
        assert time.monotonic() - began < 1
