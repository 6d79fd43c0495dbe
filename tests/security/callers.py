"""Callers: people of the whole site and nobody, who ask at any of its addresses; and what the databases hold afterwards."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from typing import Any

from flask.testing import FlaskClient
from hidden_site import PASSWORD, World
from inventory import Way
from werkzeug.test import TestResponse
from whole_site import Whole

# What asking alone may add: who was here when, and in the audit who was told or refused what.
BESIDE = re.compile(r"sqlite_.*|kartotek__find_.*|kartotek__(last_seen|clock|session|rate|sign_in_failure|audit.*)")
TIMES = {"used_at", "last_used", "last_used_at", "seen_at"}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def signed_in(world: World, name: str = "hugo") -> FlaskClient:
    """A browser of this user."""
    assert world.app is not None
    client = world.app.test_client()
    answer = client.post("/login/", data={"username": name, "password": PASSWORD, "csrf_token": token_of(client, "/login/")})
    assert answer.status_code == 303, answer.text
    return client


def token_of(client: FlaskClient, path: str = "/account/") -> str:
    """The token that the forms of this session carry."""
    found = _TOKEN.search(client.get(path).text)
    assert found
    return found[1]


class Caller:
    """Asks as this user at pages and at the API; "" is nobody, who has a browser nevertheless."""

    def __init__(self, whole: Whole, name: str, *, token: str = "") -> None:
        assert whole.app is not None
        self.name = name
        self._whole = whole
        self._bearer = token or whole.tokens.get(name, "")
        self._browser = signed_in(whole, name) if name else whole.app.test_client()
        self._token = token_of(self._browser, "/account/" if name else "/login/")

    def ask(self, way: Way, given: dict[str, str]) -> TestResponse:
        """At this address with these parts. The body of a page is its form, that of the API its JSON."""
        return self.send(way.method, way.address(given), way.body, is_api=way.is_api)

    def send(self, method: str, address: str, body: Any = None, *, is_api: bool = False, headers: dict[str, str] | None = None) -> TestResponse:
        """At any address."""
        if is_api:
            assert self._whole.app is not None
            head = {"Authorization": f"Bearer {self._bearer}"} if self._bearer else {}
            given = {} if method in ("GET", "HEAD") or body is None else {"data": body} if isinstance(body, bytes) else {"json": body}
            if isinstance(body, bytes):
                given["content_type"] = "application/octet-stream"
            return self._whole.app.test_client().open(address, method=method, headers=head | (headers or {}), **given)
        given = {} if method in ("GET", "HEAD") else {"data": {**(body or {}), "csrf_token": self._token}}
        return self._browser.open(address, method=method, headers=headers, buffered=True, **given)


def stored(whole: Whole, besides: re.Pattern[str] = BESIDE) -> dict[str, str]:
    """{table: a digest of its rows} of both databases."""
    found = {}
    for path in sorted(whole.folder.glob("*.db")):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            for name in names:
                if not besides.fullmatch(name):
                    kept = [one[1] for one in connection.execute(f'PRAGMA table_info("{name}")') if one[1] not in TIMES]
                    rows = sorted(map(repr, connection.execute(f"SELECT {', '.join(f'{chr(34)}{one}{chr(34)}' for one in kept)} FROM \"{name}\"")))
                    found[f"{path.name} {name}"] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        finally:
            connection.close()
    return found


def apart(first: str, second: str) -> str:
    """Both around the first place where they differ."""
    at = next((index for index, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), min(len(first), len(second)))
    return f"{first[max(0, at - 100):at + 100]!r}\n  {second[max(0, at - 100):at + 100]!r}"
