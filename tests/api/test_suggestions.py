"""Suggestions over the API: proposed, looked at, accepted, refused and taken back by those who may."""

from __future__ import annotations

from typing import Any

import pytest
from api_served import Served

PERSON = "/records/person"


@pytest.fixture
def person(served: Served) -> int:
    made = served.client("manager")("POST", PERSON, {"fields": {"name": "Ann", "motto": "slowly"}})
    assert made.status_code == 201
    return int(made.json["id"])


def _codes(answer: Any) -> list[tuple[str, str]]:
    return [(one["path"], one["code"]) for one in answer.json["problems"]]


def test_proposal_goes_its_way(served: Served, person: int) -> None:
    clerk, manager, path = served.client("clerk"), served.client("manager"), f"{PERSON}/{person}/suggestions"
    made = clerk("POST", path, {"fields": {"motto": "at once"}, "comment": "She said so."})
    assert (made.status_code, manager("GET", f"{PERSON}/{person}").json["fields"]["motto"]) == (201, "slowly")
    (seen,) = manager("GET", f"/suggestions?type=person&record={person}").json["items"]
    assert (seen["was"], seen["now"], seen["may_decide"], seen["comment"]) == ({"motto": "slowly"}, {"motto": "at once"}, True, "She said so.")
    assert [one["mine"] for one in clerk("GET", "/suggestions").json["items"]] == [True]
    assert served.client("reader")("GET", "/suggestions").json["items"] == []
    assert manager("POST", f"/suggestions/{made.json['id']}/accept").status_code == 204
    assert manager("GET", f"{PERSON}/{person}").json["fields"]["motto"] == "at once"
    again = manager("POST", f"/suggestions/{made.json['id']}/refuse", {"reason": "late"})
    assert (again.status_code, _codes(again)) == (409, [("", "suggestion_decided")])


def test_proposal_is_refused_or_taken_back(served: Served, person: int) -> None:
    clerk, manager, path = served.client("clerk"), served.client("manager"), f"{PERSON}/{person}/suggestions"
    first = clerk("POST", path, {"fields": {"motto": "at once"}}).json["id"]
    assert manager("POST", f"/suggestions/{first}/refuse", {"reason": "No."}).status_code == 204
    second = clerk("POST", path, {"unset": ["motto"]}).json["id"]
    assert manager("DELETE", f"/suggestions/{second}").status_code == 404
    assert clerk("DELETE", f"/suggestions/{second}").status_code == 204
    assert manager("GET", "/suggestions").json["items"] == []
    assert manager("GET", f"{PERSON}/{person}").json["fields"]["motto"] == "slowly"


@pytest.mark.parametrize(("body", "status"), [
    ({"fields": []}, 400), ({"fields": {}, "unset": "motto"}, 400), ({"fields": {"motto": "a"}, "comment": 5}, 400), ({"other": 1}, 400),
    ({"fields": {"note": "a"}}, 422), ({"fields": {"name": "Bob"}}, 422), ({"fields": {"motto": "x" * 41}}, 422), ({"fields": {}}, 422),
    ({"fields": {"motto": "a"}, "comment": "x" * 501}, 422),
])  # fmt: skip
def test_what_cannot_be_proposed_is_refused(served: Served, person: int, body: dict[str, Any], status: int) -> None:
    assert served.client("clerk")("POST", f"{PERSON}/{person}/suggestions", body).status_code == status
    assert served.client("manager")("GET", "/suggestions").json["items"] == []


def test_nobody_else_finds_it(served: Served, person: int) -> None:
    made = served.client("clerk")("POST", f"{PERSON}/{person}/suggestions", {"fields": {"motto": "at once"}}).json["id"]
    missing = served.client("reader")("POST", "/suggestions/4000/accept")
    for method, path in (("POST", f"/suggestions/{made}/accept"), ("POST", f"/suggestions/{made}/refuse"), ("DELETE", f"/suggestions/{made}")):
        answer = served.client("reader")(method, path)
        assert (answer.status_code, answer.json["code"]) == (missing.status_code, missing.json["code"]) == (404, "not_found")
