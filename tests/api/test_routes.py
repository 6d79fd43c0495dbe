"""Every address: who may ask, which methods there are, and that each refusal is a problem document."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from kartotek.api.errors import STATUS
from kartotek.api.routes import ROUTES, Route
from kartotek.errors import KartotekError

OPEN = {"alive", "ready"}  # what anyone may ask; a longer list needs a reason
UNKNOWN = {"api.unknown", "api.unknown_start", "api.unknown_root"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW")
PROBLEM_KEYS = {"type", "title", "status", "code", "detail", "problems"}


def _address(route: Route) -> str:
    for part, text in {
        "type_name": "person",
        "record": "1",
        "file": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
        "token": "1",
        "message": "1",
        "link": "1",
        "timer": "1",
        "which": "1",
        "number": "1",
    }.items():
        route_path = route.path.replace(f"<{part}>", text)
        route = Route(route.name, route_path, route.views, route.admission)
    return route.path


def test_every_rule_on_the_map_is_a_declared_route(quiet: Any) -> None:
    endpoints = {rule.endpoint for rule in quiet.app.url_map.iter_rules()}
    assert endpoints == {f"api.{route.name}" for route in ROUTES} | UNKNOWN


def test_only_the_listed_routes_are_open() -> None:
    assert {route.name for route in ROUTES if route.admission.is_open} == OPEN


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.admission.is_open], ids=lambda route: route.name)
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer kt_wrong", "Basic b3duZXI6eA==", "Bearer \xff", "Bearer a b"]
)
def test_nobody_is_refused_at_every_door(quiet: Any, route: Route, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    quiet.app.test_client().set_cookie("session", quiet.tokens["owner"])
    for method in route.views:
        answer = quiet.app.test_client().open(_address(route), method=method, headers=headers, json={})
        assert answer.status_code == 401, method
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert answer.json["code"] == "unauthenticated"


def test_token_is_taken_from_the_header_alone(quiet: Any) -> None:
    client, token = quiet.app.test_client(), quiet.tokens["owner"]
    client.set_cookie("session", token)
    client.set_cookie("access_token", token)
    for address in ("/api/v1/types", f"/api/v1/types?access_token={token}", f"/api/v1/types?token={token}"):
        assert client.get(address).status_code == 401


def test_scheme_is_read_in_any_case(quiet: Any) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {quiet.tokens['owner']}"}
        assert quiet.app.test_client().get("/api/v1/types", headers=headers).status_code == 200


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_other_methods_are_refused_with_the_allowed_ones(quiet: Any, route: Route) -> None:
    client = quiet.client("owner")
    allowed = {*route.views, "OPTIONS"} | ({"HEAD"} if "GET" in route.views else set())
    for method in METHODS:
        if method in allowed:
            continue
        answer = client(method, _address(route))
        assert answer.status_code == 405, method
        assert set(answer.headers["Allow"].split(", ")) == allowed
        assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_options_tells_the_methods(quiet: Any, route: Route) -> None:
    answer = quiet.client("nobody")("OPTIONS", _address(route))
    assert (answer.status_code, answer.data) == (204, b"")
    assert {*route.views, "OPTIONS"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/records", "/api/v1/records/person/",
        "/api/v1/records/person/1/",
        "/api/v1/records/person/1/nothing", "/api/v1/records/person/bulk/x", "/api/v1/types/person/x", "/api/v1/%00",
        "/api/v1/records/person/1/files", "/api/v1/openapi.json/", "/api/v1/records/person/1;x=/healthz",
    ],
)  # fmt: skip
def test_unknown_address_is_a_problem_document(quiet: Any, address: str) -> None:
    for method in ("GET", "POST", "BREW"):
        answer = quiet.client("owner")(method, address)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json"), method
        assert set(answer.json) == PROBLEM_KEYS


@pytest.mark.parametrize(
    "number", ["0", "-1", "01", "1.0", "+1", "x", "１", "9007199254740992", "9" * 5000, "1%00", "%20", "1%2F2", "null"]
)
def test_what_can_be_no_number_is_not_found(quiet: Any, number: str) -> None:
    client = quiet.client("owner")
    for method, address in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/restore"), ("GET", "/history")):
        given = {"fields": {}} if method == "PATCH" else None
        assert client(method, f"/records/person/{number}{address}", given).status_code == 404, (method, address)


def test_hidden_type_is_answered_like_one_that_does_not_exist(quiet: Any) -> None:
    client = quiet.client("clerk")
    for method, address, wire in (
        ("GET", "/records/{}", None), ("POST", "/records/{}", {"fields": {}}), ("GET", "/records/{}/1", None),
        ("PATCH", "/records/{}/1", {"fields": {}}), ("DELETE", "/records/{}/1", None), ("POST",
        "/records/{}/1/restore", None),
        ("GET", "/records/{}/1/history", None), ("POST", "/records/{}/bulk", {"records": [{"fields": {}}]}),
        ("GET", "/types/{}", None), ("GET", "/records/{}/1/files/00000000-0000-4000-8000-000000000000", None),
        ("GET", "/records/{}?filter=record.text", None), ("GET", "/records/{}?trash=true", None),
    ):  # fmt: skip
        hidden, missing = (client(method, address.format(name), wire) for name in ("secret", "nothing"))
        assert hidden.status_code == missing.status_code == 404, (method, address)
        assert hidden.data.replace(b"secret", b"nothing") == missing.data, (method, address)


def test_health_needs_no_token(quiet: Any) -> None:
    alive, ready = (quiet.client("nobody")("GET", address) for address in ("/healthz", "/readyz"))
    assert (alive.status_code, alive.json["status"]) == (200, "ok")
    assert (ready.status_code, ready.json["status"]) == (200, "ready")
    assert ready.json["catalog"] == {"version": quiet.engine.catalog().version, "hash": quiet.engine.catalog().hash}


def test_head_answers_like_get_without_a_body(quiet: Any) -> None:
    client = quiet.client("clerk")
    made = client.made("person", name="Ann")
    for address in ("/healthz", "/records/person", f"/records/person/{made['id']}", "/types", "/openapi.json"):
        head, get = client("HEAD", address), client("GET", address)
        assert (head.status_code, head.data) == (get.status_code, b"")
        assert dict(head.headers) == dict(get.headers)


def test_nothing_is_kept_by_caches_or_guessed_at(quiet: Any) -> None:
    client = quiet.client("clerk")
    for address in ("/records/person", "/records/person/77", "/types", "/openapi.json", "/healthz"):
        answer = client("GET", address)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"])
def test_headers_change_neither_method_nor_address(quiet: Any, name: str) -> None:
    value = "DELETE" if "Method" in name else "/healthz"
    made = quiet.client("clerk").made("person", name="Ann")
    address = f"/records/person/{made['id']}"
    assert quiet.client("nobody")("POST", address, headers={name: value}).status_code == 405
    assert quiet.client("nobody")("GET", address, headers={name: value}).status_code == 401
    assert quiet.client("clerk")("GET", address).status_code == 200


def test_every_error_but_those_of_a_site_has_a_status() -> None:
    without = {one.__name__ for one in KartotekError.__subclasses__()} - {one.__name__ for one in STATUS}
    assert without == {"DeclarationInvalid", "SetupInvalid"}


def test_unexpected_error_is_logged_and_told_by_a_number(
    lite: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("the inside of the engine")

    monkeypatch.setattr(type(lite.engine), "select", broken)
    with caplog.at_level(logging.ERROR, "kartotek.api"):
        answer = lite.client("clerk")("GET", "/records/person")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert b"inside of the engine" not in answer.data
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert answer.json["request_id"] in caplog.text
    assert "ZeroDivisionError: the inside of the engine" in caplog.text


def test_handlers_of_the_application_around_do_not_answer_for_the_api(lite: Any) -> None:
    app = lite.app
    app.register_error_handler(404, lambda _: ("a page", 404))
    app.register_error_handler(413, lambda _: ("a page", 413))
    answer = lite.client("owner")("POST", "/files", data=b"x" * 21_000_000, content_type="application/octet-stream")
    assert answer.content_type == "application/problem+json"
    assert lite.client("owner")("GET", "/nothing").content_type == "application/problem+json"
