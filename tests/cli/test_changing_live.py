"""Twenty changes of the declarations in a row, under the hands of people who go on working: nobody meets an error."""

from __future__ import annotations

import copy
import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from running_site import PASSWORD, Browser, Server, kartotek_process, new_token, running, small_site, write_type

Declaration = dict[str, Any]
Edit = Callable[[Declaration], Any]

CLIENT: Declaration = {
    "title": "Client",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 60},
        "phone": {"type": "string", "title": "Phone", "maxLength": 30},
        "age": {"type": "integer", "title": "Age"},
        "level": {"title": "Level", "oneOf": [{"const": one, "title": one} for one in ("gold", "silver", "bronze")]},
        "note": {"type": "string", "title": "Note"},
        "visits": {"type": "integer", "title": "Visits"},
    },
    "x-record": {"titleTemplate": "{name}", "list": ["name", "phone", "level"], "search": ["name"], "sort": ["name"]},
}


def _properties(change: Callable[[dict[str, Any]], Any]) -> Edit:
    return lambda declared: change(declared["properties"])


def _rename(old: str, new: str) -> Edit:
    """The field under a new name, where it stood, with what names it."""

    def edit(declared: Declaration) -> None:
        fields = {new if name == old else name: one for name, one in declared["properties"].items()}
        fields[new] = {**fields[new], "x-field": {**fields[new].get("x-field", {}), "aliases": [old]}}
        declared["properties"] = fields
        listed = declared["x-record"]["list"]
        declared["x-record"]["list"] = [new if name == old else name for name in listed]

    return edit


def _swap(first: str, second: str) -> Edit:
    def edit(declared: Declaration) -> None:
        fields = declared["properties"]
        one, other = ({**fields[name], "x-field": {"aliases": []}} for name in (first, second))
        fields[first], fields[second] = other, one
        del one["x-field"], other["x-field"]

    return edit


def _text_of_ages(declared: Declaration) -> None:
    declared["properties"]["age"] = {"type": "string", "title": "Age"}
    del declared["x-record"]["validations"]


# What is done, and whether an owner has to apply it; the rest goes live by itself when the file is saved.
CHANGES: tuple[tuple[str, Edit, bool], ...] = (
    ("a new field", _properties(lambda fields: fields.update(email={"type": "string", "title": "E-mail", "maxLength": 100})), False),
    ("another name", _rename("phone", "mobile"), False),
    ("longer names", _properties(lambda fields: fields["name"].update(maxLength=80)), False),
    ("a limit", _properties(lambda fields: fields["age"].update(maximum=150)), True),
    ("numbers with a point", _properties(lambda fields: fields.update(visits={"type": "number", "title": "Visits"})), False),
    ("a field goes", _properties(lambda fields: fields.pop("note")), True),
    ("it comes back", _properties(lambda fields: fields.update(note={"type": "string", "title": "Note"})), False),
    ("another option", _properties(lambda fields: fields["level"]["oneOf"].append({"const": "iron", "title": "Iron"})), False),
    ("a column less", lambda declared: declared["x-record"].update(list=["name", "mobile"]), False),
    ("the old name again", _rename("mobile", "phone"), False),
    ("several levels", _properties(lambda fields: fields.update(
        level={"type": "array", "title": "Level", "uniqueItems": True, "items": {"oneOf": fields["level"]["oneOf"]}}
    )), False),
    ("a computed field", _properties(lambda fields: fields.update(
        double={"type": "number", "title": "Double", "readOnly": True, "x-field": {"compute": "record.visits * 2.0", "stored": True}}
    )), False),
    ("something required", lambda declared: declared["required"].append("phone"), True),
    ("required no more", lambda declared: declared["required"].remove("phone"), False),
    ("a rule", lambda declared: declared["x-record"].update(
        validations=[{"name": "grown", "rule": "record.age == null || record.age > 0", "message": "Not yet born."}]
    ), True),
    ("text of numbers", _text_of_ages, False),
    ("a table", _properties(lambda fields: fields.update(lines={
        "type": "array", "title": "Lines", "items": {"type": "object", "properties": {"what": {"type": "string", "title": "What"}}}
    })), False),
    ("another name again", _rename("email", "mail"), False),
    ("the computed field goes", _properties(lambda fields: fields.pop("double")), True),
    ("an index", _properties(lambda fields: fields["mail"].setdefault("x-field", {}).update(index=True)), False),
)  # fmt: skip


@dataclass
class Crowd:
    """Readers and writers of two servers; what they were answered, and what they were told is stored."""

    servers: tuple[Server, ...]
    browser: Browser
    stopping: threading.Event = field(default_factory=threading.Event)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    created: dict[int, str] = field(default_factory=dict)
    written: dict[int, int] = field(default_factory=dict)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Crowd:
        for number, server in enumerate(self.servers):
            for work in (self._read, self._create, lambda one, at=number: self._count(one, at + 1)):
                self._begin(work, server)
        self._begin(self._look, self.servers[0])
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for one in self.threads:
            one.join(timeout=30)

    def _begin(self, work: Callable[[Server], None], server: Server) -> None:
        def run() -> None:
            while not self.stopping.is_set():
                work(server)
                time.sleep(0.01)

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def _ask(self, server: Server, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        status, told = server.api(method, path, body)
        self.answers[method, status] += 1
        if status not in (200, 201, 503):
            self.wrong.append(f"{method} {path} {status} {told}")
        return status, told

    def _read(self, server: Server) -> None:
        self._ask(server, "GET", "/records/client?limit=5&sort=name")
        self._ask(server, "GET", "/records/client/1")

    def _create(self, server: Server) -> None:
        name = f"made {len(self.created)} {time.monotonic_ns()}"
        status, told = self._ask(server, "POST", "/records/client", {"fields": {"name": name, "phone": "+4930123"}})
        if status == 201:
            self.created[told["id"]] = name

    def _count(self, server: Server, id: int) -> None:
        """Its own record: what was acknowledged last has to be there in the end."""
        following = self.written.get(id, 0) + 1
        status, _ = self._ask(server, "PATCH", f"/records/client/{id}", {"fields": {"visits": following}})
        if status == 200:
            self.written[id] = following

    def _look(self, _server: Server) -> None:
        for path in ("/r/client/", "/r/client/1", "/r/client/1/edit", "/"):
            try:
                self.browser.get(path)
                self.answers["page", 200] += 1
            except urllib.error.HTTPError as error:
                self.answers["page", error.code] += 1
                if error.code != 503:
                    self.wrong.append(f"page {path} {error.code}")
                error.close()


def _saved(site: Path, declared: Declaration) -> None:
    write_type(site, "client", declared)


def _applied(site: Path, database: str) -> None:
    planned = kartotek_process("plan", "--site", site, "--format", "json", database=database)
    plan = json.loads(planned.out)
    names = [word for name in plan["confirm"] for word in ("--confirm", name)]
    done = kartotek_process("apply", "--plan", plan["hash"], *names, "--site", site, database=database)
    assert done.status == 0, done.out + done.err


def _in_service(server: Server, declared: Declaration) -> bool:
    """Whether the server knows all fields as they are declared now, and no other."""
    status, told = server.api("GET", "/types/client")
    return status == 200 and {one["name"] for one in told["fields"]} == set(declared["properties"])


def _version(server: Server) -> int:
    return int(server.api("GET", "/catalog/versions?limit=1")[1]["items"][0]["version"])


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_twenty_changes_in_a_row_disturb_nobody(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue("postgres_url") if kind == "postgresql" else ""
    site = small_site(tmp_path / "site")
    declared = copy.deepcopy(CLIENT)
    _saved(site, declared)
    with running(site, database=database, workers=2) as first, running(site, database=database, workers=1) as second:
        first.token = second.token = new_token(site, database)
        for number in range(2):
            assert first.api("POST", "/records/client", {"fields": {"name": f"n{number}", "level": "gold", "note": "n"}})[0] == 201
        browser = Browser(first.address)
        browser.sign_in("owner", PASSWORD)
        slowest = 0.0
        with Crowd((first, second), browser) as crowd:
            for name, edit, waits in CHANGES:
                before = _version(first)
                edit(declared)
                _saved(site, declared)
                if waits:
                    _applied(site, database)
                began = time.monotonic()
                while not (all(_version(one) > before and _in_service(one, declared) for one in (first, second))):
                    assert time.monotonic() - began < 20, name
                    time.sleep(0.02)
                slowest = max(slowest, time.monotonic() - began)
        assert crowd.wrong == []
        assert crowd.answers["GET", 200] > 20 and crowd.answers["POST", 201] > 5 and crowd.answers["page", 200] > 5
        for id, told in crowd.created.items():
            assert first.api("GET", f"/records/client/{id}")[1]["fields"]["name"] == told
        for id, told_number in crowd.written.items():
            assert first.api("GET", f"/records/client/{id}")[1]["fields"]["visits"] == told_number
        print(f"{kind}: {dict(crowd.answers)}, slowest in service after {slowest:.2f} s")
