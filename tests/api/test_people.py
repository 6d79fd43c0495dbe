"""Rights of a person through the API: the same as in the engine, and to those without the ability nothing of it exists."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from api_served import Client, serve_site
from people_site import documents

ROOT = "/people/person/1"


@pytest.fixture
def site(database_url: str, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Any]:
    made = serve_site(documents(), {"owner": 1, "clerk": 2, "keeper": 3}, database_url, tmp_path / "files", clock=clock)
    clerk: Client = made.client("clerk")
    clerk.made("person", name="Ana", phone="+8613812345678")
    clerk.made("bill", person=1, amount=3, open=True)
    yield made
    made.engine.close()


def test_a_person_is_looked_after(site: Any) -> None:
    clerk, keeper = site.client("clerk"), site.client("keeper")
    given = clerk("POST", "/records/person/1/consents", {"purpose": "offers", "given": True})
    assert (given.status_code, given.json["purposes"][1]["given"], len(given.json["entries"])) == (200, True, 1)
    assert clerk("GET", "/records/person/1/consents").json == given.json
    assert keeper("POST", f"{ROOT}/restriction", {"reason": "contested"}).json["id"] == 1
    assert keeper("GET", "/people").json["restricted"][0]["reason"] == "contested"
    assert keeper("DELETE", f"{ROOT}/restriction").status_code == keeper("DELETE", f"{ROOT}/restriction").status_code == 204
    sent = keeper("POST", f"{ROOT}/export")
    assert (sent.status_code, sent.mimetype, sent.headers["Cache-Control"]) == (200, "application/zip", "private, no-store")
    assert "records/bill.json" in zipfile.ZipFile(io.BytesIO(sent.data)).namelist()
    plan = keeper("GET", ROOT).json
    assert plan["held"][0]["reason"] == "It is not paid." and plan["restriction"] is None
    refused = keeper("POST", f"{ROOT}/erase", {"confirm": True})
    assert (refused.status_code, refused.json["problems"][0]["code"]) == (409, "held_because")
    assert clerk("PATCH", "/records/bill/1", {"fields": {"open": False}}).status_code == 200
    assert keeper("POST", f"{ROOT}/erase", {"confirm": False}).status_code == 400
    assert keeper("POST", f"{ROOT}/erase", {"confirm": True}).json == {"erased": {"person": 1}, "anonymised": {"bill": 1}}
    assert keeper("GET", ROOT).status_code == 404 and keeper("GET", "/people").json["erased"][0]["id"] == 1
    assert keeper("POST", "/people/retention/person/count").status_code == 404


def test_others_are_refused_and_told_of_none_of_it(site: Any) -> None:
    clerk = site.client("clerk")
    ways = [
        ("GET", "/people", None), ("GET", ROOT, None), ("POST", f"{ROOT}/export", None), ("POST", f"{ROOT}/erase", {"confirm": True}),
        ("POST", f"{ROOT}/restriction", {"reason": ""}), ("DELETE", f"{ROOT}/restriction", None),
        ("POST", "/people/retention/bill/count", None), ("POST", "/people/retention/bill/confirm", {"due": 0}),
    ]  # fmt: skip
    assert [clerk(*way).status_code for way in ways] == [403] * len(ways)
    assert site.client("keeper")("GET", "/records/person/1").status_code == 404  # the ability opens no records
    assert "people" not in str(clerk("GET", "/openapi.json").json["paths"].keys())
    assert "/api/v1/people/{type}/{id}/erase" in site.client("keeper")("GET", "/openapi.json").json["paths"]


def test_what_cannot_be_read_is_refused(site: Any) -> None:
    clerk, keeper = site.client("clerk"), site.client("keeper")
    for wire in ({}, {"purpose": "offers"}, {"purpose": 1, "given": True}, {"purpose": "offers", "given": "yes"}, {"purpose": "offers", "given": True, "more": 1}):
        assert clerk("POST", "/records/person/1/consents", wire).status_code == 400
    assert clerk("POST", "/records/person/1/consents", {"purpose": "service", "given": True}).status_code == 422
    assert keeper("POST", f"{ROOT}/erase", {"confirm": 1}).status_code == keeper("POST", f"{ROOT}/restriction", {"reason": None}).status_code == 400
    for number in ("0", "x", "99999999999999999999"):
        assert keeper("GET", f"/people/person/{number}").status_code == 404
