"""Inventory: every address of an app with what it declares about itself, and an example of whatever its parts name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from whole_site import Whole

from kartotek.api.routes import ROUTES as API_ROUTES
from kartotek.model.admission import Admission
from kartotek.web.routes import ADMISSIONS

API = {f"api.{one.name}": one for one in API_ROUTES}
UNKNOWN = {"api.unknown", "api.unknown_start", "api.unknown_root"}  # what answers that there is nothing
_PART = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
_FILE = "0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a"

# What the parts of addresses name. Where the same word means several things, what stands before it in the address decides.
PARTS = {
    "type_name": "type", "record_id": "record", "record": "record", "file": "file", "file_id": "file", "transition": "transition",
    "link": "link", "link_id": "link", "message": "message", "message_id": "message", "outbox/message": "outgoing",
    "outbox/message_id": "outgoing", "timer": "timer", "number": "version", "changes/number": "version", "import_id": "import",
    "imports/which": "import", "POST imports/which": "type", "tokens/token": "token", "user_id": "user", "l/token": "link secret", "invitation/secret": "invitation",
    "form_name": "form", "version": "digest", "name": "static file",
    "suggestion": "suggestion", "suggestion_id": "suggestion",
    "session_id": "session", "token_id": "token", "role_name": "role", "user": "user",
}  # fmt: skip
# Of each: one that is there and not the helper's, one that is not there.
EXAMPLES: dict[str, tuple[str, str]] = {
    "type": ("vault", "nopes"), "record": ("5", "4000"), "file": (_FILE, _FILE), "transition": ("look", "nopes"), "link": ("4", "4000"),
    "message": ("1", "4000"), "outgoing": ("1", "4000"), "timer": ("1", "4000"), "version": ("1", "4000"), "import": ("1", "4000"),
    "token": ("1", "4000"), "user": ("1", "4000"), "form": ("ask", "nopes"), "digest": ("x", "x"), "static file": ("kartotek/kartotek.css", "nopes"),
    "suggestion": ("1", "4000"), "role": ("helper", "nopes"), "session": ("0123456789abcdef", "fedcba9876543210"),
}  # fmt: skip
# What a request must say besides its address, so that it is refused or answered for nothing but rights.
QUERIES = {
    "api.availability": "from=2026-12-01T09:00:00Z&to=2026-12-05T12:00:00Z&duration=PT1H", "api.search": "q=person",
    "web.choices": "field=/place", "web.found": "q=person", "POST api.import": "name=rows.csv", "api.files": "name=text.txt",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "POST api.records": {"fields": {"name": "New"}}, "PATCH api.record": {"fields": {"name": "Taken"}},
    "POST api.bulk": {"records": [{"fields": {"name": "New"}}]}, "POST api.tokens": {"name": "mine"},
    "PATCH api.import": {"options": {}}, "POST api.import": b"name\nNew\n", "POST api.files": b"text",
    "POST api.break_glass": {"reason": "because"}, "POST api.suggest": {"fields": {"name": "Other"}}, "POST api.refuse_suggestion": {}, "POST api.consents": {"purpose": "news", "given": True},
    "POST web.answer_consent": {"purpose": "news", "given": "yes"}, "POST api.suggest": {"fields": {"name": "Else"}},
    "POST web.update": {"/name": "Taken", "version": "1"}, "POST web.create": {"/name": "New"}, "POST web.delete": {"version": "1"},
    "POST web.change_person": {"name": "Taken", "roles": "owner", "active": "1"}, "POST web.add_person": {"username": "new", "roles": "owner"},
}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """One method of one address. `parts` are (name, what it names) in their order."""

    method: str
    rule: str
    endpoint: str
    admission: Admission | None
    parts: tuple[tuple[str, str], ...]

    @property
    def is_api(self) -> bool:
        """Whether tokens count here, and not cookies."""
        return self.endpoint in API

    @property
    def changes(self) -> bool:
        """Whether something may be otherwise afterwards."""
        return self.method != "GET" and not (self.admission and self.admission.reads)

    @property
    def name(self) -> str:
        """For reports."""
        return f"{self.method} {self.rule}"

    @property
    def body(self) -> Any:
        """What is sent."""
        return BODIES.get(f"{self.method} {self.endpoint}")

    def address(self, given: dict[str, str]) -> str:
        """The address with these in place of its parts, and with the parameters it needs."""
        values, query = dict(self.parts), QUERIES.get(f"{self.method} {self.endpoint}") or QUERIES.get(self.endpoint, "")
        return _PART.sub(lambda found: given[values[found[1]]], self.rule) + (f"?{query}" if query else "")


def ways(app: Flask) -> Iterator[Way]:
    """All of an app, as its map has them."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (one.rule, one.endpoint)):
        if rule.endpoint in UNKNOWN:
            continue
        route = API.get(rule.endpoint)
        methods = route.views if route else (rule.methods or set()) - {"HEAD", "OPTIONS"}
        admission = route.admission if route else ADMISSIONS.get(rule.endpoint)
        for method in sorted(methods):
            parts = tuple((name, _named(method, rule.rule, name)) for name in _PART.findall(rule.rule))
            yield Way(method, rule.rule, rule.endpoint, admission, parts)


def examples(whole: Whole, *, missing: bool = False) -> dict[str, str]:
    """{what a part names: one}: of what is there, or of what is not."""
    found = {name: pair[missing] for name, pair in EXAMPLES.items()}
    secrets = {"link secret": whole.links[0], "invitation": whole.invited}
    return found | ({name: "x" * len(text) for name, text in secrets.items()} if missing else secrets)


def _named(method: str, rule: str, name: str) -> str:
    before = re.search(rf"([a-z_-]+)/<(?:[a-z]+:)?{name}>[^<]*$", rule)
    spelt = f"{before[1]}/{name}" if before else name
    alone = PARTS.get(f"{method} {spelt}") if rule.endswith(">") else None
    return alone or PARTS.get(spelt) or PARTS.get(name, "")
