"""People: invited by a link, changed, turned away and called back by an owner, who can never be the last to go."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from visitors import Pages, open_pages
from web_site import PASSWORD

NEW = "seven quiet rivers"


def _invited(pages: Pages, **given: str) -> tuple[int, str]:
    """(id, path of the link) of somebody invited by the owner."""
    answer = pages.visitor("owner").post("/users/new", {"username": "wang", "name": "王芳", "roles": "clerk", **given})
    assert answer.status_code == 201
    return pages.users.get(given.get("username", "wang")).id, _link(answer.text)


def _link(text: str) -> str:
    found = re.search(r"http://localhost(/invitation/[\w-]+)", text)
    assert found
    return found[1]


def _actions(pages: Pages, user: int) -> list[tuple[str, int | None]]:
    return [(one.action, one.by_id) for one in reversed(pages.users.events(user))]


def test_somebody_invited_sets_a_password_by_the_link_once_and_is_in(pages: Pages) -> None:
    user, link = _invited(pages)
    person = pages.users.get("wang")
    assert (person.roles, person.active, person.invited) == (("clerk",), True, True)
    assert pages.users.verify("wang", "!") is None, "nothing is a password yet"
    guest = pages.visitor()
    assert "王芳" in guest.get(link).text
    assert guest.post(link, {"password": NEW, "again": "another thing"}).status_code == 422
    assert guest.post(link, {"password": "1234567890", "again": "1234567890"}).status_code == 422
    assert guest.post(link, {"password": NEW, "again": NEW}).status_code == 303
    assert guest.get("/").status_code == 200
    assert pages.users.verify("wang", NEW) and not pages.users.get("wang").invited
    for again in (guest.get(link), guest.post(link, {"password": NEW, "again": NEW})):
        assert again.status_code == 404
    owner = pages.users.get("owner").id
    assert _actions(pages, user) == [("invited", owner), ("joined", user)]


def test_a_link_ends_with_its_time_with_a_new_one_and_with_the_account(pages: Pages) -> None:
    user, first = _invited(pages)
    owner = pages.visitor("owner")
    second = _link(owner.post(f"/users/{user}/link", {}).text)
    assert [pages.visitor().get(one).status_code for one in (first, second)] == [404, 200]
    assert owner.post(f"/users/{user}", {"name": "王芳", "roles": "clerk"}).status_code == 303
    assert pages.visitor().get(second).status_code == 404, "whoever may not sign in sets no password"
    assert owner.post(f"/users/{user}", {"name": "王芳", "roles": "clerk", "active": "1"}).status_code == 303
    pages.engine.clock = lambda now=pages.engine.clock(): now + timedelta(days=8)  # type: ignore[misc]
    assert pages.visitor().get(second).status_code == 404


def test_a_reset_leaves_the_old_password_until_the_link_is_used_and_then_ends_every_session(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    user = pages.users.get("clerk").id
    link = _link(pages.visitor("owner").post(f"/users/{user}/link", {}).text)
    assert clerk.get("/").status_code == 200
    assert pages.visitor().post(link, {"password": NEW, "again": NEW}).status_code == 303
    assert clerk.get("/").status_code == 302
    assert pages.users.verify("clerk", NEW) and not pages.users.verify("clerk", PASSWORD)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"username": "clerk"}, "username"), ({"username": ""}, "username"), ({"roles": "king"}, "roles"), ({"email": "no address"}, "email"),
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_invitation_is_refused_beside_its_control_and_kept(pages: Pages, given: dict[str, str], path: str) -> None:
    answer = pages.visitor("owner").post("/users/new", {"username": "new", "name": "Kept name", **given})
    assert answer.status_code == 422
    assert 'value="Kept name"' in answer.text
    assert "invalid-feedback" in answer.text, path
    assert "new" not in {one.username for one in pages.users.list()}


def test_turning_somebody_away_ends_sessions_at_once_and_is_told_with_what_changed(pages: Pages) -> None:
    clerk, owner = pages.visitor("clerk"), pages.visitor("owner")
    user = pages.users.get("clerk").id
    assert owner.post(f"/users/{user}", {"name": "Clerk", "roles": "manager"}).status_code == 303
    assert clerk.get("/").status_code == 302
    event = pages.users.events(user)[0]
    assert (event.action, event.detail) == ("disabled", {"active": [True, False], "roles": [["clerk"], ["manager"]]})
    text = owner.get(f"/users/{user}").text
    assert "took the access away" in text and "<del>Clerk</del>" in text


def test_signing_out_everywhere_ends_the_others(pages: Pages) -> None:
    here, elsewhere = pages.visitor("clerk"), pages.visitor("clerk")
    assert here.post("/account/sign-out", {}).status_code == 303
    assert (here.get("/").status_code, elsewhere.get("/").status_code) == (200, 302)
    assert pages.visitor("owner").post(f"/users/{pages.users.get('clerk').id}/sign-out", {}).status_code == 303
    assert here.get("/").status_code == 302


@pytest.mark.parametrize("given", [{"roles": "clerk", "active": "1"}, {"roles": "owner"}], ids=str)
def test_the_last_owner_who_can_sign_in_stays_one(pages: Pages, given: dict[str, str]) -> None:
    _invited(pages, roles="owner")  # has no password yet, and so cannot be the one who is left
    mine = pages.users.get("owner").id
    assert pages.visitor("owner").post(f"/users/{mine}", {"name": "Owner", **given}).status_code == 422
    assert pages.users.get("owner").roles == ("owner",) and pages.users.get("owner").active


def test_last_seen_is_written_once_in_some_minutes(pages: Pages) -> None:
    clerk, user = pages.visitor("clerk"), pages.users.get("clerk").id
    clerk.get("/")
    first = pages.users.last_seen()[user]
    start = pages.engine.clock()
    for later, seen in ((timedelta(minutes=4), first), (timedelta(minutes=6), start + timedelta(minutes=6))):
        pages.engine.clock = lambda now=start + later: now  # type: ignore[misc]
        clerk.get("/")
        assert pages.users.last_seen()[user] == seen


@pytest.mark.parametrize("path", ["/users/", "/users/new", "/users/1"])
def test_to_others_the_pages_of_users_are_not_there(pages: Pages, path: str) -> None:
    manager = pages.visitor("manager")
    assert manager.get(path).status_code == 404
    for doing in ("/users/new", "/users/1", "/users/1/link", "/users/1/sign-out"):
        assert manager.post(doing, {"username": "mine", "roles": "owner", "active": "1"}).status_code == 404
    assert {one.username for one in pages.users.list()} == {"owner", "manager", "clerk"}


def test_invitations_work_on_postgresql(pages_on_postgres: Pages) -> None:
    pages_on_postgres.user("owner")
    user, link = _invited(pages_on_postgres)
    assert pages_on_postgres.visitor().post(link, {"password": NEW, "again": NEW}).status_code == 303
    assert user in pages_on_postgres.users.last_seen() or pages_on_postgres.users.verify("wang", NEW)
