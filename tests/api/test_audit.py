"""The audit at the API: for those who may know, page by page; what was refused there stands in it, and no secret."""

from __future__ import annotations

from typing import Any

from kartotek.model.audit import AuditQuery


def test_what_was_done_is_read_page_by_page(served: Any) -> None:
    owner, clerk = served.client("owner"), served.client("manager")
    ids = [clerk.made("person", name=f"P{index}")["id"] for index in range(5)]
    answer = owner("GET", f"/audit?type=person&id={ids[0]}").json
    assert [(one["action"], one["by"], one["via"], one["fields"]) for one in answer["items"]] == [("create", 2, "api", ["active", "level", "name"])]
    assert answer["items"][0]["session"].startswith("token:") and answer["next"] is None
    seen, cursor = [], ""
    while cursor is not None:
        page = owner("GET", f"/audit?action=create&limit=2{cursor and '&cursor=' + cursor}").json
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert seen == ids[::-1]
    assert owner("GET", "/audit?user=2&action=create,delete&since=2026-01-01T00:00:00Z").json["items"]
    assert not owner("GET", "/audit?until=2026-01-01T00:00:00Z").json["items"]


def test_what_cannot_be_read_is_said(served: Any) -> None:
    owner = served.client("owner")
    for wrong in ("user=x", "id=5", "cursor=x", "since=soon", "limit=0", "what=x", "user=1&user=2"):
        assert owner("GET", f"/audit?{wrong}").status_code == 400


def test_to_others_it_is_not_there_and_that_they_asked_is(served: Any) -> None:
    for path in ("/audit", "/audit/head"):
        assert served.client("manager")("GET", path).status_code in (403, 404)
        assert served.client("nobody")("GET", path).status_code == 401
    served.client("clerk")("GET", "/records/person/77")
    bad = served.client("nobody")("GET", "/types", headers={"Authorization": "Bearer kt_notatoken"})
    assert bad.status_code == 401
    served.engine.audit.seal()
    rows = served.engine.audit.entries(AuditQuery(actions=("denied", "sign_in_failed")))
    assert {(one.entry.action, one.by, one.entry.type, one.entry.record_id) for one in rows} == {
        ("denied", 2, "", None), ("denied", 3, "person", 77), ("sign_in_failed", -1, "", None),
    }
    assert "notatoken" not in repr(rows)


def test_the_head_is_told_as_a_line_to_keep(served: Any) -> None:
    served.client("manager").made("person", name="Ann")
    head = served.client("owner")("GET", "/audit/head").json
    assert head["line"].endswith(f" {head['seq']} {head['mac']}") and head["seq"] == served.engine.audit.head().seq
