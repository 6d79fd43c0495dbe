"""Transitions over HTTP: what can be done now, doing it, and every way of doing it wrong."""

from __future__ import annotations

from typing import Any

import pytest
from api_served import Client, Served, codes


@pytest.fixture
def task(clerk: Client) -> dict[str, Any]:
    """A task that may be started."""
    return clerk.made("task", title="T", effort=5)


def _at(task: dict[str, Any], rest: str = "") -> str:
    return f"/records/task/{task['id']}/transitions{rest}"


def test_a_task_goes_its_way(served: Served, clerk: Client, task: dict[str, Any]) -> None:
    started = clerk("POST", _at(task, "/start"), {"fields": {"reason": "now"}, "comment": "go"})
    assert (started.status_code, started.json["state"], started.headers["ETag"]) == (200, "started", '"2"')
    assert started.json["fields"] == {"title": "T", "effort": 5, "reason": "now", "status": "started"}
    history = clerk("GET", f"/records/task/{task['id']}/history").json["items"][0]
    assert (history["action"], history["transition"], history["comment"]) == ("transition", "start", "go")
    done = served.client("manager")("POST", _at(task, "/finish"))
    assert (done.status_code, done.json["state"]) == (200, "done")


def test_the_list_says_what_and_why_not(clerk: Client, served: Served) -> None:
    task = clerk.made("task", title="T", effort=0)
    items = clerk("GET", _at(task)).json["items"]
    assert [(one["name"], one["allowed"], one["timer"]) for one in items] == [("start", False, False), ("expire", False, True)]
    assert items[0]["blockers"] == [{
        "path": "", "code": "guard", "message": "Say how much it takes",
        "params": {"name": "start", "sentence": "Say how much it takes"},
    }]
    assert (items[0]["fields"], items[0]["require"], items[0]["to_title"]) == (["effort", "reason"], ["effort"], "Started")
    assert served.client("reader")("GET", _at(task)).json["items"][0]["blockers"][0]["code"] == "transition_forbidden"


@pytest.mark.parametrize(
    ("rest", "wire", "status", "expected"),
    [
        ("/start", {"fields": {"title": "X"}}, 422, ["not_asked"]),
        ("/start", {"fields": {"effort": -1}}, 422, ["minimum"]),
        ("/start", {"fields": {"effort": 0}}, 409, ["guard"]),
        ("/start", {"unset": ["effort"]}, 422, ["required"]),
        ("/start", {"fields": []}, 400, ["type"]),
        ("/start", {"comment": 5}, 400, ["type"]),
        ("/start", {"comment": None}, 400, ["type"]),
        ("/start", {"confirm": {"a": 1}}, 400, ["type"]),
        ("/start", {"confirm": {"a": "b"}}, 422, ["unknown_key"]),
        ("/start", {"state": "done"}, 400, ["unknown_key"]),
        ("/start", {"version": 7}, 409, ["version"]),
        ("/finish", {}, 409, ["wrong_state"]),
        ("/expire", {}, 403, ["transition_forbidden"]),
        ("/nothing", {}, 404, []),
        ("/start/more", {}, 404, []),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(
    clerk: Client, task: dict[str, Any], rest: str, wire: dict[str, Any], status: int, expected: list[str]
) -> None:
    answer = clerk("POST", _at(task, rest), wire)
    assert (answer.status_code, codes(answer)) == (status, expected), answer.text
    assert clerk("GET", f"/records/task/{task['id']}").json == task


def test_if_match_names_the_version(clerk: Client, task: dict[str, Any]) -> None:
    assert clerk("POST", _at(task, "/start"), headers={"If-Match": '"3"'}).status_code == 412
    assert clerk("POST", _at(task, "/start"), headers={"If-Match": '"1"'}).status_code == 200


def test_a_repeated_request_is_answered_again(clerk: Client, task: dict[str, Any]) -> None:
    first, again = (clerk("POST", _at(task, "/start"), {}, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, first.json) == (again.status_code, again.json)
    other = clerk("POST", _at(task, "/start"), {"comment": "x"}, headers={"Idempotency-Key": "k"})
    assert (other.status_code, codes(other)) == (422, ["idempotency_key_reused"])


def test_hidden_and_missing_look_alike(clerk: Client, served: Served) -> None:
    hidden = clerk.made("task", title="T", effort=500)
    reader, nobody = served.client("reader"), served.client("nobody")
    for method, rest in (("GET", ""), ("POST", "/start"), ("POST", "/finish"), ("POST", "/nothing")):
        wire = {"fields": {"cost": 1}} if method == "POST" else None
        found, missing = (reader(method, f"/records/task/{id}/transitions{rest}", wire) for id in (hidden["id"], 99999))
        assert (found.status_code, found.data) == (missing.status_code, missing.data) == (404, missing.data)
        assert nobody(method, _at(hidden, rest), wire).status_code == 401
    answers = [reader("POST", f"/records/{name}/1/transitions/start", {}) for name in ("secret", "item", "nothing")]
    assert len({(one.status_code, one.data) for one in answers}) == 1


def test_a_type_without_workflow_has_no_transitions(clerk: Client) -> None:
    person = clerk.made("person", name="Ann")
    assert clerk("GET", f"/records/person/{person['id']}/transitions").json == {"items": []}
    assert clerk("POST", f"/records/person/{person['id']}/transitions/start", {}).status_code == 404


def test_a_locked_state_refuses_changes(clerk: Client, task: dict[str, Any]) -> None:
    clerk("POST", _at(task, "/start"), {})
    refused = clerk("PATCH", f"/records/task/{task['id']}", {"fields": {"title": "X"}})
    assert (refused.status_code, codes(refused)) == (403, ["state_locked"])


def test_the_state_is_set_by_no_other_door(clerk: Client, task: dict[str, Any]) -> None:
    address = f"/records/task/{task['id']}"
    for answer in (
        clerk("PATCH", address, {"fields": {"status": "done"}}),
        clerk("POST", "/records/task", {"fields": {"title": "T", "status": "done"}}),
        clerk("POST", "/records/task/bulk", {"records": [{"id": task["id"], "fields": {"status": "done"}}]}),
    ):
        assert (answer.status_code, codes(answer)) == (422, ["read_only"])
    for method, wire in (("PATCH", {"state": "done"}), ("PATCH", {"fields": {"state": "done"}})):
        assert clerk(method, address, wire).status_code in (400, 422)
    bulk = clerk("POST", "/records/task/bulk", {"records": [{"fields": {"title": "T"}, "state": "done"}]})
    assert (bulk.status_code, codes(bulk)) == (400, ["unknown_key"])
    assert clerk("GET", address).json == task


def test_the_type_tells_its_states(clerk: Client) -> None:
    told = clerk("GET", "/types/task").json["workflow"]
    assert told["field"] == "status"
    assert [(one["name"], one["title"], one["editable"]) for one in told["states"]] == [
        ("open", "Open", True), ("started", "Started", False), ("done", "Done", True),
    ]


def test_effects_are_done_and_seen(clerk: Client, served: Served) -> None:
    task = clerk.made("task", title="T", effort=20)
    clerk("POST", _at(task, "/start"), {})
    assert served.client("manager")("POST", _at(task, "/finish"), {"fields": {"cost": 3}}).status_code == 200
    later = clerk("GET", f"/records/task?before={task['id']}").json["items"]
    assert [(one["fields"]["title"], one["state"]) for one in later] == [("after T", "open")]
