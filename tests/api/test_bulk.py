"""Bulk over HTTP: one transaction, one result a row, matching by a unique field."""

from __future__ import annotations

from typing import Any

import pytest

from api_served import codes


def _names(client: Any) -> list[str]:
    return [one["fields"]["name"] for one in client("GET", "/records/person?sort=meta.id").json["items"]]


def test_many_are_created_and_changed_at_once(clerk: Any) -> None:
    made = clerk.made("person", name="Ann")
    rows = [
        {"fields": {"name": "Bob"}},
        {"id": made["id"], "version": 1, "fields": {"name": "Anna"}},
        {"id": made["id"], "fields": {}},
    ]
    results = clerk("POST", "/records/person/bulk", {"records": rows}).json["results"]
    assert [one["status"] for one in results] == ["created", "updated", "unchanged"]
    assert [one["record"]["fields"]["name"] for one in results] == ["Bob", "Anna", "Anna"]
    assert _names(clerk) == ["Anna", "Bob"]


def test_one_bad_row_stops_all(clerk: Any) -> None:
    rows = [{"fields": {"name": "Bob"}}, {"fields": {"name": ""}}, {"fields": {"name": "C", "x": 1}}]
    answer = clerk("POST", "/records/person/bulk", {"records": rows})
    assert answer.status_code == 422
    assert [(one["path"], one["code"]) for one in answer.json["problems"]] == [
        ("/records/1/fields/name", "min_length"), ("/records/2/fields/x", "unknown_field"),
    ]  # fmt: skip
    assert _names(clerk) == []


def test_good_rows_are_kept_where_that_is_asked_for(clerk: Any) -> None:
    taken = clerk.made("person", name="Ann", email="a@example.org")
    rows = [
        {"fields": {"name": "Bob"}},
        {"fields": {}},
        {"fields": {"name": "C", "email": "a@example.org"}},
        {"id": taken["id"], "version": 7, "fields": {"name": "D"}},
        {"id": 999, "fields": {"name": "E"}},
    ]
    results = clerk("POST", "/records/person/bulk?partial=true", {"records": rows}).json["results"]
    assert [one["status"] for one in results] == ["created", "invalid", "conflict", "conflict", "not_found"]
    assert [[p["code"] for p in one.get("problems", [])] for one in results[1:4]] == [
        ["required"],
        ["unique"],
        ["version"],
    ]
    assert _names(clerk) == ["Ann", "Bob"]


def test_rows_are_matched_by_a_unique_field(clerk: Any) -> None:
    clerk.made("person", name="Ann", email="a@example.org")
    rows = [
        {"fields": {"name": "Anna", "email": "a@example.org"}},
        {"fields": {"name": "Bob", "email": "b@example.org"}},
    ]
    for expected in (["updated", "created"], ["unchanged", "unchanged"]):
        results = clerk("POST", "/records/person/bulk?on=email", {"records": rows}).json["results"]
        assert [one["status"] for one in results] == expected
    assert _names(clerk) == ["Anna", "Bob"]


REFUSED: dict[str, tuple[str, Any, int, list[str]]] = {
    "no records": ("", {}, 400, ["missing_key"]),
    "records that are no list": ("", {"records": {}}, 400, ["type"]),
    "a row that is no object": ("", {"records": [1]}, 400, ["type"]),
    "a row with an unknown key": ("", {"records": [{"field": {}}]}, 400, ["unknown_key"]),
    "a row with a strange id": ("", {"records": [{"id": "1", "fields": {}}]}, 400, ["type"]),
    "partial that is no truth": ("?partial=1", {"records": []}, 400, ["parameter"]),
    "on nothing": ("?on=", {"records": []}, 400, ["missing_parameter"]),
    "on a field that is not there": ("?on=x", {"records": [{"fields": {"name": "A"}}]}, 400, ["unknown_field"]),
    "on a field that is not unique": ("?on=name", {"records": [{"fields": {"name": "A"}}]}, 400, ["not_unique"]),
    "without a value to match": ("?on=email", {"records": [{"fields": {"name": "A"}}]}, 422, ["required"]),
    "too many": ("", {"records": [{"fields": {"name": "A"}}] * 1001}, 413, ["too_many_rows"]),
}


@pytest.mark.parametrize(("address", "wire", "status", "expected"), REFUSED.values(), ids=REFUSED)
def test_bulk_is_refused(shared: Any, address: str, wire: Any, status: int, expected: list[str]) -> None:
    client = shared.client("clerk")
    answer = client("POST", f"/records/person/bulk{address}", wire)
    assert (answer.status_code, codes(answer)) == (status, expected), answer.text
    assert _names(client) == []


def test_a_thousand_are_taken(clerk: Any) -> None:
    rows = [{"fields": {"name": f"P{number}", "email": f"p{number}@example.org"}} for number in range(1000)]
    answer = clerk("POST", "/records/person/bulk", {"records": rows})
    assert answer.status_code == 200
    assert [one["record"]["fields"]["name"] for one in answer.json["results"]] == [
        row["fields"]["name"] for row in rows
    ]


def test_none_are_taken_too(clerk: Any) -> None:
    assert clerk("POST", "/records/person/bulk", {"records": []}).json == {"results": []}
