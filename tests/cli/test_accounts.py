"""The commands user and token over a site that was started once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running_site import PASSWORD, Browser, kartotek, running, small_site

from kartotek.cli import main
from kartotek.site import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose owner exists."""
    folder = small_site(tmp_path_factory.mktemp("accounts") / "site")
    with running(folder) as server:
        server.stop()
    return folder


def test_a_user_can_be_added_and_signs_in(site: Path) -> None:
    made = kartotek(
        "user", "add", "ada", "--role", "owner", "--name", "Ada L.", "--site", site, KARTOTEK_PASSWORD=PASSWORD
    )
    assert (made.status, made.err) == (0, "")
    people = {
        one["username"]: one for one in json.loads(kartotek("user", "list", "--format", "json", "--site", site).out)
    }
    assert people["ada"]["roles"] == ["owner"]
    with running(site) as server:
        assert "Ada L." in Browser(server.address).sign_in("ada", PASSWORD)


def test_an_invited_user_gets_a_link(site: Path) -> None:
    made = kartotek("user", "invite", "emmy", "--role", "owner", "--site", site)
    assert (made.status, made.err) == (0, "")
    assert made.out.startswith("/invitation/")


def test_a_generated_password_is_shown(site: Path) -> None:
    made = kartotek("user", "add", "grace", "--site", site)
    assert made.status == 0
    assert "Password: " in made.out


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["user", "add", "owner"], {"KARTOTEK_PASSWORD": PASSWORD}),
        (["user", "add", "weak"], {"KARTOTEK_PASSWORD": "short"}),
        (["user", "add", "unknown_role", "--role", "king"], {"KARTOTEK_PASSWORD": PASSWORD}),
        (["user", "disable", "nobody"], {}),
        (["user", "password", "nobody"], {}),
        (["user", "disable", "owner_of_nothing"], {}),
        (["token", "add", "x", "--user", "nobody"], {}),
        (["token", "revoke", "4711"], {}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_told(site: Path, arguments: list[str], environment: dict[str, str]) -> None:
    refused = kartotek(*arguments, "--site", site, **environment)
    assert refused.status == 1
    assert refused.err.startswith("kartotek: ")
    assert "Traceback" not in refused.err


def test_sessions_are_listed_and_ended(site: Path) -> None:
    kartotek("user", "add", "rosa", "--role", "owner", "--site", site, KARTOTEK_PASSWORD=PASSWORD)
    with running(site) as server:
        first, second = Browser(server.address), Browser(server.address)
        for one in (first, second):
            one.sign_in("rosa", PASSWORD)
        found = json.loads(kartotek("user", "sessions", "rosa", "--format", "json", "--site", site).out)
        assert [(one["address"], "Python-urllib" in one["device"]) for one in found] == [("127.0.0.1", True)] * 2
        assert found[0]["id"] in kartotek("user", "sessions", "rosa", "--site", site).out
        assert kartotek("user", "end", "rosa", "--session", found[0]["id"], "--site", site).status == 0
        assert len(json.loads(kartotek("user", "sessions", "rosa", "--format", "json", "--site", site).out)) == 1
        assert kartotek("user", "end", "rosa", "--session", found[0]["id"], "--site", site).status == 1
        assert kartotek("user", "end", "rosa", "--site", site).status == 0
        for one in (first, second):
            assert "csrf_token" in one.get("/account/") and "Sign in" in one.get("/account/")
    assert "no second step" in kartotek("user", "reset-totp", "rosa", "--site", site).out


def test_a_token_can_be_limited(site: Path) -> None:
    made = kartotek("token", "add", "desk", "--type", "person", "--action", "read", "--field", "person.name", "--format", "json", "--site", site)
    assert json.loads(made.out)["scope"] == {"types": ["person"], "actions": ["read"], "fields": {"person": ["name"]}}
    assert "person (read), of person name" in kartotek("token", "list", "--site", site).out
    for wrong in (["--type", "nothing"], ["--field", "person.nothing"], ["--field", "person"], ["--action", "fly"]):
        refused = kartotek("token", "add", "x", *wrong, "--site", site)
        assert (refused.status, "scope/" in refused.err) == (1, True), wrong


def test_a_site_that_never_ran_has_no_users(tmp_path: Path) -> None:
    refused = kartotek("user", "list", "--site", small_site(tmp_path / "fresh"))
    assert refused.status == 1
    assert "never been started" in refused.err


def test_openapi_is_printed(site: Path) -> None:
    document = json.loads(kartotek("openapi", "--site", site).out)
    assert document["openapi"].startswith("3.1")
    assert any("/records/person" in path for path in document["paths"])


def test_whoever_does_it_as_somebody_has_that_ones_rights(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KARTOTEK_PASSWORD", "seven quiet rivers")
    (tmp_path / "site.yaml").write_text("name: Test\nroles: {keeper: {may: [users]}, clerk: {may: [audit]}}\n", encoding="utf-8")
    site = Site(tmp_path)
    site.prepare(demo=False)
    site.close()

    def run(*words: str) -> int:
        return main(["user", *words, "--site", str(tmp_path)])

    assert run("add", "kim", "--role", "keeper") == 0 and run("add", "cleo", "--role", "clerk") == 0
    for words in (
        ("add", "x", "--role", "clerk"), ("invite", "x", "--role", "owner"), ("invite", "x", "--role", "keeper", "--role", "clerk"),
        ("disable", "cleo"), ("password", "cleo"), ("disable", "owner"), ("password", "owner"), ("reset-totp", "owner"),
    ):  # fmt: skip
        assert run(*words, "--as", "kim") == 1, words
    assert run("add", "x", "--as", "cleo") == 1 and run("add", "x", "--as", "nobody") == 1
    assert run("invite", "lee", "--role", "keeper", "--as", "kim") == 0
    capsys.readouterr()
    assert run("list", "--as", "kim", "--format", "json") == 0
    assert {one["username"] for one in json.loads(capsys.readouterr().out)} == {"kim", "lee"}
