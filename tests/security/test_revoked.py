"""What is taken away is gone within a second in every process of a site, whichever of them it was told."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import levelled_site
import pytest
from hidden_site import PASSWORD

from kartotek.model.actor import Actor
from kartotek.site import Site

SOON = 1.0
SYSTEM = Actor.system("tests")


class Door:
    """One process of the site; `whoami` is what its pages or its API answer to the helper."""

    def __init__(self, address: str) -> None:
        self.address = address

    def page(self, jar: CookieJar, path: str = "/r/folder/1", data: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and text of a page, with redirects followed; a page that asks to sign in is a 401."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        with answered(lambda: opener.open(self.address + path, body, timeout=20)) as found:
            text = found.read().decode()
            return (401 if "/login/" in found.url and data is None else found.status), text

    def ask(self, token: str, path: str = "records/folder/1") -> tuple[int, Any]:
        """The status and wire of the API."""
        wanted = urllib.request.Request(f"{self.address}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        with answered(lambda: urllib.request.urlopen(wanted, timeout=20)) as found:
            return found.status, json.loads(found.read())

    def signed_in(self, name: str) -> CookieJar:
        """The cookies of somebody who has just signed in."""
        jar = CookieJar()
        self.page(jar, "/login/", {"username": name, "password": PASSWORD, "csrf_token": token_in(self.page(jar, "/login/")[1])})
        return jar


@contextmanager
def answered(ask: Callable[[], Any]) -> Iterator[Any]:
    """The answer, also where it is a refusal."""
    try:
        found = ask()
    except urllib.error.HTTPError as refused:
        found = refused
    with found:
        yield found


def token_in(text: str) -> str:
    """The token that forms of this page carry."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found, text
    return found[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site's folder as a third process has it open: a command, say."""
    folder = tmp_path_factory.mktemp("two")
    for name, text in levelled_site.documents().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    made = Site(folder)
    made.prepare(owner_password=PASSWORD, demo=False)
    yield made
    made.engine.close()


@pytest.fixture(scope="module")
def doors(site: Site) -> Iterator[tuple[Door, Door]]:
    """Two servers of one process each."""
    with ExitStack() as running:
        yield running.enter_context(_running(site.folder)), running.enter_context(_running(site.folder))


@contextmanager
def _running(folder: Path) -> Iterator[Door]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "kartotek", "run", "--site", str(folder), "--port", str(port), "--workers", "1"]
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, "HOST": "127.0.0.1"}, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            _until(lambda: process.poll() is None and _serves(port), 60, lambda: (folder / f"{port}.log").read_text())
            yield Door(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(20)


def _serves(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(is_so: Callable[[], bool], seconds: float, told: Callable[[], object] = str) -> float:
    """How long it took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, told()
        time.sleep(0.02)
    return time.monotonic() - began


class Helper:
    """Somebody new with the helper's role, signed in, with a token, and known to both processes."""

    def __init__(self, site: Site, doors: tuple[Door, Door], name: str) -> None:
        self.name, self.doors = name, doors
        self.id = site.users.add(name, PASSWORD, name=name.title(), roles=("helper",)).id
        self.token_id, self.token = (lambda made: (made[0]["id"], made[1]))(site.engine.tokens.add(SYSTEM, name, user_id=self.id))
        _until(lambda: all(one.ask(self.token)[0] == 200 for one in doors), 10)
        self.jar = doors[0].signed_in(name)
        assert self.pages() == [200, 200]

    def pages(self) -> list[int]:
        """What both say to the cookie."""
        return [one.page(self.jar)[0] for one in self.doors]

    def answers(self, path: str = "records/folder/1") -> list[int]:
        """What both say to the token."""
        return [one.ask(self.token, path)[0] for one in self.doors]

    def is_out(self) -> bool:
        """Whether neither cookie nor token opens anything in either."""
        return set(self.pages()) <= {401, 403, 404} and set(self.answers()) <= {401, 403, 404}


@pytest.fixture(scope="module")
def record(site: Site) -> int:
    """One that helpers see."""
    return int(site.engine.create(SYSTEM, "folder", {**levelled_site.VALUES})["id"])


@pytest.mark.parametrize("way", ["roles", "disabled", "everything"])
def test_whoever_loses_his_rights_is_out(site: Site, doors: tuple[Door, Door], record: int, way: str) -> None:
    helper = Helper(site, doors, f"out{way}")
    if way == "roles":
        site.users.change(helper.name, name="X", roles=("eye",), active=True)
        _until(lambda: all("text" in one.ask(helper.token)[1]["fields"] and one.ask(helper.token)[1].get("flags") for one in doors), SOON)
        return
    if way == "disabled":
        site.users.disable(helper.name)
    else:
        site.users.change(helper.name, name="X", roles=(), active=True)
    _until(helper.is_out, SOON, lambda: (helper.pages(), helper.answers()))


@pytest.mark.parametrize("way", ["password", "link", "signed out", "logged out"])
def test_a_session_that_ends_is_over(site: Site, doors: tuple[Door, Door], record: int, way: str) -> None:
    helper = Helper(site, doors, f"over{way.replace(' ', '')}")
    if way == "password":
        site.users.set_password(helper.name, f"{PASSWORD} once more")
    elif way == "link":
        site.users.accept(site.users.link(helper.name), f"{PASSWORD} once more")
    elif way == "signed out":
        site.users.sign_out(helper.name)
    else:
        kept = CookieJar()
        for cookie in helper.jar:
            kept.set_cookie(cookie)
        doors[0].page(kept, "/logout/", {"csrf_token": token_in(doors[0].page(kept)[1])})
    _until(lambda: helper.pages() == [401, 401], SOON, helper.pages)
    assert helper.answers() == [200, 200]  # a token is ended for itself


def test_a_token_that_is_revoked_opens_nothing(site: Site, doors: tuple[Door, Door], record: int) -> None:
    helper = Helper(site, doors, "revoked")
    site.engine.tokens.revoke(SYSTEM, helper.token_id)
    _until(lambda: helper.answers() == [401, 401], SOON, helper.answers)
    assert helper.pages() == [200, 200]


def test_a_glass_that_is_closed_shows_nothing_more(site: Site, doors: tuple[Door, Door], record: int) -> None:
    helper = Helper(site, doors, "glass")
    actor = site.engine.users.actor(helper.id, "api")
    assert actor is not None

    def shown() -> list[bool]:
        return ["mail" in one.ask(helper.token)[1]["fields"] for one in doors]

    assert shown() == [False, False]
    site.engine.glass.open(actor, "folder", record, reason="Somebody has fainted")
    _until(lambda: shown() == [True, True], SOON, shown)
    site.engine.glass.close(actor, "folder", record)
    _until(lambda: shown() == [False, False], SOON, shown)


def test_a_field_that_is_taken_from_a_role_is_gone(site: Site, doors: tuple[Door, Door], record: int) -> None:
    helper = Helper(site, doors, "narrowed")

    def shown() -> list[bool]:
        return ["text" in one.ask(helper.token)[1]["fields"] or "quiet" in one.page(helper.jar)[1] for one in doors]

    assert shown() == [True, True]
    folder = json.loads(json.dumps(levelled_site.FOLDER))
    folder["properties"]["text"]["x-field"]["access"]["helper"] = "none"
    (site.folder / "schemas/folder.json").write_text(json.dumps(folder), encoding="utf-8")
    version = site.engine.catalog().version
    _until(lambda: site.engine.ready() > version, 20, lambda: [one.message for one in site.engine.declaration_problems()])
    _until(lambda: shown() == [False, False], SOON, shown)
