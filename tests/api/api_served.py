"""The small site served: an engine, a Flask application, and a client for each user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from api_site import documents
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kartotek.api import blueprint
from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor
from kartotek.storage.database import Database

USERS = {"owner": 1, "manager": 2, "clerk": 3, "reader": 4}


@dataclass(frozen=True)
class Client:
    """Speaks for one user; without a token for nobody."""

    flask: FlaskClient
    token: str = ""

    def __call__(self, method: str, address: str, wire: Any = None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        path = address if address.startswith(("/api", "/healthz", "/readyz")) else f"/api/v1{address}"
        given = {} if wire is None else {"json": wire}
        return self.flask.open(path, method=method, headers=headers, buffered=True, **given, **options)

    def made(self, type_name: str, **fields: Any) -> dict[str, Any]:
        """The envelope of a record made for a test."""
        answer = self("POST", f"/records/{type_name}", {"fields": fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json)


@dataclass(frozen=True)
class Served:
    """A site with its clients, by role; `nobody` has no token."""

    engine: Engine
    app: Flask
    tokens: Mapping[str, str]

    def client(self, role: str) -> Client:
        """The client of a role."""
        return Client(self.app.test_client(), self.tokens.get(role, ""))


def serve(url: str, folder: Path, clock: Callable[[], datetime], **settings: Any) -> Served:
    """The small site on an empty database."""
    return serve_site(documents(**settings), USERS, url, folder, clock=clock)


def serve_site(
    given: Mapping[str, str], users: Mapping[str, int], url: str, folder: Path, *, clock: Callable[[], datetime],
) -> Served:
    """Any site on an empty database; a user for each role."""
    engine = Engine(Database.open(url), files=folder, secret=b"s" * 32, clock=clock)
    report = engine.apply_documents(given, by=Actor.system("tests"), reason="tests")
    assert not report.problems, report.problems
    tokens = {}
    for role, number in users.items():
        engine.users.mirror(MirroredUser(id=number, username=role, name=role.title(), roles=frozenset({role})))
        tokens[role] = engine.tokens.add(Actor.system("tests"), role, user_id=number)[1]
    return Served(engine, application(engine), tokens)


def application(engine: Engine) -> Flask:
    """The API alone."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(blueprint(engine))
    return app


def codes(answer: TestResponse) -> list[str]:
    """The codes of a refusal's problems, in order; the answer must be JSON."""
    assert answer.json is not None, answer.text
    return [one["code"] for one in answer.json.get("problems", [])]
