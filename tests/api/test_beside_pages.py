"""The API within the application: a page's session opens none of its doors, nor do a page's rules reach it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_site import documents
from flask import Flask

from kartotek.app import create_app
from kartotek.model.actor import Actor
from kartotek.site import Site

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """The application of a site in a folder, and the secret of an owner's token."""
    folder: Path = tmp_path_factory.mktemp("whole")
    for name, text in documents().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    site = Site(folder)
    site.prepare(owner_password=PASSWORD, demo=False)
    app = create_app(site)
    yield app, site.engine.tokens.add(Actor.system("tests"), "tests", user_id=1)[1]
    site.close()


def _signed_in(app: Flask) -> Any:
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login/").text)
    assert token is not None
    answer = client.post("/login/", data={"username": "owner", "password": PASSWORD, "csrf_token": token[1]})
    assert answer.status_code in (302, 303), answer.text
    assert client.get("/r/person/").status_code == 200
    return client


def test_session_of_the_pages_opens_no_door(whole: tuple[Flask, str]) -> None:
    client = _signed_in(whole[0])
    assert client.get("/api/v1/records/person").status_code == 401
    assert client.post("/api/v1/records/person", json={"fields": {"name": "Ann"}}).status_code == 401
    assert client.delete("/api/v1/tokens/1").status_code == 401


def test_token_needs_no_csrf_token_and_opens_no_page(whole: tuple[Flask, str]) -> None:
    app, secret = whole
    headers = {"Authorization": f"Bearer {secret}"}
    made = app.test_client().post("/api/v1/records/person", json={"fields": {"name": "Ann"}}, headers=headers)
    assert (made.status_code, "Set-Cookie" in made.headers) == (201, False)
    page = app.test_client().get("/r/person/", headers=headers)
    assert page.status_code in (302, 303, 401)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/v1/nothing", 404), ("GET", "/api/v1", 404), ("PUT", "/api/v1/types", 405),
        ("GET", "/api/v1/records/x", 404), ("POST", "/api/v1/records/person", 413),
    ],
)  # fmt: skip
def test_refusals_stay_problem_documents(whole: tuple[Flask, str], method: str, address: str, status: int) -> None:
    app, secret = whole
    raw = b" " * 3_000_000 if status == 413 else b""
    headers = {"Authorization": f"Bearer {secret}"}
    answer = app.test_client().open(address, method=method, headers=headers, data=raw, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.headers["Cache-Control"] == "no-store"
