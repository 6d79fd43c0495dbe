"""Visitors: the pages of the small site as people of its roles meet them, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask, session
from flask.testing import FlaskClient
from web_site import PASSWORD, documents
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from kartotek.api.serving import blueprint
from kartotek.engine.engine import Engine
from kartotek.identity import Users
from kartotek.model.actor import Actor
from kartotek.storage.database import Database
from kartotek.web.current import KEY
from kartotek.web.install import Options, install

SYSTEM = Actor.system("tests")


@dataclass
class Pages:
    """The served site; `visitor(name)` is signed in as that user, without the costly check of a password."""

    app: Flask
    engine: Engine
    users: Users

    def visitor(self, name: str = "") -> Visitor:
        """A new browser, signed in unless the name is empty."""
        made = Visitor(self.app.test_client())
        if name:
            self.user(name)
            with self.app.test_request_context():
                self.app.extensions[KEY].sessions.begin(self.users.get(name).id)
                signed_in = dict(session)
            with made.client.session_transaction() as kept:
                kept.update(signed_in)
        return made

    def user(self, name: str) -> None:
        """Makes sure that there is the user of this name, who has the role of this name."""
        if name not in {one.username for one in self.users.list()}:
            self.users.add(name, PASSWORD, name=name.title(), roles=(name,))

    def made(self, type_name: str, **fields: Any) -> int:
        """The id of a record made for a test."""
        return int(self.engine.create(SYSTEM, type_name, fields)["id"])

    def stored(self, type_name: str, record_id: int) -> dict[str, Any]:
        """The fields as they are stored."""
        fields: dict[str, Any] = self.engine.get(SYSTEM, type_name, record_id)["fields"]
        return fields

    def close(self) -> None:
        """Closes both databases."""
        self.users.database.dispose()
        self.engine.close()


@dataclass
class Visitor:
    """One browser with its cookies."""

    client: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **options: Any) -> TestResponse:
        """A page."""
        return self.client.get(path, headers=self.headers, buffered=True, **options)

    def post(self, path: str, values: Mapping[str, Any] | MultiDict[str, Any], *, token: bool = True) -> TestResponse:
        """A form sent, with the token that its page would carry."""
        given = MultiDict(values)
        if token:
            given["csrf_token"] = self.token()
        return self.client.post(path, data=given, headers=self.headers)

    def token(self) -> str:
        """A token of this session."""
        text = self.get("/account/", follow_redirects=True).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', text)
        assert found, text
        return found.group(1)

    def form(self, path: str) -> MultiDict[str, str]:
        """The values that a browser would send back from the record form of a page, untouched."""
        return filled(self.get(path).text)


def filled(html: str) -> MultiDict[str, str]:
    """The controls of the record form in a page, as a browser sends them."""
    parser = _Form()
    parser.feed(html)
    return MultiDict(parser.found)


def typed(form: MultiDict[str, str], values: Mapping[str, str]) -> None:
    """Puts other values into the controls; MultiDict's own update would add them to those there are."""
    for name, value in values.items():
        form[name] = value


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._inside = False
        self._template = 0
        self._text: list[str] | None = None
        self._name = ""
        self._select: tuple[str, bool, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "data-record-form" in given
        if tag == "template":
            self._template += 1
        if not self._inside or self._template:
            return
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") not in {"file", "submit", "button"}:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.found.append((name, given.get("value", "on")))
        elif tag == "textarea":
            self._name, self._text = name, []
        elif tag == "select":
            self._select = (name, "multiple" in given, [])
        elif tag == "option" and self._select:
            self._select[2].append((given.get("value", ""), "selected" in given))

    def handle_data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._template -= 1
        elif tag == "form":
            self._inside = False
        elif tag == "textarea" and self._text is not None:
            self.found.append((self._name, "".join(self._text).removeprefix("\n")))
            self._text = None
        elif tag == "select" and self._select:
            name, several, options = self._select
            chosen = [value for value, selected in options if selected]
            self.found += [(name, one) for one in (chosen or ([] if several or not options else [options[0][0]]))]
            self._select = None


def open_pages(
    records_url: str, auth_url: str, files: Path, clock: Callable[[], datetime], *, given: Mapping[str, str] | None = None, **types: Any
) -> Pages:
    """The small site on empty databases; or the site whose documents are given."""
    engine = Engine(Database.open(records_url), files=files, secret=b"s" * 32, clock=clock)
    report = engine.apply_documents(given or documents(**types), by=SYSTEM, reason="tests")
    assert not [one for one in report.problems if one.severity == "error"], report.problems
    app = Flask("kartotek", static_folder=None)
    users = install(app, engine, Options(auth_url=auth_url, secret_key="k" * 40, hosts=("localhost",)))
    app.register_blueprint(blueprint(engine))
    app.config["TESTING"] = False
    return Pages(app, engine, users)
