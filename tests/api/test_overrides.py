"""Reasons, warnings, locks and conflicts over HTTP: their statuses, their places in bodies, and what is not told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from api_served import codes
from api_site import documents
from tests.engine.locked_site import FOLDER, LEDGER, POSTING, TICKET
from tests.engine.suitable_site import DEBT, DISH, GUEST, MEAL

from kartotek.model.actor import Actor

TYPES = {"ticket": TICKET, "folder": FOLDER, "ledger": LEDGER, "posting": POSTING, "guest": GUEST, "debt": DEBT, "dish": DISH, "meal": MEAL}
LARGE = {"name": "a", "size": 11, "note": "n"}


@pytest.fixture
def clerk(served: Any) -> Any:
    files = {f"schemas/{name}.json": json.dumps(one) for name, one in TYPES.items()}
    helper = {"site.yaml": documents()["site.yaml"].replace("roles:\n", "roles:\n  helper: {title: Helper}\n", 1)}
    report = served.engine.apply_documents(documents() | files | helper, by=Actor.system("test"), reason="test")
    assert report.applied and not report.waiting, [one.message for one in report.problems]
    return served.client("clerk")


def test_a_reason_is_asked_for_and_taken(clerk: Any) -> None:
    refused = clerk("POST", "/records/ticket", {"fields": LARGE})
    assert (refused.status_code, codes(refused)) == (422, ["confirm_needed"])
    (found,) = refused.json["problems"]
    assert (found["path"], found["message"], found["params"]["name"]) == ("/fields/size", "That is large", "small")
    made = clerk("POST", "/records/ticket", {"fields": LARGE, "confirm": {"small": "agreed"}})
    assert made.status_code == 201
    changed = clerk("PATCH", f"/records/ticket/{made.json['id']}", {"fields": {"size": 12}})
    assert codes(changed) == ["confirm_needed"]
    changed = clerk("PATCH", f"/records/ticket/{made.json['id']}", {"fields": {"size": 12}, "confirm": {"small": "again"}})
    assert changed.status_code == 200


def test_each_row_of_a_bulk_request_may_carry_reasons(clerk: Any) -> None:
    rows = [{"fields": LARGE, "confirm": {"small": "x"}}, {"fields": LARGE}]
    refused = clerk("POST", "/records/ticket/bulk", {"records": rows})
    assert [(one["path"], one["code"]) for one in refused.json["problems"]] == [("/records/1/fields/size", "confirm_needed")]
    assert clerk("POST", "/records/ticket/bulk", {"records": rows[:1]}).status_code == 200


WRONG: dict[str, tuple[Any, int, str]] = {
    "a text": ("x", 400, "/confirm"), "a list": (["small"], 400, "/confirm"), "a number as reason": ({"small": 1}, 400, "/confirm"),
    "no rule": ({"smal": "x"}, 422, "/confirm/smal"), "no words": ({"small": ""}, 422, "/confirm/small"),
    "too many words": ({"small": "x" * 501}, 422, "/confirm/small"), "a name with a slash": ({"a/b": "x"}, 422, "/confirm/a~1b"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_reason_is_told_with_its_place(clerk: Any, case: tuple[Any, int, str]) -> None:
    confirm, status, path = case
    for method, address in (("POST", "/records/ticket"), ("POST", "/records/ticket/bulk")):
        wire = {"fields": LARGE, "confirm": confirm}
        answer = clerk(method, address, {"records": [wire]} if address.endswith("bulk") else wire)
        assert answer.status_code == status
        assert path in [one["path"].removeprefix("/records/0") for one in answer.json["problems"]]


def test_a_warning_comes_with_the_record_and_again_when_the_request_is_repeated(clerk: Any) -> None:
    head = {"Idempotency-Key": "once"}
    first = clerk("POST", "/records/ticket", {"fields": {"name": "a"}}, headers=head)
    assert first.status_code == 201
    assert [one["code"] for one in first.json["warnings"]] == ["warning"]
    assert clerk("POST", "/records/ticket", {"fields": {"name": "a"}}, headers=head).json == first.json
    assert "warnings" not in clerk("GET", f"/records/ticket/{first.json['id']}").json


def test_another_reason_under_the_same_key_is_another_request(clerk: Any) -> None:
    head = {"Idempotency-Key": "once"}
    clerk("POST", "/records/ticket", {"fields": LARGE, "confirm": {"small": "x"}}, headers=head)
    other = clerk("POST", "/records/ticket", {"fields": LARGE, "confirm": {"small": "y"}}, headers=head)
    assert codes(other) == ["idempotency_key_reused"]


def test_a_frozen_record_is_a_conflict_and_an_entry_forbidden(clerk: Any) -> None:
    ticket = clerk.made("ticket", name="a", note="n", done=True)["id"]
    ledger = clerk.made("ledger", name="l")["id"]
    entry = clerk.made("posting", ledger=ledger, change=1)["id"]
    for method, wire in (("PATCH", {"fields": {"done": False}}), ("DELETE", None)):
        frozen = clerk(method, f"/records/ticket/{ticket}", wire)
        assert (frozen.status_code, codes(frozen)) == (409, ["frozen"])
        added = clerk(method, f"/records/posting/{entry}", wire if wire is None else {"fields": {"change": 5}})
        assert (added.status_code, codes(added)) == (403, ["append_only"])
    assert codes(clerk("DELETE", f"/records/ledger/{ledger}")) == ["append_only"]


def test_conflicts_are_listed_for_those_who_may_know(served: Any, clerk: Any) -> None:
    guest, dish = clerk.made("guest", name="G")["id"], clerk.made("dish", name="d", contains=["nut"])["id"]
    meal = clerk.made("meal", guest=guest, rows=[{"dish": dish}])["id"]
    clerk("PATCH", f"/records/guest/{guest}", {"fields": {"avoids": ["nut"]}})
    served.engine.timers.run_due()
    (item,) = clerk("GET", "/conflicts").json["items"]
    assert (item["type"], item["id"], item["validation"], item["field"]) == ("meal", meal, "suits", "")
    assert clerk("GET", "/conflicts?type=meal&limit=1").json == {"items": [item], "next": None}
    assert clerk("GET", "/conflicts?type=ticket").json["items"] == []
    assert clerk("GET", "/conflicts?type=nothing").status_code == 404
    assert clerk("GET", "/conflicts?limit=0").status_code == 400
    assert clerk("GET", "/conflicts?cursor=x").status_code == 400
    assert clerk("GET", "/conflicts?kind=meal").status_code == 400
    reader = served.client("reader")
    assert reader("GET", "/conflicts").json == {"items": [], "next": None}
    assert reader("GET", "/conflicts?type=meal").status_code == 404
    assert served.client("nobody")("GET", "/conflicts").status_code == 401
