"""Levels and opened records over HTTP: what answers look like, that the description fits them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from api_served import Client, Served, application, codes
from jsonschema import Draft202012Validator
from levelled_site import CLERK, EYE, FRONT, HELPER, VALUES, opened

from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor
from kartotek.storage.database import Database


@pytest.fixture
def levelled(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Served]:
    """The site with levels, served, with two folders."""
    engine = opened(lambda: Engine(Database.open(f"sqlite:///{tmp_path}/r.db"), files=tmp_path / "files", secret=b"s" * 32, clock=clock))
    tokens = {one.name: engine.tokens.add(Actor.system("tests"), one.name, user_id=one.id)[1] for one in (CLERK, HELPER, FRONT, EYE)}
    for fields in (VALUES, {"name": "n", "grade": 1}):
        engine.create(CLERK, "folder", fields)
    yield Served(engine, application(engine), tokens)
    engine.close()


def described(client: Client) -> Any:
    """A function that says what of an answer does not fit the caller's own description."""
    document = client("GET", "/openapi.json").json

    def wrong(schema: str, wire: Any) -> list[str]:
        validator = Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": document["components"]})
        return [error.message for error in validator.iter_errors(wire)]

    return document, wrong


@pytest.mark.parametrize("who", ["Clara", "Hugo", "Fred", "Eva"])
def test_answers_fit_what_their_reader_is_told_of_them(levelled: Served, who: str) -> None:
    client = levelled.client(who)
    _, wrong = described(client)
    for address, schema in (("/records/folder", "folder_page"), ("/records/folder/1", "folder_record"), ("/records/folder?fields=phone,grade", "folder_page")):
        answer = client("GET", address)
        assert answer.status_code == 200 and not wrong(schema, answer.json), (address, answer.json)


def test_a_masked_value_leaves_the_server_masked(levelled: Served) -> None:
    client = levelled.client("Fred")
    for address in ("/records/folder", "/records/folder/1", "/records/folder/1/history", "/records/folder/1?as_of=2026-11-21T10:00:00Z",
                    "/records/folder?fields=phone,mail,born,name", "/types/folder", "/openapi.json", "/search?q=13812345678", "/records/folder/export"):
        answer = client("GET", address)
        for secret in ("13812345678", "ming@", "1985-03-04", "王小明", "12.50"):
            assert secret not in answer.get_data(as_text=True).replace("q=13812345678", ""), (address, secret)
    answer = client("GET", "/records/folder/export?fields=phone")
    missing = client("GET", "/records/folder/export?fields=nothing")
    assert (answer.status_code, answer.json["title"].replace("phone", "nothing")) == (missing.status_code, missing.json["title"])


def test_bulk_and_imports_refuse_what_is_masked_like_what_is_not_there(levelled: Served) -> None:
    client = levelled.client("Fred")
    told = [codes_of(client("POST", "/records/folder/bulk", {"records": [{"id": 1, "fields": {name: "x"}}]})) for name in ("phone", "nothing")]
    assert told[0] == told[1] and told[0]
    found = [client("POST", "/records/folder/bulk", {"records": [{"key": {name: "+8613812345678"}, "fields": {"grade": 2}}]}) for name in ("phone", "nothing")]
    assert found[0].status_code == found[1].status_code and found[0].get_data(as_text=True).replace("phone", "nothing") == found[1].get_data(as_text=True)


def codes_of(answer: Any) -> list[str]:
    """The codes of all problems anywhere in an answer."""
    rows = answer.json.get("items", []) if isinstance(answer.json, dict) else []
    return codes(answer) or [one["code"] for row in rows for one in row.get("problems", [])]


def test_a_record_is_opened_with_a_reason_and_closed(levelled: Served) -> None:
    client = levelled.client("Hugo")
    document, _ = described(client)
    address = "/records/folder/1/break-glass"
    assert "/api/v1/records/folder/{id}/break-glass" in document["paths"]
    assert not any("break-glass" in one for one in described(levelled.client("Fred"))[0]["paths"])
    assert codes(client("POST", address, {"reason": " "})) == ["required"] and client("POST", address, {"reason": 3}).status_code == 400
    assert client("POST", address, {}).status_code == 400 and client("POST", "/records/folder/9/break-glass", {"reason": "because"}).status_code == 404
    assert codes(levelled.client("Fred")("POST", address, {"reason": "because"})) == ["glass_forbidden"]
    opening = client("POST", address, {"reason": "He fainted"})
    assert (opening.status_code, opening.json) == (200, {"until": "2026-11-21T10:30:00Z", "as": "clerk"})
    shown = client("GET", "/records/folder/1").json
    assert shown["fields"]["amount"] == "12.50" and not described(client)[1]("folder_record", shown)
    inbox = levelled.client("Eva")("GET", "/inbox").json
    assert inbox["items"][0]["opening"]["reason"] == "He fainted" and not described(levelled.client("Eva"))[1]("kartotek.inbox", inbox)
    assert client("DELETE", address).status_code == 204
    assert "amount" not in client("GET", "/records/folder/1").json["fields"]
