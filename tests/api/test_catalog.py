"""The catalog over the API: what is in service, what files would do, having it done, and who may."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from api_site import PERSON

PATHS = (
    ("GET", "/catalog"), ("GET", "/catalog/versions"), ("GET", "/catalog/versions/1"), ("POST", "/catalog/plan"),
    ("POST", "/catalog/apply"), ("GET", "/catalog/change"), ("GET", "/catalog/kept"),
)


def files(site: Any, *gone: str, **more: Any) -> dict[str, str]:
    """The files in service with a person without some fields and with others."""
    person: dict[str, Any] = copy.deepcopy(PERSON)
    person["properties"] = {name: one for name, one in (person["properties"] | more).items() if name not in gone}
    return {**site.engine.catalog().documents, "schemas/person.json": json.dumps(person)}


def folder(site: Any, documents: dict[str, str]) -> None:
    """Has the site's folder hold these files."""
    site.engine.plans._read = lambda: documents


def codes(answer: Any) -> list[str]:
    return [one["code"] for one in answer.json["problems"]]


def test_only_owners_may(quiet: Any) -> None:
    for method, path in PATHS:
        sent = {"plan": "x"} if path.endswith("apply") else None
        for role in ("clerk", "manager", "reader"):
            answer = quiet.client(role)(method, path, sent)
            assert (answer.status_code, answer.json["code"]) == (403, "forbidden"), path


def test_a_plan_is_made_and_applied_by_the_background_work(served: Any) -> None:
    owner = served.client("owner")
    served.client("clerk").made("person", name="Ann", remark="tall")
    folder(served, files(served, "remark", nick={"type": "string"}))
    plan = owner("POST", "/catalog/plan").json
    assert [(one["action"], one["verdict"]) for one in plan["steps"]] == [("add_field", "safe"), ("remove_field", "confirm")]
    assert (plan["confirm"], plan["verdict"], plan["base"]) == (["person.remark"], "confirm", 1)
    wanted = {"plan": plan["hash"], "confirm": plan["confirm"], "reason": "nobody reads it"}
    asked = owner("POST", "/catalog/apply", wanted, headers={"Idempotency-Key": "a"})
    assert (asked.status_code, asked.headers["Location"]) == (202, "/api/v1/catalog/change")
    assert (asked.json["status"], asked.json["version"]) == ("accepted", None)
    assert owner("GET", "/readyz").json["change"] == {"status": "accepted", "done": 0, "total": 0}
    served.engine.plans.run_due()
    done = owner("GET", "/catalog/change").json["change"]
    assert (done["status"], done["version"], done["reason"], done["error"]) == ("applied", 2, "nobody reads it", None)
    assert done["backup"].startswith("/") and owner("GET", "/readyz").json["change"] is None
    again = owner("POST", "/catalog/apply", wanted, headers={"Idempotency-Key": "a"})
    assert (again.status_code, again.json) == (202, done)
    assert [one["name"] for one in owner("GET", "/catalog/kept").json["items"]] == ["person.remark"]


def test_what_is_in_service_and_what_was_is_shown(served: Any) -> None:
    owner = served.client("owner")
    shown = owner("GET", "/catalog").json
    catalog = served.engine.catalog()
    assert shown == {"version": 1, "hash": catalog.hash, "documents": dict(catalog.documents)}
    assert owner("GET", "/catalog/change").json == {"change": None}
    wanted = files(served, nick={"type": "string"})
    folder(served, wanted)
    owner("POST", "/catalog/apply", {"plan": owner("POST", "/catalog/plan").json["hash"]})
    served.engine.plans.run_due()
    listed = owner("GET", "/catalog/versions").json["items"]
    assert [one["version"] for one in listed] == [2, 1] and "documents" not in listed[0]
    assert [one["version"] for one in owner("GET", "/catalog/versions?before=2&limit=1").json["items"]] == [1]
    one = owner("GET", "/catalog/versions/2?from=1").json
    assert one["documents"] == wanted and [step["action"] for step in one["plan"]["steps"]] == ["add_field"]
    back = owner("POST", "/catalog/plan", {"version": 1}).json
    assert [(step["action"], step["verdict"]) for step in back["steps"]] == [("remove_field", "confirm")]


def test_what_moved_is_refused_or_not_confirmed_is_told_by_code(served: Any) -> None:
    owner = served.client("owner")
    folder(served, files(served, "remark"))
    hash = owner("POST", "/catalog/plan").json["hash"]
    moved = owner("POST", "/catalog/apply", {"plan": "000000000000"})
    assert (moved.status_code, codes(moved), moved.json["problems"][0]["params"]) == (409, ["plan_moved"], {"plan": hash})
    missing = owner("POST", "/catalog/apply", {"plan": hash, "confirm": ["person"]})
    assert (missing.status_code, codes(missing)) == (422, ["plan_unconfirmed"])
    folder(served, files(served) | {"schemas/person.json": "{"})
    broken = owner("POST", "/catalog/plan")
    assert broken.status_code == 200 and broken.json["hash"] == ""
    assert broken.json["problems"][0]["place"] == {"file": "schemas/person.json", "line": 1, "column": 2}
    assert owner("POST", "/catalog/apply", {"plan": hash}).status_code == 422
    assert served.engine.catalog().version == 1


@pytest.mark.parametrize(
    "path, sent",
    [
        ("plan", {"answers": []}), ("plan", {"answers": {"x": {}}}), ("plan", {"answers": {"options": {"a.b": {"x": []}}}}),
        ("plan", {"answers": {"options": {"a.b": "x"}}}), ("plan", {"documents": []}), ("plan", {"documents": {"a": 1}}),
        ("plan", {"version": "1"}), ("plan", {"version": 0}), ("plan", {"version": True}), ("plan", {"sql": 1}), ("plan", []),
        ("plan", {"hash": "x"}), ("apply", {}), ("apply", {"plan": 1}), ("apply", {"plan": "x", "confirm": "person.remark"}),
        ("apply", {"plan": "x", "confirm": [1]}), ("apply", {"plan": "x", "reason": 1}),
        ("apply", {"plan": "x", "version": 1, "answers": {}}), ("plan?x=1", {}),
    ],
)
def test_what_cannot_be_read_is_refused_as_such(quiet: Any, path: str, sent: Any) -> None:
    answer = quiet.client("owner")("POST", f"/catalog/{path}", sent)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed"), answer.json


def test_what_is_not_there_is_not_found(quiet: Any) -> None:
    owner = quiet.client("owner")
    for path in ("versions/99", "versions/0", "versions/x", "versions/1?from=99"):
        assert owner("GET", f"/catalog/{path}").status_code == 404, path
    assert owner("POST", "/catalog/plan", {"version": 99}).status_code == 404


def test_a_folder_that_cannot_be_read_is_told(quiet: Any) -> None:
    answer = quiet.client("owner")("POST", "/catalog/plan")
    assert (answer.status_code, codes(answer)) == (409, ["unreadable_folder"])


def test_documents_that_are_sent_are_planned_and_not_applied(quiet: Any) -> None:
    owner = quiet.client("owner")
    plan = owner("POST", "/catalog/plan", {"documents": files(quiet, "remark")}).json
    assert plan["confirm"] == ["person.remark"]
    assert owner("GET", "/catalog").json["version"] == 1


def test_readiness_tells_places_and_codes_and_no_words(lite: Any) -> None:
    broken = files(lite) | {"schemas/person.json": '{"title": "Person",\n "propertys": {}, "x-record": {}}'}
    lite.engine.apply_documents(broken, by=lite.engine.users.actor(1), reason="edited")
    told = lite.client("nobody")("GET", "/readyz").json["problems"]
    assert {"place": "schemas/person.json:2:2", "code": "unknown_key", "severity": "error"} in told
    assert all(set(one) == {"place", "code", "severity"} for one in told)
