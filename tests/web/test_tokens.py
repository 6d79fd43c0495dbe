"""The page of tokens: made for those whom one covers, limited, shown once, ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from visitors import SYSTEM, Pages, open_pages
from web_site import SITE, documents

ABLE = SITE.replace("clerk: {title", "clerk: {may: [tokens], title")


def _ask(pages: Pages, secret: str, path: str = "records/person") -> int:
    return pages.app.test_client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_is_made_limited_shown_once_and_ended(pages: Pages) -> None:
    owner, clerk = pages.visitor("owner"), pages.users.get("clerk").id
    given = {"name": "till", "user": str(clerk), "types": "person", "actions": "read", "fields": "person.name person.email", "expires": "2026-12-01"}
    answer = owner.post("/tokens/", given)
    assert answer.status_code == 201
    (secret,) = set(re.findall(r"kt_[\w-]{40,}", answer.text))
    assert (_ask(pages, secret), _ask(pages, secret, "records/item")) == (200, 404)
    page = owner.get("/tokens/").text
    assert secret not in page and "till" in page and "email, name" in page and "Dec 1, 2026" in page
    (made,) = pages.engine.tokens.list(SYSTEM)
    assert owner.post(f"/tokens/{made['id']}/end", {}).status_code == 303
    assert _ask(pages, secret) == 401
    assert owner.post(f"/tokens/{made['id']}/end", {}).status_code == 404


def test_what_is_wrong_stands_beside_its_control(pages: Pages) -> None:
    owner = pages.visitor("owner")
    for given in ({"name": ""}, {"name": "x", "expires": "soon"}, {"name": "x", "types": "nothing"}, {"name": "x", "fields": "person.nothing"}, {"name": "x", "user": "99"}):
        answer = owner.post("/tokens/", {"types": "person", **given} if "types" not in given else given)
        assert answer.status_code == 422 and "kt_" not in answer.text, given
    assert pages.engine.tokens.list(SYSTEM) == []


def test_without_the_ability_there_is_no_such_page(pages: Pages) -> None:
    assert pages.visitor("clerk").get("/tokens/").status_code == 404
    assert pages.visitor("clerk").post("/tokens/", {"name": "mine"}).status_code == 404


def test_whoever_has_the_ability_makes_tokens_of_nobody_who_may_do_more(tmp_path: Path, clock: Callable[[], datetime]) -> None:
    given = {**documents(), "site.yaml": ABLE}
    pages = open_pages(f"sqlite:///{tmp_path}/r.db", f"sqlite:///{tmp_path}/a.db", tmp_path / "files", clock, given=given)
    for name in ("owner", "manager", "clerk"):
        pages.user(name)
    clerk, ids = pages.visitor("clerk"), {one.username: one.id for one in pages.users.list()}
    _, owners = pages.engine.tokens.add(SYSTEM, "owners", user_id=ids["owner"])
    page = clerk.get("/tokens/")
    assert page.status_code == 200 and "owners" not in page.text and "(owner)" not in page.text
    for name, status in (("owner", 403), ("manager", 403), ("clerk", 201)):
        assert clerk.post("/tokens/", {"name": "mine", "user": str(ids[name])}).status_code == status, name
    first = min(one["id"] for one in pages.engine.tokens.list(SYSTEM))
    assert clerk.post(f"/tokens/{first}/end", {}).status_code == 404
    assert _ask(pages, owners) == 200
    pages.close()
