"""Records over HTTP: what is answered with which status, entity tags, history, the trash."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from api_served import codes


def test_record_is_created_read_changed_deleted_and_restored(clerk: Any) -> None:
    created = clerk("POST", "/records/person", {"fields": {"name": "李雷", "balance": "12.50"}})
    assert (created.status_code, created.headers["ETag"]) == (201, '"1"')
    address = created.headers["Location"]
    assert address == f"/api/v1/records/person/{created.json['id']}"
    assert created.json["fields"] == {"name": "李雷", "balance": "12.50", "level": "low", "active": True}
    assert clerk("GET", address).json == created.json

    changed = clerk("PATCH", address, {"fields": {"visits": 3}, "unset": ["balance"]}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json["fields"] == {"name": "李雷", "visits": 3, "level": "low", "active": True}

    deleted = clerk("DELETE", address, headers={"If-Match": '"2"'})
    assert (deleted.status_code, deleted.data, "Content-Type" in deleted.headers) == (204, b"", False)
    assert clerk("GET", address).status_code == 404
    assert clerk("GET", f"{address}?trash=true").json["deleted_at"]

    restored = clerk("POST", f"{address}/restore")
    assert restored.status_code == 200
    assert clerk("GET", address).json == restored.json
    actions = [one["action"] for one in clerk("GET", f"{address}/history").json["items"]]
    assert actions == ["restore", "delete", "update", "create"]


@pytest.fixture(scope="module")
def sharing(shared: Any) -> Any:
    """A clerk of a site that tests share."""
    return shared.client("clerk")


@pytest.fixture(scope="module")
def clerk_with_ann(sharing: Any) -> Any:
    """Ann is person 1, and nobody succeeds in changing that."""
    assert sharing.made("person", name="Ann", email="ann@example.org")["id"] == 1
    return sharing


# method, address, body → status, codes of the problems
REFUSED: dict[str, tuple[str, str, Any, int, list[str]]] = {
    "an unknown field": ("POST", "/records/person", {"fields": {"name": "A", "x": 1}}, 422, ["unknown_field"]),
    "a missing field": ("POST", "/records/person", {"fields": {}}, 422, ["required"]),
    "a wrong value": ("POST", "/records/person", {"fields": {"name": 5}}, 422, ["type"]),
    "an unknown key": ("POST", "/records/person", {"fields": {"name": "A"}, "id": 7}, 400, ["unknown_key"]),
    "no fields": ("POST", "/records/person", {}, 400, ["missing_key"]),
    "fields that are no object": ("POST", "/records/person", {"fields": []}, 400, ["type"]),
    "a body that is no object": ("POST", "/records/person", [], 400, ["type"]),
    "an unknown parameter": ("POST", "/records/person?x=1", {"fields": {"name": "A"}}, 400, ["unknown_parameter"]),
    "a derived field": ("POST", "/records/order", {"fields": {"person": 1, "total": "5.00"}}, 422, ["read_only"]),
    "a drawn number": ("POST", "/records/order", {"fields": {"person": 1, "number": "O-9"}}, 422, ["read_only"]),
    "no such reference": ("POST", "/records/order", {"fields": {"person": 99}}, 422, ["no_record"]),
    "a taken value": (
        "POST",
        "/records/person",
        {"fields": {"name": "B", "email": "ann@example.org"}},
        409,
        ["unique"],
    ),
    "no such record to change": ("PATCH", "/records/person/99", {"fields": {"name": "A"}}, 404, []),
    "null where there must be a value": ("PATCH", "/records/person/1", {"fields": {"name": None}}, 422, ["required"]),
    "unset where there must be a value": ("PATCH", "/records/person/1", {"unset": ["name"]}, 422, ["required"]),
    "unset that is no list": ("PATCH", "/records/person/1", {"unset": "name"}, 400, ["type"]),
    "unset of no name": ("PATCH", "/records/person/1", {"unset": [1]}, 400, ["type"]),
    "version that is true": ("PATCH", "/records/person/1", {"version": True}, 400, ["type"]),
    "version 0": ("PATCH", "/records/person/1", {"version": 0}, 400, ["type"]),
    "version 1.5": ("PATCH", "/records/person/1", {"version": 1.5}, 400, ["type"]),
    "version 9.0": ("PATCH", "/records/person/1", {"version": 9.0}, 409, ["version"]),
    "a version without end": ("PATCH", "/records/person/1", {"version": 10**299}, 400, ["type"]),
    "a stale version": ("PATCH", "/records/person/1", {"fields": {"visits": 1}, "version": 9}, 409, ["version"]),
    "a field to sort by that is not there": ("GET", "/records/person?sort=x", None, 400, ["unknown_field"]),
    "a formula that does not parse": ("GET", "/records/person?filter=record.", None, 400, ["formula"]),
    "a formula that is no condition": ("GET", "/records/person?filter=record.name", None, 400, ["formula"]),
    "a text that is no value": ("GET", "/records/person?visits=x", None, 400, ["filter_value"]),
    "a cursor of nobody": ("GET", "/records/person?cursor=abc", None, 400, []),
    "restoring what is not deleted": ("POST", "/records/person/1/restore", None, 409, ["state"]),
    "restoring with a body": ("POST", "/records/person/1/restore", {"x": 1}, 400, ["unknown_key"]),
    "an unknown parameter of one": ("GET", "/records/person/1?filter=x", None, 400, ["unknown_parameter"]),
    "a moment that is none": ("GET", "/records/person/1?as_of=today", None, 400, ["parameter"]),
    "before there was a record": ("GET", "/records/person/1?as_of=2001-01-01T00:00:00Z", None, 404, []),
}


@pytest.mark.parametrize(("method", "address", "wire", "status", "expected"), REFUSED.values(), ids=REFUSED)
def test_request_is_refused(
    clerk_with_ann: Any, method: str, address: str, wire: Any, status: int, expected: list[str]
) -> None:
    answer = clerk_with_ann(method, address, wire)
    assert (answer.status_code, codes(answer)) == (status, expected), answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status


BODIES = {
    "broken": (b'{"fields": {"name": "A",}}', "application/json", 400, ["json"]),
    "empty": (b"", "application/json", 400, ["json"]),
    "not UTF-8": (b'{"fields": {"name": "\xff"}}', "application/json", 400, ["encoding"]),
    "a key twice": (b'{"fields": {"name": "A", "name": "B"}}', "application/json", 400, ["duplicate_key"]),
    "NaN": (b'{"fields": {"name": "A", "score": NaN}}', "application/json", 400, ["not_a_number"]),
    "5000 digits": (
        b'{"fields": {"name": "A", "visits": ' + b"9" * 5000 + b"}}",
        "application/json",
        400,
        ["number_range"],
    ),
    "300 digits": (b'{"fields": {"name": "A", "born": ' + b"9" * 300 + b"}}", "application/json", 422, ["type"]),
    "too deep": (b'{"fields": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400, ["depth"]),
    "a lone surrogate": (b'{"fields": {"name": "\\ud800"}}', "application/json", 422, ["text_nul"]),
    "U+0000": (b'{"fields": {"name": "a\\u0000b"}}', "application/json", 422, ["text_nul"]),
    "a lone surrogate in a name": (
        b'{"fields": {"name": "A", "\\ud800": 1}}',
        "application/json",
        422,
        ["unknown_field"],
    ),
    "a form": (b"name=A", "application/x-www-form-urlencoded", 415, []),
    "no media type": (b'{"fields": {"name": "A"}}', None, 415, []),
}


@pytest.mark.parametrize(("raw", "media", "status", "expected"), BODIES.values(), ids=BODIES)
def test_odd_body_is_refused(sharing: Any, raw: bytes, media: str | None, status: int, expected: list[str]) -> None:
    answer = sharing("POST", "/records/person", data=raw, content_type=media)
    assert (answer.status_code, codes(answer)) == (status, expected), answer.text


def test_unsupported_media_names_what_is_read(sharing: Any) -> None:
    answer = sharing("POST", "/records/person", data=b"name=A", content_type="text/plain")
    assert answer.headers["Accept-Post"] == "application/json"


def test_body_over_the_limit_is_refused(sharing: Any, shared: Any) -> None:
    limit = shared.engine.catalog().settings.limits.body
    answer = sharing("POST", "/records/person", data=b" " * (limit + 1), content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_integer_over_64_bit_comes_back_as_it_was(clerk: Any) -> None:
    made = clerk.made("person", name="Ann", visits=2**70)
    assert clerk("GET", f"/records/person/{made['id']}").json["fields"]["visits"] == 2**70
    listed = clerk("GET", "/records/person").json["items"][0]["fields"]
    assert listed["visits"] == 2**70


# If-Match of a change to version 1 → status
MATCHES = {
    '"1"': 200, '"2"': 412, 'W/"1"': 412, "*": 200, '"7", "1"': 200, '"7", "8"': 412, '"abc"': 412, "1": 400, '"1': 400,
    'W/"1", "1"': 200, "": 400,
}  # fmt: skip


@pytest.mark.parametrize(("header", "status"), MATCHES.items())
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_if_match_is_held_to(sharing: Any, method: str, header: str, status: int) -> None:
    made = sharing.made("person", name="Bob")
    wire = {"fields": {"visits": 1}} if method == "PATCH" else None
    answer = sharing(method, f"/records/person/{made['id']}", wire, headers={"If-Match": header})
    assert answer.status_code == (204 if (method, status) == ("DELETE", 200) else status), answer.text


@pytest.mark.parametrize("header", ['"1"', 'W/"1"', '"1", "2"', "*"])
def test_if_match_of_a_record_that_is_not_there_is_not_found(sharing: Any, header: str) -> None:
    answer = sharing("PATCH", "/records/person/99", {"fields": {"visits": 1}}, headers={"If-Match": header})
    assert answer.status_code == 404


def test_body_and_header_may_not_name_different_versions(sharing: Any) -> None:
    made = sharing.made("person", name="Bob")
    wire = {"fields": {"visits": 1}, "version": 2}
    assert sharing("PATCH", f"/records/person/{made['id']}", wire, headers={"If-Match": '"1"'}).status_code == 400


def test_of_two_who_change_the_same_version_one_is_told(served: Any, clerk: Any) -> None:
    address = f"/records/person/{clerk.made('person', name='Ann')['id']}"
    statuses: list[int] = []

    def change(number: int) -> None:
        client = served.client("clerk")
        wire = {"fields": {"visits": number}}
        statuses.append(client("PATCH", address, wire, headers={"If-Match": '"1"'}).status_code)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412, 412, 412]
    assert clerk("GET", address).json["version"] == 2


def test_history_tells_what_changed_and_only_that(clerk: Any) -> None:
    address = f"/records/person/{clerk.made('person', name='Ann')['id']}"
    clerk("PATCH", address, {"fields": {"name": "Anna", "visits": 1}})
    newest, oldest = clerk("GET", f"{address}/history").json["items"]
    assert {one["field"]: (one.get("was"), one.get("now")) for one in newest["changes"]} == {
        "name": ("Ann", "Anna"), "visits": (None, 1),
    }  # fmt: skip
    assert (newest["by"], newest["by_name"], newest["version"]) == (3, "Clerk", 2)
    assert oldest["action"] == "create"
    first = clerk("GET", f"{address}/history?limit=1").json
    assert [one["version"] for one in first["items"]] == [2]
    rest = clerk("GET", f"{address}/history?limit=1&cursor={first['next']}").json
    assert ([one["version"] for one in rest["items"]], rest["next"]) == ([1], None)


def test_reference_that_is_used_cannot_be_deleted(clerk: Any) -> None:
    person = clerk.made("person", name="Ann")
    clerk.made("order", person=person["id"])
    answer = clerk("DELETE", f"/records/person/{person['id']}")
    assert (answer.status_code, codes(answer)) == (409, ["referenced"])


def test_trash_is_for_those_who_may_delete(served: Any, clerk: Any) -> None:
    item = served.client("manager").made("item", code="A")
    assert served.client("manager")("DELETE", f"/records/item/{item['id']}").status_code == 204
    assert clerk("GET", "/records/item?trash=true").status_code == 403
    assert served.client("manager")("GET", "/records/item?trash=true").json["items"][0]["id"] == item["id"]


def test_reader_may_not_write(served: Any, clerk: Any) -> None:
    made = clerk.made("person", name="Ann")
    reader, address = served.client("reader"), f"/records/person/{made['id']}"
    assert reader("GET", address).status_code == 200
    assert reader("POST", "/records/person", {"fields": {"name": "B"}}).status_code == 403
    assert reader("PATCH", address, {"fields": {"name": "B"}}).status_code == 403
    assert reader("DELETE", address).status_code == 403
    assert clerk("GET", address).json["fields"]["name"] == "Ann"


def test_hidden_record_is_answered_like_one_that_does_not_exist(served: Any, clerk: Any) -> None:
    made = clerk.made("person", name="Ann", active=False)
    reader = served.client("reader")
    for method, address in (("GET", ""), ("GET", "/history"), ("GET", "?expand=friend"), ("GET", "?fields=name")):
        hidden = reader(method, f"/records/person/{made['id']}{address}")
        missing = reader(method, f"/records/person/{made['id'] + 1000}{address}")
        assert (hidden.status_code, hidden.data) == (404, missing.data)


STRANGE_NAMES = [
    "Name", "NAME", "name ", " name", "name\u200b", "ｎａｍｅ", "name[]", "fields.name", "id", "version", "state", "type",
    "created_at", "created_by", "updated_by", "deleted_at", "rest", "title", "__class__", "meta.id", "address.city", "",
]  # fmt: skip


@pytest.mark.parametrize("name", STRANGE_NAMES)
def test_only_declared_names_are_written(sharing: Any, name: str) -> None:
    made = sharing.made("person", name="Bob")
    address = f"/records/person/{made['id']}"
    for method, at, wire in (
        ("POST", "/records/person", {"fields": {"name": "X", name: "X"}}),
        ("PATCH", address, {"fields": {name: "X"}}),
        ("PATCH", address, {"unset": [name]}),
        ("POST", "/records/person/bulk", {"records": [{"id": made["id"], "fields": {name: "X"}}]}),
    ):
        answer = sharing(method, at, wire)
        assert (answer.status_code, codes(answer)) == (422, ["unknown_field"]), (method, at, answer.text)
    assert sharing("GET", address).json == made


@pytest.mark.parametrize("name", ["number", "total"])
def test_derived_fields_are_written_at_no_door(sharing: Any, name: str) -> None:
    order = sharing.made("order", person=sharing.made("person", name="Bob")["id"])
    address = f"/records/order/{order['id']}"
    for method, at, wire in (
        ("POST", "/records/order", {"fields": {"person": order["fields"]["person"], name: "7.00"}}),
        ("PATCH", address, {"fields": {name: "7.00"}}),
        ("PATCH", address, {"fields": {name: None}}),
        ("PATCH", address, {"unset": [name]}),
        ("POST", "/records/order/bulk", {"records": [{"id": order["id"], "fields": {name: "7.00"}}]}),
    ):
        answer = sharing(method, at, wire)
        assert (answer.status_code, codes(answer)) == (422, ["read_only"]), (method, at, answer.text)
    assert sharing("GET", address).json == order
