"""A field that may not be read answers at every door like one that does not exist, byte for byte."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

HIDDEN, MISSING = "note", "nope"
QUESTIONS = [
    "filter=record.{}=='x'", "filter=isSet(record.{})", "filter=record['{}']=='x'", "filter=record.friend.{}=='x'",
    "filter=record.friends.exists(f, f.{}=='x')", "filter=meta.version==1 || record.{}=='x'",
    "{}=x", "{}[ne]=x", "{}[contains]=x", "{}[startsWith]=x", "{}[in]=x,y", "{}[empty]=true", "{}[lt]=x", "{}[gte]=x",
    "friend.{}=x", "friend.friend.{}[contains]=x", "{}.x=1",
    "sort={}", "sort=-{}", "sort=name,{}", "sort=friend.{}", "fields={}", "fields=name,{}", "expand={}",
    "expand=friend.{}", "expand={}.x",
]  # fmt: skip


@pytest.fixture(scope="module")
def noted(shared: Any) -> Any:
    """A site with people whose notes only managers read."""
    manager = shared.client("manager")
    first = manager.made("person", name="Ann", note="x")
    manager.made("person", name="Bob", note="y", friend=first["id"])
    return shared


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("role", ["clerk", "reader"])
def test_hidden_field_cannot_be_told_from_a_missing_one(noted: Any, role: str, question: str) -> None:
    client = noted.client(role)
    hidden, missing = (
        client("GET", f"/records/person?{quote(question.format(name), safe='=&[]')}") for name in (HIDDEN, MISSING)
    )
    assert missing.status_code == 400, missing.text
    assert hidden.status_code == missing.status_code
    assert hidden.data.replace(HIDDEN.encode(), MISSING.encode()) == missing.data


@pytest.mark.parametrize("parameter", ["fields={}", "expand={}", "fields=name,{}"])
def test_neither_can_it_of_one_record(noted: Any, parameter: str) -> None:
    client = noted.client("clerk")
    hidden, missing = (client("GET", f"/records/person/1?{parameter.format(name)}") for name in (HIDDEN, MISSING))
    assert hidden.status_code == missing.status_code == 400
    assert hidden.data.replace(HIDDEN.encode(), MISSING.encode()) == missing.data


# method, address, body with the name at {}
WRITES: list[tuple[str, str, Any]] = [
    ("POST", "/records/person", lambda name: {"fields": {"name": "C", name: "z"}}),
    ("PATCH", "/records/person/1", lambda name: {"fields": {name: "z"}}),
    ("PATCH", "/records/person/1", lambda name: {"fields": {name: None}}),
    ("PATCH", "/records/person/1", lambda name: {"fields": {name: 5}}),
    ("PATCH", "/records/person/1", lambda name: {"unset": [name]}),
    ("POST", "/records/person/bulk", lambda name: {"records": [{"fields": {"name": "C", name: "z"}}]}),
    ("POST", "/records/person/bulk?partial=true", lambda name: {"records": [{"id": 1, "fields": {name: "z"}}]}),
    ("POST", "/records/person/bulk?on={}", lambda name: {"records": [{"fields": {"name": "C"}}]}),
]


@pytest.mark.parametrize(("method", "address", "wire"), WRITES)
def test_nor_when_it_is_written(noted: Any, method: str, address: str, wire: Any) -> None:
    client = noted.client("clerk")
    hidden, missing = (client(method, address.format(name), wire(name)) for name in (HIDDEN, MISSING))
    assert hidden.status_code == missing.status_code
    assert hidden.data.replace(HIDDEN.encode(), MISSING.encode()) == missing.data
    people = noted.client("manager")("GET", "/records/person?note=z")
    assert people.json["items"] == []


def test_hidden_field_is_shown_nowhere(noted: Any) -> None:
    client = noted.client("clerk")
    noted.client("manager")("PATCH", "/records/person/1", {"fields": {"note": "zebra"}})
    for address in (
        "/records/person", "/records/person/1", "/records/person/2?expand=friend&titles=true",
        "/records/person/1/history",
        "/records/person?search=zebra&count=exact", "/types/person", "/openapi.json",
        "/records/person/1?as_of=2026-11-21T10:00:00Z",
    ):  # fmt: skip
        # Each change of any record may carry a note, and a problem of files may be one; neither is a field.
        text = client("GET", address).text.replace('"note":{"type":"object"}', "").replace('["error","warning","note"]', "")
        assert "zebra" not in text and '"note"' not in text, address


def test_search_does_not_look_into_a_hidden_field(noted: Any) -> None:
    noted.client("manager")("PATCH", "/records/person/1", {"fields": {"note": "zebra"}})
    found = noted.client("clerk")("GET", "/records/person?search=zebra&count=exact")
    assert found.data == noted.client("clerk")("GET", "/records/person?search=qqqqq&count=exact").data
    assert len(noted.client("manager")("GET", "/records/person?search=zebra").json["items"]) == 1


def test_all_answers_are_the_same_whatever_the_hidden_value_is(noted: Any) -> None:
    client, manager = noted.client("clerk"), noted.client("manager")
    addresses = [
        "/records/person", "/records/person?sort=-name", "/records/person?filter=record.visits>1",
        "/records/person?count=exact",
        "/records/person/1", "/records/person/2?expand=friend", "/records/person?search=x", "/types/person",
        "/openapi.json",
    ]  # fmt: skip

    def answers() -> list[Any]:
        taken = [client("GET", address).json for address in addresses]
        return [_without_versions(one) for one in taken]

    before = answers()
    manager("PATCH", "/records/person/1", {"fields": {"note": "a very different note"}})
    assert answers() == before


def _without_versions(wire: Any) -> Any:
    if isinstance(wire, dict):
        return {key: _without_versions(one) for key, one in wire.items() if key not in ("version", "updated_by")}
    return [_without_versions(one) for one in wire] if isinstance(wire, list) else wire
