"""Idempotency keys: sent again a request is answered again and done once, even when both come together."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from api_served import codes

KEY = {"Idempotency-Key": "k-1"}


def _count(client: Any) -> int:
    return int(client("GET", "/records/person?count=exact").json["count"])


def test_create_sent_again_is_answered_again_and_done_once(clerk: Any) -> None:
    first, again = (clerk("POST", "/records/person", {"fields": {"name": "Ann"}}, headers=KEY) for _ in range(2))
    assert (again.status_code, again.data, dict(again.headers)) == (201, first.data, dict(first.headers))
    assert _count(clerk) == 1


def test_change_sent_again_is_not_refused_for_its_version(clerk: Any) -> None:
    address = f"/records/person/{clerk.made('person', name='Ann')['id']}"
    headers = {**KEY, "If-Match": '"1"'}
    first, again = (clerk("PATCH", address, {"fields": {"visits": 1}}, headers=headers) for _ in range(2))
    assert (first.status_code, again.data) == (200, first.data)
    assert clerk("GET", address).json["version"] == 2


def test_bulk_restore_and_delete_are_done_once(clerk: Any) -> None:
    wire = {"records": [{"fields": {"name": "Ann"}}]}
    first, again = (clerk("POST", "/records/person/bulk", wire, headers=KEY) for _ in range(2))
    assert first.data == again.data
    address = f"/records/person/{first.json['results'][0]['record']['id']}"
    assert [clerk("DELETE", address, headers={"Idempotency-Key": "d"}).status_code for _ in range(2)] == [204, 204]
    assert [clerk("POST", f"{address}/restore", headers={"Idempotency-Key": "r"}).status_code for _ in range(2)] == [
        200,
        200,
    ]
    assert [one["action"] for one in clerk("GET", f"{address}/history").json["items"]] == [
        "restore",
        "delete",
        "create",
    ]


def test_key_of_another_request_is_refused(clerk: Any) -> None:
    clerk("POST", "/records/person", {"fields": {"name": "Ann"}}, headers=KEY)
    for address, wire in (
        ("/records/person", {"fields": {"name": "Bob"}}),
        ("/records/item", {"fields": {"name": "Ann"}}),
    ):
        answer = clerk("POST", address, wire, headers=KEY)
        assert (answer.status_code, codes(answer)) == (422, ["idempotency_key_reused"])
    assert _count(clerk) == 1


def test_keys_of_two_users_do_not_meet(clerk: Any, served: Any) -> None:
    for client in (clerk, served.client("manager")):
        assert client("POST", "/records/person", {"fields": {"name": "Ann"}}, headers=KEY).status_code == 201
    assert _count(clerk) == 2


def test_refused_request_may_be_corrected_under_its_key(clerk: Any) -> None:
    assert clerk("POST", "/records/person", {"fields": {}}, headers=KEY).status_code == 422
    assert clerk("POST", "/records/person", {"fields": {"name": "Ann"}}, headers=KEY).status_code == 201


def test_duplicates_that_come_together_are_done_once(clerk: Any, served: Any) -> None:
    answers: list[tuple[int, bytes]] = []

    def send() -> None:
        answer = served.client("clerk")("POST", "/records/person", {"fields": {"name": "Ann"}}, headers=KEY)
        answers.append((answer.status_code, answer.data))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} <= {201, 409}
    assert len({body for status, body in answers if status == 201}) == 1
    assert _count(clerk) == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "\xe9", '"', '""'])
def test_strange_key_is_refused(quiet: Any, key: str) -> None:
    answer = quiet.client("clerk")(
        "POST", "/records/person", {"fields": {"name": "Ann"}}, headers={"Idempotency-Key": key}
    )
    assert (answer.status_code, codes(answer)) == (400, ["header"])


def test_quoted_key_is_the_same_as_the_plain_one(clerk: Any) -> None:
    for key in ("k", '"k"'):
        clerk("POST", "/records/person", {"fields": {"name": "Ann"}}, headers={"Idempotency-Key": key})
    assert _count(clerk) == 1
