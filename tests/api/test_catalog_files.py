"""The site's files over the API: seen, planned and applied together with what is in service; and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from api_served import USERS, Client, Served, application, codes

from kartotek.engine.engine import system_clock
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor
from tests.engine.proposed_site import FILES, PERSON, ProposedSite

FIELD = {"type": "string", "format": "date", "title": "Born"}
EDITS = {PERSON: [{"set": ["properties", "born"], "value": FIELD, "before": "level"}, {"set": ["title"], "value": "Human"}]}


class FiledSite(ProposedSite):
    """The same with the API before it."""

    def serve(self) -> None:
        tokens = {}
        for role, number in USERS.items():
            self.engine.users.mirror(MirroredUser(id=number, username=role, name=role.title(), roles=frozenset({role})))
            tokens[role] = self.engine.tokens.add(Actor.system("tests"), role, user_id=number)[1]
        self.served = Served(self.engine, application(self.engine), tokens)

    @property
    def owner(self) -> Client:
        return self.served.client("owner")


@pytest.fixture
def site(tmp_path: Path, database_url: str, clock: Callable[[], datetime]) -> Iterator[FiledSite]:
    site = FiledSite(tmp_path / "site", database_url, clock)
    site.begin()
    site.serve()
    yield site
    site.engine.close()


@pytest.fixture(scope="module")
def lite_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FiledSite]:
    """On SQLite, shared: what is refused leaves nothing behind."""
    folder = tmp_path_factory.mktemp("filed")
    site = FiledSite(folder / "site", f"sqlite:///{folder}/records.db", system_clock)
    site.begin()
    site.serve()
    yield site
    site.engine.close()


def test_files_are_seen_edited_and_put_into_service(site: FiledSite) -> None:
    seen = site.owner("GET", "/catalog/files").json["files"]
    assert seen == FILES
    body: dict[str, Any] = {"edits": EDITS, "seen": {PERSON: seen[PERSON]}}
    sent = {"data": json.dumps(body), "content_type": "application/json"}  # the order of keys is that of the file
    planned = site.owner("POST", "/catalog/files/plan", **sent)
    assert planned.status_code == 200 and site.files() == FILES
    assert planned.json["files"][PERSON] == FILES[PERSON].replace("Person", "Human").replace(
        '    "level"', '    "born":  {"type": "string", "format": "date", "title": "Born"},\n    "level"'
    )
    assert planned.json["changes"][PERSON].startswith(f"--- a/{PERSON}\n+++ b/{PERSON}\n@@ ")
    body |= {"plan": planned.json["plan"]["hash"], "reason": "birthdays"}
    for _ in range(2):
        sent["data"] = json.dumps(body)
        done = site.owner("POST", "/catalog/files/apply", **sent, headers={"Idempotency-Key": "k"})
        assert (done.status_code, done.json["status"], done.json["version"]) == (200, "applied", 2)
    assert site.files() == FILES | planned.json["files"]
    assert site.owner("GET", "/catalog").json["documents"] == site.files()


def test_a_file_that_somebody_saved_meanwhile_is_told_in_three(site: FiledSite) -> None:
    body: dict[str, Any] = {"edits": EDITS, "seen": FILES}
    hash = site.owner("POST", "/catalog/files/plan", body).json["plan"]["hash"]
    theirs = FILES[PERSON].replace('"Level"', '"Grade"')
    site.save(PERSON, theirs)
    refused = site.owner("POST", "/catalog/files/apply", body | {"plan": hash})
    assert (refused.status_code, codes(refused)) == (409, ["file_changed"])
    told = refused.json["problems"][0]["params"]
    assert (told["file"], told["base"], told["theirs"]) == (PERSON, FILES[PERSON], theirs)
    assert [one["change"] for one in told["difference"]] == ["mine", "conflict"] and told["merged"] is None
    assert site.files()[PERSON] == theirs


@pytest.mark.parametrize("role", ["clerk", "manager", "reader"])
def test_only_owners_may(lite_site: FiledSite, role: str) -> None:
    client = lite_site.served.client(role)
    for method, path, body in (
        ("GET", "/catalog/files", None), ("POST", "/catalog/files/plan", {"edits": EDITS, "seen": FILES}),
        ("POST", "/catalog/files/apply", {"files": {PERSON: None}, "seen": FILES, "plan": "x"}),
    ):
        answer = client(method, path, body)
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
        assert "Level" not in answer.text
    assert lite_site.files() == FILES


BODIES: list[tuple[str, Any, int, str]] = [
    ("nothing known", {"file": {}}, 400, "unknown_key"),
    ("no object", {"files": []}, 400, "type"),
    ("no text", {"files": {PERSON: 1}}, 400, "type"),
    ("no list", {"edits": {PERSON: {}}}, 400, "type"),
    ("no edit", {"edits": {PERSON: [{}]}}, 400, "type"),
    ("two edits in one", {"edits": {PERSON: [{"set": [], "remove": [], "value": 1}]}}, 400, "type"),
    ("no value", {"edits": {PERSON: [{"set": ["title"]}]}}, 400, "required"),
    ("more than an edit takes", {"edits": {PERSON: [{"remove": ["title"], "value": 1}]}}, 400, "unknown_key"),
    ("no path", {"edits": {PERSON: [{"remove": "title"}]}}, 400, "type"),
    ("a path of truths", {"edits": {PERSON: [{"remove": [True]}]}}, 400, "type"),
    ("a place by name in a list", {"edits": {PERSON: [{"insert": ["required"], "value": 1, "before": "name"}]}}, 400, "type"),
    ("no name", {"edits": {PERSON: [{"rename": ["title"], "to": 1}]}}, 400, "type"),
    ("too many", {"edits": {PERSON: [{"remove": ["title"]}] * 201}}, 400, "type"),
    ("nowhere", {"edits": {PERSON: [{"remove": ["nowhere"]}]}, "seen": FILES}, 422, "no_such_place"),
    ("a base's file", {"files": {"@base/site.yaml": "name: x"}}, 422, "not_writable"),
    ("a key of the server", {"files": {"secrets/secret.key": "x"}}, 422, "not_writable"),
    ("not seen", {"files": {PERSON: "{}"}}, 409, "file_changed"),
    ("half of a surrogate", {"edits": {PERSON: [{"set": ["title"], "value": "\ud800"}]}, "seen": FILES}, 422, "encoding"),
]


@pytest.mark.parametrize(("name", "body", "status", "code"), BODIES, ids=[one[0] for one in BODIES])
def test_what_cannot_be_done_is_refused_with_its_place(lite_site: FiledSite, name: str, body: Any, status: int, code: str) -> None:
    for path, more in (("plan", {}), ("apply", {"plan": "x"})):
        answer = lite_site.owner("POST", f"/catalog/files/{path}", body | more)
        assert (answer.status_code, codes(answer)[:1]) == (status, [code]), answer.text
    assert lite_site.files() == FILES


def test_a_folder_that_cannot_be_read_is_told_as_such(lite: Served) -> None:
    answer = lite.client("owner")("GET", "/catalog/files")
    assert (answer.status_code, codes(answer)) == (409, ["unreadable_folder"])


def test_mistakes_are_told_with_their_places_and_written_nowhere(site: FiledSite) -> None:
    body: dict[str, Any] = {"edits": {PERSON: [{"set": ["properties", "level", "type"], "value": "strng"}]}, "seen": FILES}
    plan = site.owner("POST", "/catalog/files/plan", body).json["plan"]
    assert plan["hash"] == "" and plan["problems"][0]["place"]["file"] == PERSON
    refused = site.owner("POST", "/catalog/files/apply", body | {"plan": ""})
    assert refused.status_code == 422 and site.files() == FILES


@pytest.mark.parametrize("name", [
    "", ".", "../x.json", "schemas/../../x.json", "/etc/x.json", "schemas/x\0.json", "@base/site.yaml", "schemas/.x.json", "data/x.json",
    "secrets/x.json", "schemas/a/b.json", "site.json/x", "schemas/\ud800.json", "schemas/x.json\n", f"schemas/{'x' * 300}.json", f"schemas/{'é' * 99}.json",
])  # fmt: skip
def test_names_that_lead_elsewhere_are_refused_and_leave_the_folder_as_it_was(lite_site: FiledSite, name: str) -> None:
    owner = lite_site.owner
    seen = owner("GET", "/catalog/files").json["files"]
    for wire in ({"files": {name: "{}"}}, {"edits": {name: [{"set": ["title"], "value": 1}]}, "seen": {name: "{}"}}):
        assert codes(owner("POST", "/catalog/files/plan", wire)) == ["not_writable"]
        assert codes(owner("POST", "/catalog/files/apply", {**wire, "plan": "x"})) == ["not_writable"]
    answer = owner("POST", "/catalog/plan", {"documents": {**seen, name: "{}"}})
    assert answer.status_code in (200, 400)
    assert owner("GET", "/catalog/files").json["files"] == seen


def test_a_name_that_is_a_folder_is_refused_and_the_folder_goes_on(site: FiledSite) -> None:
    (site.root / "schemas" / "inner.json").mkdir()
    answer = site.owner("POST", "/catalog/files/apply", {"files": {"schemas/inner.json": "{}"}, "plan": "x"})
    assert codes(answer) == ["unreadable_folder"]
    assert site.owner("GET", "/catalog/files").json["files"] == FILES


def test_what_is_too_much_is_refused_at_once(lite_site: FiledSite) -> None:
    owner = lite_site.owner
    many = {f"schemas/t{number}.json": "{}" for number in range(4_000)}
    for wire in ({"files": many}, {"edits": {name: [] for name in many}}, {"edits": {PERSON: [{"set": ["a"] * 5000, "value": 1}]}}):
        assert codes(owner("POST", "/catalog/files/plan", wire)) == ["type"]
    assert codes(owner("POST", "/catalog/plan", {"documents": many})) == ["type"]
    more = {f"schemas/t{number}.json": "{}" for number in range(6_000)}
    assert codes(owner("POST", "/catalog/plan", {"documents": more})) == ["too_many_names"]


@pytest.mark.parametrize(("reason", "code"), [("\0", "text_nul"), ("\ud800", "text_nul"), ("r" * 100_000, "max_length")])
def test_a_reason_that_cannot_be_kept_is_refused(site: FiledSite, reason: str, code: str) -> None:
    wire = {"edits": EDITS, "seen": FILES}
    plan = site.owner("POST", "/catalog/files/plan", wire).json["plan"]
    asked = site.owner("POST", "/catalog/files/apply", {**wire, "plan": plan["hash"], "confirm": plan["confirm"], "reason": reason})
    assert (asked.status_code, codes(asked)) == (422, [code])
    assert site.owner("GET", "/catalog/files").json["files"] == FILES
