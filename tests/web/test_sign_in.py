"""Signing in: the second step, the end of sessions, and the password that is asked for again."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import update
from visitors import SYSTEM, Pages, Visitor, open_pages
from web_site import PASSWORD, SITE, documents

from kartotek.errors import Unreadable
from kartotek.identity import Account
from kartotek.model.audit import AuditQuery

WRONG = "not the password at all"
DEMANDING = SITE + "security: {totp: [manager], idle: PT30M, absolute: PT4H}\n"


@pytest.fixture
def demanding(prepared: Path, tmp_path: Path, clock: Callable[[], datetime]) -> Pages:
    """The site whose managers need a second step."""
    given = {**documents(), "site.yaml": DEMANDING}
    return open_pages(f"sqlite:///{tmp_path}/r.db", f"sqlite:///{tmp_path}/a.db", tmp_path / "files", clock, given=given)


def _later(pages: Pages, by: timedelta) -> None:
    pages.engine.clock = lambda now=pages.engine.clock() + by: now  # type: ignore[misc]


def _enrolled(pages: Pages, name: str) -> tuple[pyotp.TOTP, list[str]]:
    """The authenticator and the recovery codes of a user."""
    visitor = pages.visitor(name)
    assert visitor.post("/account/second-step/begin", {}).status_code == 303
    page = visitor.get("/account/second-step").text
    found = re.search(r'<code class="text-break">([A-Z2-7 ]+)</code>', page)
    assert found and "data:image/png;base64," in page
    device = pyotp.TOTP(found[1].replace(" ", ""))
    answer = visitor.post("/account/second-step/confirm", {"code": _code(pages, device)})
    return device, re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", answer.text)


def _code(pages: Pages, device: pyotp.TOTP, *, steps: int = 0) -> str:
    return device.at(pages.engine.clock() + timedelta(seconds=30 * steps))


def _signing_in(pages: Pages, name: str) -> Visitor:
    visitor = pages.visitor()
    assert visitor.post("/login/", {"username": name, "password": PASSWORD}).status_code == 303
    return visitor


def _lines(pages: Pages) -> list[str]:
    return [one.entry.action for one in reversed(pages.engine.audit.entries(AuditQuery()))]


def test_a_code_is_asked_for_and_counts_once(pages: Pages) -> None:
    device, codes = _enrolled(pages, "clerk")
    assert len(set(codes)) == 10
    assert _signing_in(pages, "clerk").post("/login/code", {"code": _code(pages, device)}).status_code == 401, "it has confirmed the step"
    _later(pages, timedelta(seconds=30))
    visitor = _signing_in(pages, "clerk")
    assert visitor.get("/r/person/").headers["Location"] == "/login/code?next=/r/person/"
    assert "Person" not in visitor.get("/login/code").text
    answer = visitor.client.post("/login/code?next=/r/person/", data={"code": _code(pages, device), "csrf_token": visitor.token()})
    assert (answer.status_code, answer.headers["Location"], visitor.get("/").status_code) == (303, "/r/person/", 200)
    thief = _signing_in(pages, "clerk")
    assert thief.post("/login/code", {"code": _code(pages, device)}).status_code == 401, "seen over the shoulder"
    assert thief.get("/").status_code == 303


def test_a_code_counts_half_a_minute_before_and_after(pages: Pages) -> None:
    device, _ = _enrolled(pages, "clerk")
    for steps, status in ((-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)):
        _later(pages, timedelta(minutes=3))
        assert _signing_in(pages, "clerk").post("/login/code", {"code": _code(pages, device, steps=steps)}).status_code == status, steps


def test_what_is_no_code_is_refused(pages: Pages) -> None:
    _enrolled(pages, "clerk")
    visitor = _signing_in(pages, "clerk")
    for code in ("", " ", "000000", "１２３４５６", "\u0000", "x" * 40, "aaaa-bbbb-cccc-dddd", "'; drop table"):
        _later(pages, timedelta(minutes=4))
        assert visitor.post("/login/code", {"code": code}).status_code == 401, code
        assert visitor.get("/").status_code == 303, code


def test_a_recovery_code_counts_once_and_for_its_owner_alone(pages: Pages) -> None:
    _, codes = _enrolled(pages, "clerk")
    _, others = _enrolled(pages, "manager")
    for name, code, status in (("clerk", others[0], 401), ("clerk", codes[0].upper().replace("-", " "), 303), ("clerk", codes[0], 401)):
        assert _signing_in(pages, name).post("/login/code", {"code": code}).status_code == status, code
    clerk = pages.users.get("clerk").id
    assert pages.users.signing.codes_left(clerk) == 9
    with pages.users.database.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM kartotek__recovery_code").all())
        kept += str(connection.exec_driver_sql("SELECT * FROM kartotek__second_step").all())
    assert not [one for one in codes if one in kept or one.replace("-", "") in kept]


def test_codes_cannot_be_tried_out(pages: Pages) -> None:
    _enrolled(pages, "clerk")
    visitor = _signing_in(pages, "clerk")
    answers = [visitor.post("/login/code", {"code": f"{one:06}"}) for one in range(8)]
    assert [one.status_code for one in answers] == [401] * 5 + [429] * 3
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 900


def test_a_link_to_a_new_password_does_not_pass_the_second_step(pages: Pages) -> None:
    _enrolled(pages, "clerk")
    secret = pages.users.link("clerk")
    visitor = pages.visitor()
    assert visitor.post(f"/invitation/{secret}", {"password": "seven quiet rivers", "again": "seven quiet rivers"}).status_code == 303
    assert visitor.get("/").headers["Location"].startswith("/login/code")


def test_nobody_with_a_demanding_role_gets_past_setting_it_up(demanding: Pages) -> None:
    demanding.user("manager")
    record = demanding.made("person", name="Ada")
    visitor = _signing_in(demanding, "manager")
    for path in ("/", "/r/person/", f"/r/person/{record}", "/account/", "/users/", "/search?q=Ada"):
        assert visitor.get(path).headers.get("Location", "").startswith("/account/second-step"), path
    token = _token(visitor.get("/account/second-step").text)
    for path in (f"/r/person/{record}/delete", "/account/", "/r/person/new"):
        answer = visitor.client.post(path, data={"csrf_token": token, "/name": "Eve", "version": "1"})
        assert answer.headers["Location"].startswith("/account/second-step"), path
    assert demanding.stored("person", record)["name"] == "Ada"
    device, _ = _enrolled(demanding, "manager")
    _later(demanding, timedelta(seconds=60))
    assert visitor.get("/").headers["Location"].startswith("/login/code"), "this browser has not taken it"
    assert visitor.client.post("/login/code", data={"csrf_token": token, "code": _code(demanding, device)}).status_code == 303
    assert visitor.get("/").status_code == 200
    assert visitor.post("/account/second-step/off", {}).status_code == 403


def _token(text: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found
    return found[1]


def test_a_session_ends_when_idle_and_in_any_case(demanding: Pages) -> None:
    clerk = demanding.visitor("clerk")
    for _ in range(7):
        _later(demanding, timedelta(minutes=29))
        assert clerk.get("/").status_code == 200
    _later(demanding, timedelta(minutes=29))
    assert clerk.get("/").status_code == 200, "232 minutes"
    _later(demanding, timedelta(minutes=9))
    assert clerk.get("/").status_code == 302, "more than four hours"
    other = demanding.visitor("clerk")
    _later(demanding, timedelta(minutes=31))
    assert other.get("/").status_code == 302, "idle"
    assert demanding.users.signing.sessions(demanding.users.get("clerk").id) == []


def test_sessions_are_listed_and_ended_one_by_one(pages: Pages) -> None:
    here, there = pages.visitor("clerk"), pages.visitor()
    there.headers = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", "X-Forwarded-For": "203.0.113.9"}
    there.post("/login/", {"username": "clerk", "password": PASSWORD})
    text = here.get("/account/").text
    assert "Firefox · Windows" in text and "203.0.113" not in text, "nobody is believed about where he is"
    ids = re.findall(r'action="/account/sessions/([0-9a-f]{16})/end"', text)
    assert len(ids) == 2
    strangers = pages.visitor("manager")
    assert strangers.post(f"/account/sessions/{ids[0]}/end", {}).status_code == 404, "not his"
    (other,) = [one.id for one in pages.users.signing.sessions(pages.users.get("clerk").id) if "Firefox" in one.device]
    assert here.post(f"/account/sessions/{other}/end", {}).status_code == 303
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)
    for bad in ("%25", "________________", "0" * 15, "0" * 64):
        assert here.post(f"/account/sessions/{bad}/end", {}).status_code == 404, bad
    assert here.get("/").status_code == 200


def test_an_owner_ends_a_session_and_takes_a_second_step_off(pages: Pages) -> None:
    _enrolled(pages, "clerk")
    clerk, user = _signing_in(pages, "clerk"), pages.users.get("clerk").id
    owner = pages.visitor("owner")
    assert "Take the second step off" in owner.get(f"/users/{user}").text
    first = pages.users.signing.sessions(user)[0].id
    assert owner.post(f"/users/{user}/sessions/{first}/end", {}).status_code == 303
    assert owner.post(f"/users/{user}/second-step/off", {}).status_code == 303
    assert clerk.get("/").headers["Location"].startswith("/login/?"), "its sessions have ended"
    assert _signing_in(pages, "clerk").get("/").status_code == 200
    assert [one.action for one in pages.users.events(user)][:2] == ["step_off", "session_ended"]
    assert _lines(pages)[-3:] == ["session_ended", "second_factor_removed", "sign_in"]
    for name in ("manager", "clerk"):
        for path in (f"/users/{user}/second-step/off", f"/users/{user}/sessions/{first}/end"):
            assert pages.visitor(name).post(path, {}).status_code == 404


def test_what_opens_doors_asks_for_the_password_again(pages: Pages) -> None:
    user, owner = pages.users.get("clerk").id, pages.visitor("owner")
    given = {"name": "Grace", "username": "grace", "roles": "clerk", "active": "1"}
    for path in (f"/users/{user}/link", "/users/new", f"/users/{user}", f"/users/{user}/sign-out", "/account/second-step/begin", "/tokens/"):
        _later(pages, timedelta(minutes=16))
        before = _standing(pages)
        for more in ({}, {"~password": WRONG}, {"~password": ""}):
            answer = owner.post(path, {**given, **more})
            assert (answer.status_code, _standing(pages)) == (401, before), path
            assert 'name="~password"' in answer.text and "Grace" in answer.text and WRONG not in answer.text
        assert owner.post(path, {**given, "~password": PASSWORD}).status_code in (201, 303), path
        assert _standing(pages) != before, path
    assert owner.post("/users/new", {"username": "next"}).status_code == 201, "for ten minutes"


def test_changes_of_the_files_and_files_with_what_is_sensitive_ask_for_it_too(tmp_path: Path, clock: Callable[[], datetime]) -> None:
    given = documents()
    person = json.loads(given["schemas/person.json"])
    person["properties"]["email"].setdefault("x-field", {})["sensitive"] = True
    urls = [f"sqlite:///{tmp_path}/{name}.db" for name in ("r", "a")]
    pages = open_pages(*urls, tmp_path / "files", clock, given={**given, "schemas/person.json": json.dumps(person)})
    pages.user("owner")
    owner = pages.visitor("owner")
    _later(pages, timedelta(minutes=11))
    for path in ("/changes/apply", "/changes/1/back", "/r/person/export"):
        answer = owner.post(path, {"format": "csv"})
        assert (answer.status_code, 'name="~password"' in answer.text) == (401, True), path
    assert owner.post("/r/item/export", {"format": "csv"}).status_code == 200
    answer = owner.post("/r/person/export", {"format": "csv", "~password": PASSWORD})
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    pages.close()


def _standing(pages: Pages) -> object:
    events = [(one.action, one.user_id) for person in pages.users.list() for one in pages.users.events(person.id)]
    return (pages.users.list(), events, len(pages.engine.tokens.list(SYSTEM)), [pages.users.signing.waiting_step(one.id) for one in pages.users.list()])


def test_the_password_that_is_asked_for_again_cannot_be_tried_out(pages: Pages) -> None:
    owner = pages.visitor("owner")
    _later(pages, timedelta(minutes=11))
    answers = [owner.post("/users/new", {"username": "x", "~password": WRONG}).status_code for _ in range(7)]
    assert answers == [401] * 5 + [429] * 2


def test_who_signs_in_and_out_and_fails_stands_in_the_audit(pages: Pages) -> None:
    visitor = pages.visitor()
    visitor.post("/login/", {"username": "clerk", "password": WRONG})
    visitor.post("/login/", {"username": "clerk", "password": PASSWORD})
    visitor.post("/logout/", {})
    pages.engine.audit.seal()
    assert {"sign_in", "sign_out", "sign_in_failed"} <= set(_lines(pages))
    told = str([(one.entry.body, one.origin) for one in pages.engine.audit.entries(AuditQuery())])
    assert WRONG not in told and PASSWORD not in told


def test_a_password_kept_as_it_once_was_is_kept_anew(pages: Pages) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with pages.users.database.begin() as connection:
        connection.execute(update(Account).where(Account.username == "clerk").values(password=old))
    clerk = pages.visitor("clerk")
    assert pages.users.verify("clerk", PASSWORD)
    with pages.users.reading() as session:
        kept = session.query(Account).filter_by(username="clerk").one().password
    assert kept != old and "m=19456,t=2,p=1" in kept
    assert pages.users.verify("clerk", PASSWORD) and clerk.get("/").status_code == 200


def test_signing_in_works_on_postgresql(pages_on_postgres: Pages) -> None:
    pages = pages_on_postgres
    pages.user("clerk")
    device, codes = _enrolled(pages, "clerk")
    _later(pages, timedelta(minutes=2))
    visitor = _signing_in(pages, "clerk")
    assert visitor.post("/login/code", {"code": "a\u0000b"}).status_code == 401
    assert visitor.post("/login/code", {"code": _code(pages, device)}).status_code == 303
    assert visitor.get("/").status_code == 200
    assert _signing_in(pages, "clerk").post("/login/code", {"code": codes[3]}).status_code == 303
    user = pages.users.get("clerk").id
    first, _ = (one.id for one in pages.users.signing.sessions(user)[:2])
    pages.users.signing.end_session(user, first)
    answers = [pages.visitor().post("/login/", {"username": name, "password": WRONG}).status_code for name in ("manager", "MANAGER ", "Manager") * 3]
    assert answers == [401] * 5 + [429] * 4
    assert pages.visitor().post("/login/", {"username": "manager\u0000", "password": WRONG}).status_code == 401
    assert pages.users.signing.take_off_step(user, by=user)
    assert visitor.get("/").status_code == 302
    assert pages.users.signing.seal_again() == 0


def test_sessions_that_were_kept_otherwise_end_and_the_rest_stays(tmp_path: Path, clock: Callable[[], datetime]) -> None:
    with sqlite3.connect(tmp_path / "a.db") as old:
        old.execute("CREATE TABLE kartotek__session (key VARCHAR(64) PRIMARY KEY, user_id INTEGER NOT NULL, started_at DATETIME NOT NULL)")
        old.execute("INSERT INTO kartotek__session VALUES ('k', 1, '2026-11-21 09:00:00')")
    old.close()
    pages = open_pages(f"sqlite:///{tmp_path}/r.db", f"sqlite:///{tmp_path}/a.db", tmp_path / "files", clock)
    assert pages.visitor("clerk").get("/").status_code == 200
    pages.users.prepare()
    assert len(pages.users.signing.sessions(pages.users.get("clerk").id)) == 1, "a second start keeps them"
    pages.close()


def test_what_authenticators_share_outlives_a_new_master_key_and_no_other_account_can_use_it(pages: Pages) -> None:
    device, _ = _enrolled(pages, "clerk")
    assert pages.users.signing.seal_again() == 1
    _later(pages, timedelta(minutes=2))
    clerk, manager = (pages.users.get(name).id for name in ("clerk", "manager"))
    with pages.users.database.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO kartotek__second_step SELECT ?, secret, confirmed_at, 0 FROM kartotek__second_step WHERE user_id = ?", (manager, clerk)
        )
    with pytest.raises(Unreadable):
        pages.users.signing.takes(manager, _code(pages, device))
    assert pages.users.signing.takes(clerk, _code(pages, device))
