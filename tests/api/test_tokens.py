"""Tokens over HTTP: owners make and end them, a secret is told once."""

from __future__ import annotations

from typing import Any

import pytest

from api_served import codes


def test_token_is_made_used_and_ended(served: Any) -> None:
    owner = served.client("owner")
    made = owner("POST", "/tokens", {"name": "till", "user_id": 3, "expires": "2027-01-01T00:00:00Z"})
    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/tokens/{made.json['id']}"
    headers = {"Authorization": f"Bearer {made.json['secret']}"}
    assert served.client("nobody")("GET", "/records/person", headers=headers).status_code == 200
    listed = owner("GET", "/tokens")
    assert made.json["secret"] not in listed.text
    assert [one["name"] for one in listed.json["items"] if one["id"] == made.json["id"]] == ["till"]
    assert owner("DELETE", f"/tokens/{made.json['id']}").status_code == 204
    refused = served.client("nobody")("GET", "/records/person", headers=headers)
    assert (refused.status_code, 'error="invalid_token"' in refused.headers["WWW-Authenticate"]) == (401, True)


def test_expired_token_is_refused(served: Any) -> None:
    made = served.client("owner")(
        "POST", "/tokens", {"name": "old", "user_id": 3, "expires": "2026-11-21T10:00:00Z"}
    ).json
    headers = {"Authorization": f"Bearer {made['secret']}"}
    assert served.client("nobody")("GET", "/records/person", headers=headers).status_code == 401


@pytest.mark.parametrize("role", ["manager", "clerk", "reader"])
def test_tokens_are_the_owners_affair(shared: Any, role: str) -> None:
    client = shared.client(role)
    assert client("GET", "/tokens").status_code == 403
    assert client("POST", "/tokens", {"name": "x"}).status_code == 403
    assert client("DELETE", "/tokens/1").status_code == 403


REFUSED: dict[str, tuple[Any, int, list[str]]] = {
    "no name": ({}, 400, ["missing_key"]),
    "a name that is no text": ({"name": 5}, 400, ["type"]),
    "an empty name": ({"name": " "}, 422, ["required"]),
    "a long name": ({"name": "x" * 1000}, 422, ["max_length"]),
    "U+0000": ({"name": "a\0"}, 422, ["text_nul"]),
    "nobody's": ({"name": "x", "user_id": 99}, 422, ["no_record"]),
    "a user that is no number": ({"name": "x", "user_id": "3"}, 400, ["type"]),
    "an end that is no moment": ({"name": "x", "expires": "soon"}, 400, ["parameter"]),
    "an unknown key": ({"name": "x", "roles": ["owner"]}, 400, ["unknown_key"]),
}


@pytest.mark.parametrize(("wire", "status", "expected"), REFUSED.values(), ids=REFUSED)
def test_token_is_refused(quiet: Any, wire: Any, status: int, expected: list[str]) -> None:
    answer = quiet.client("owner")("POST", "/tokens", wire)
    assert (answer.status_code, codes(answer)) == (status, expected), answer.text


def test_token_that_is_not_there_is_not_found(quiet: Any) -> None:
    for number in ("99", "x", "0"):
        assert quiet.client("owner")("DELETE", f"/tokens/{number}").status_code == 404


def test_secret_is_not_told_again_under_the_same_key(lite: Any) -> None:
    owner, key = lite.client("owner"), {"Idempotency-Key": "t"}
    before = len(owner("GET", "/tokens").json["items"])
    first, again = (owner("POST", "/tokens", {"name": "x"}, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code, codes(again)) == (201, 409, ["token_exists"])
    assert len(owner("GET", "/tokens").json["items"]) == before + 1
