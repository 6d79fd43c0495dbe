"""Doors: who gets in, what a page tells the browser, and that no cookie outlives its session."""

from __future__ import annotations

import pytest
from visitors import Pages
from web_site import PASSWORD

OPEN = {
    "web.answer_link",
    "web.code", "web.send_code", "web.violated",  # of somebody who has given the password; by the browser itself
    "assets.file", "assets.site_style", "SignInView.login", "web.choose_language",
    "web.invitation", "web.accept_invitation", "web.form", "web.send_form", "web.link", "web.follow_link",  # for people without an account
}
WRONG = "not the password at all"


def test_every_page_but_the_named_ones_sends_strangers_to_sign_in(pages: Pages) -> None:
    parts = {"type_name": "person", "record_id": 1, "file_id": "x", "user_id": 1, "message_id": 1, "import_id": 1, "version": "v", "name": "n", "transition": "confirm", "form_name": "f", "token": "t", "link_id": 1, "secret": "s", "number": 1, "session_id": "0123456789abcdef", "token_id": 1}
    with pages.app.test_request_context():
        adapter = pages.app.create_url_adapter(None) or pages.app.url_map.bind("localhost")
        rules = [rule for rule in pages.app.url_map.iter_rules() if not rule.endpoint.startswith("api.")]
        paths = [
            (rule.endpoint, method, adapter.build(rule.endpoint, {name: parts.get(name, 1) for name in rule.arguments}, method=method))
            for rule in rules for method in sorted(rule.methods or ()) if method not in {"HEAD", "OPTIONS"}
        ]
    stranger = pages.visitor()
    for endpoint, method, path in paths:
        if endpoint in OPEN:
            continue
        answer = stranger.get(path) if method == "GET" else stranger.post(path, {})
        wanted = (302, "/login/?next=") if method == "GET" else (401, "")
        assert (answer.status_code, answer.headers.get("Location", "")[: len(wanted[1])]) == wanted, (endpoint, method)


@pytest.mark.parametrize("path", ["/r/person/new", "/r/person/1/delete", "/r/person/1/restore", "/r/task/1/do/confirm", "/users/new", "/logout/", "/language"])
def test_a_change_without_the_pages_token_is_refused(pages: Pages, path: str) -> None:
    record = pages.made("person", name="Ada")
    owner = pages.visitor("owner")
    assert owner.post(path, {"/name": "Eve"}, token=False).status_code == 400
    assert pages.stored("person", record) == {"name": "Ada", "level": "normal", "member": False}
    assert len(pages.users.list()) == 3


@pytest.mark.parametrize("path", ["/", "/login/", "/r/person/", "/r/nothing/", "/assets/x/kartotek/page.js", "/no/such/page"])
def test_every_answer_carries_the_security_headers(pages: Pages, path: str) -> None:
    headers = pages.visitor("owner").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    if not path.startswith("/assets/"):
        assert headers["Cache-Control"] == "no-store"


def test_the_cookie_is_kept_from_scripts_and_other_sites(pages: Pages) -> None:
    cookie = pages.visitor().get("/login/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_a_copied_cookie_ends_with_signing_out(pages: Pages) -> None:
    owner = pages.visitor("owner")
    kept = owner.client.get_cookie("kartotek")
    assert kept is not None
    owner.post("/logout/", {})
    thief = pages.visitor()
    thief.client.set_cookie("kartotek", kept.value)
    assert thief.get("/").status_code == 302


def test_a_session_ends_with_the_password(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    pages.users.set_password("clerk", "another good password")
    assert clerk.get("/").status_code == 302


def test_a_session_ends_with_the_users_right_to_sign_in(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    pages.users.disable("clerk")
    assert clerk.get("/").status_code == 302
    assert pages.visitor().post("/login/", {"username": "clerk", "password": PASSWORD}).status_code == 401


def test_a_role_taken_away_counts_at_once(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    assert clerk.get("/r/person/").status_code == 200
    pages.users.change("clerk", name="Clerk", roles=(), active=True)
    assert clerk.get("/r/person/").status_code == 404


def test_signing_in_gives_a_new_session(pages: Pages) -> None:
    visitor = pages.visitor()
    visitor.get("/login/")
    before = visitor.client.get_cookie("kartotek")
    visitor.post("/login/", {"username": "owner", "password": PASSWORD})
    after = visitor.client.get_cookie("kartotek")
    assert before and after and before.value != after.value


def test_too_many_wrong_passwords_are_refused_for_the_account(pages: Pages) -> None:
    visitor = pages.visitor()
    answers = [visitor.post("/login/", {"username": name, "password": WRONG}).status_code for name in ("owner", "OWNER ", "ｏｗｎｅｒ") * 3]
    assert answers == [401] * 5 + [429] * 4
    assert pages.visitor().post("/login/", {"username": "owner", "password": PASSWORD}).status_code == 429
    assert pages.visitor("clerk").get("/").status_code == 200


def test_an_unknown_name_and_a_wrong_password_answer_alike(pages: Pages) -> None:
    visitor = pages.visitor()
    pages_told = [visitor.post("/login/", {"username": name, "password": WRONG}).text.replace(name, "?") for name in ("clerk", "nobody")]
    strip = [text.split("csrf_token")[0] for text in pages_told]
    assert strip[0] == strip[1]


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("/r/person/", "/r/person/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(pages: Pages, target: str, wanted: str) -> None:
    visitor = pages.visitor()
    token = visitor.token()
    given = {"username": "owner", "password": PASSWORD, "csrf_token": token}
    assert visitor.client.post("/login/", query_string={"next": target}, data=given).headers["Location"] == wanted


def test_a_foreign_host_is_refused(pages: Pages) -> None:
    assert pages.visitor().get("/login/", base_url="http://evil.example").status_code == 400


def test_only_an_owner_finds_the_page_of_users(pages: Pages) -> None:
    assert pages.visitor("owner").get("/users/").status_code == 200
    for path in ("/users/", "/users/new", "/users/1"):
        assert pages.visitor("manager").get(path).status_code == 404
    assert pages.visitor("manager").post("/users/1", {"password": "my own password", "roles": "owner"}).status_code == 404
    assert pages.users.verify("owner", PASSWORD)


def test_the_shells_own_pages_are_not_there(pages: Pages) -> None:
    owner = pages.visitor("owner")
    for path in ("/users/list/", "/roles/list/", "/groups/list/", "/resetmypassword/form", "/api/v1/security/login", "/lang/zh", "/static/appbuilder/js/ab.js"):
        assert owner.get(path).status_code == 404, path


def test_a_body_that_is_too_large_is_a_page(pages: Pages) -> None:
    answer = pages.visitor("owner").post("/login/", {"username": "x" * 2_100_000})
    assert answer.status_code == 413
    assert "<main" in answer.text


def test_pages_work_on_postgresql(pages_on_postgres: Pages) -> None:
    manager = pages_on_postgres.visitor("manager")
    answer = manager.post("/r/person/new", {"/name": "王芳"})
    assert answer.status_code == 303
    assert "王芳" in manager.get("/r/person/?search=王").text


def test_one_changes_ones_own_password_and_stays_signed_in_here_alone(pages: Pages) -> None:
    here, elsewhere = pages.visitor("clerk"), pages.visitor("clerk")
    wrong = {"old": "not the old one", "password": "a new password", "again": "a new password"}
    assert here.post("/account/", wrong).status_code == 422
    assert here.post("/account/", {**wrong, "old": PASSWORD, "again": "another one"}).status_code == 422
    assert here.post("/account/", {**wrong, "old": PASSWORD}).status_code == 303
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert pages.users.verify("clerk", "a new password")


def test_the_site_has_its_own_colour(pages: Pages) -> None:
    assert "/assets/site.css" in pages.visitor().get("/login/").text
    assert "--tblr-primary: #6d28d9;" in pages.visitor().get("/assets/site.css").text
