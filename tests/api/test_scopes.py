"""Scopes of tokens: what a token is limited to is as if the rest were not there, and is never more than its user may now."""

from __future__ import annotations

from typing import Any

import pytest
from api_served import Client, Served, codes
from api_site import documents

from kartotek.engine.users import MirroredUser
from kartotek.migration import type_names
from kartotek.model.actor import Actor
from kartotek.storage import tokens
from kartotek.storage.tokens import Token

OWNER, MANAGER, CLERK, READER = 1, 2, 3, 4


def limited(served: Served, user: int, **scope: Any) -> Client:
    made = served.client("owner")("POST", "/tokens", {"name": "limited", "user_id": user, "scope": scope})
    assert made.status_code == 201, made.text
    assert made.json["scope"]["types"] == scope.get("types", sorted(scope["fields"]) if "fields" in scope else None)
    return Client(served.app.test_client(), made.json["secret"])


@pytest.fixture
def people(served: Served) -> list[dict[str, Any]]:
    clerk = served.client("clerk")
    return [clerk.made("person", name=name, email=f"{name.lower()}@example.org", visits=number) for number, name in enumerate(("Ada", "Grace"))]


@pytest.mark.parametrize("user", [OWNER, MANAGER, CLERK])
def test_a_type_outside_the_scope_is_not_there(served: Served, people: list[dict[str, Any]], user: int) -> None:
    client, item = limited(served, user, types=["person"]), served.client("manager").made("item", code="A77")
    for method, path, body in (
        ("GET", "/records/item", None), ("GET", f"/records/item/{item['id']}", None), ("GET", "/types/item", None),
        ("GET", f"/records/item/{item['id']}/history", None), ("POST", "/records/item", {"fields": {"code": "B"}}),
        ("PATCH", f"/records/item/{item['id']}", {"fields": {"code": "B"}}), ("GET", "/records/item/export", None),
        ("POST", "/records/item/bulk", {"records": [{"fields": {"code": "C"}}]}),
    ):  # fmt: skip
        nothing = client(method, path.replace("/item", "/nothing"), body)
        answer = client(method, path, body)
        assert (answer.status_code, answer.json) == (404, nothing.json), path
    document = client("GET", "/openapi.json").text
    assert "/records/person" in document and "/records/item" not in document
    assert [one["name"] for one in client("GET", "/types").json["items"] if one["name"] != "user"] == ["person"]
    assert client("GET", f"/records/person/{people[0]['id']}").status_code == 200
    assert "item" not in client("GET", "/search?q=A77").text and "item" in served.client("manager")("GET", "/search?q=A77").text


@pytest.mark.parametrize("user", [OWNER, CLERK])
def test_an_action_outside_the_scope_is_refused(served: Served, people: list[dict[str, Any]], user: int) -> None:
    client, path = limited(served, user, actions=["read", "create"]), f"/records/person/{people[0]['id']}"
    assert client("GET", path).status_code == 200
    assert client("POST", "/records/person", {"fields": {"name": "New"}}).status_code == 201
    assert client("PATCH", path, {"fields": {"name": "Taken"}}).status_code in (403, 404)
    assert client("DELETE", path).status_code in (403, 404)
    assert client("POST", "/records/person/bulk", {"records": [{"id": people[0]["id"], "fields": {"name": "Taken"}}]}).status_code in (403, 404, 422)
    assert served.client("clerk")("GET", path).json["fields"]["name"] == "Ada"
    assert "person_delete" not in client("GET", "/openapi.json").text


@pytest.mark.parametrize("user", [OWNER, CLERK])
def test_a_field_outside_the_scope_is_like_one_that_there_is_not(served: Served, people: list[dict[str, Any]], user: int) -> None:
    client, path = limited(served, user, fields={"person": ["name", "visits"]}), f"/records/person/{people[0]['id']}"
    shown = client("GET", path)
    assert set(shown.json["fields"]) == {"name", "visits"} and "ada@example.org" not in shown.text
    assert "ada@example.org" not in client("GET", "/records/person").text + client("GET", path + "/history").text
    assert "ada@example.org" not in client("GET", "/records/person/export").text
    for asked in ("email=ada@example.org", "sort=email", "email[startsWith]=a", "fields=email", "filter=record.email == 'x'", "email[empty]=true"):
        answer = client("GET", f"/records/person?{asked}")
        nothing = client("GET", f"/records/person?{asked.replace('email', 'emayl')}")
        assert (answer.status_code, codes(answer)) == (nothing.status_code, codes(nothing)) == (400, codes(answer)), asked
        assert answer.text.replace("email", "emayl") == nothing.text, asked
    assert client("GET", "/search?q=example").text == client("GET", "/search?q=exomple").text
    assert client("PATCH", path, {"fields": {"email": "new@example.org"}}).status_code == 422
    assert client("PATCH", path, {"fields": {"visits": 7}}).status_code == 200
    assert served.client("clerk")("GET", path).json["fields"]["email"] == "ada@example.org"
    assert "email" not in str(client("GET", "/openapi.json").json["components"]["schemas"]["person_fields"])


def test_a_limited_token_of_an_owner_manages_nothing(served: Served) -> None:
    for scope in ({"types": ["person"]}, {"actions": ["read", "create", "write", "delete", "transition"]}):
        client = limited(served, OWNER, **scope)
        for method, path, body in (
            ("GET", "/tokens", None), ("POST", "/tokens", {"name": "wider"}), ("DELETE", "/tokens/1", None), ("GET", "/catalog/versions", None),
            ("POST", "/catalog/plan", {}), ("GET", "/outbox", None), ("POST", "/timers/1/retry", None), ("GET", "/catalog/files", None),
        ):  # fmt: skip
            assert client(method, path, body).status_code in (403, 404), (scope, path)
    assert len(served.client("owner")("GET", "/tokens").json["items"]) == 6


def test_a_scope_is_within_what_the_user_may_at_that_moment(served: Served, people: list[dict[str, Any]]) -> None:
    client = limited(served, CLERK, types=["person"], actions=["read", "delete"])
    path = f"/records/person/{people[0]['id']}"
    assert client("GET", path).status_code == 200
    for roles, active, read, delete in ((("reader",), True, 200, 403), ((), True, 404, 404), (("manager",), False, 401, 401), (("clerk",), True, 200, 204)):
        served.engine.users.mirror(MirroredUser(id=CLERK, username="clerk", name="Clerk", roles=frozenset(roles), active=active))
        assert (client("GET", path).status_code, client("DELETE", path).status_code) == (read, delete), roles


def test_a_limit_follows_what_it_names_and_ends_with_it(served: Served) -> None:
    made = served.client("owner")("POST", "/tokens", {"name": "x", "scope": {"fields": {"person": ["name"], "item": ["code"]}}}).json

    def kept() -> Token | None:
        with served.engine.database.read() as conn:
            return tokens.get(conn, made["id"])

    with served.engine.database.write() as conn:
        type_names.rename_types(conn, {"person": "item", "item": "person"})
        type_names.rename_fields(conn, "item", {"name": "title"}, {})
    found = kept()
    assert found and found.scope and found.scope.types == {"item", "person"}
    assert dict(found.scope.fields) == {"item": {"title"}, "person": {"code"}}
    with served.engine.database.write() as conn:
        type_names.forget_type(conn, "item")
    found = kept()
    assert found and found.scope and (found.scope.types, dict(found.scope.fields)) == ({"person"}, {"person": {"code"}})


REFUSED: dict[str, tuple[Any, int]] = {
    "no object": ("person", 400), "an unknown type": ({"types": ["nothing"]}, 422), "an unknown action": ({"actions": ["fly"]}, 422),
    "an unknown field": ({"fields": {"person": ["nothing"]}}, 422), "fields of an unknown type": ({"fields": {"nothing": []}}, 422),
    "a field of a type that is not among them": ({"types": ["item"], "fields": {"person": ["name"]}}, 422), "no list": ({"types": "person"}, 422),
    "an unknown key": ({"roles": ["owner"]}, 422), "numbers": ({"types": [1]}, 422), "deep": ({"fields": {"person": {"name": 1}}}, 422),
}  # fmt: skip


@pytest.mark.parametrize(("scope", "status"), REFUSED.values(), ids=REFUSED)
def test_a_scope_that_means_nothing_is_refused(quiet: Served, scope: Any, status: int) -> None:
    assert quiet.client("owner")("POST", "/tokens", {"name": "x", "scope": scope}).status_code == status


def test_a_token_tells_when_it_was_used_last(lite: Served) -> None:
    owner, client = lite.client("owner"), limited(lite, CLERK, types=["person"])

    def used() -> Any:
        return owner("GET", "/tokens").json["items"][-1]["used_at"]

    assert used() is None
    client("GET", "/records/person")
    assert used() == "2026-11-21T10:00:00Z"


def _slow(limit: str) -> dict[str, str]:
    files = documents()
    return {**files, "site.yaml": f"{files['site.yaml']}\nlimits: {{{limit}}}\n"}


def test_too_many_requests_of_a_token_wait(lite: Served) -> None:
    lite.engine.apply_documents(_slow("token: 5"), by=Actor.system("tests"), reason="tests")
    one, other = limited(lite, CLERK, types=["person"]), limited(lite, CLERK, types=["person"])
    answers = [one("GET", "/records/person") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert (answers[-1].json["code"], answers[-1].mimetype) == ("too_many_requests", "application/problem+json")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 12
    assert other("GET", "/records/person").status_code == 200


def test_too_many_requests_of_an_address_wait_whoever_asks(lite: Served) -> None:
    lite.engine.apply_documents(_slow("address: 6"), by=Actor.system("tests"), reason="tests")
    unknown = Client(lite.app.test_client(), "kt_nobodys")
    assert [unknown("GET", "/records/person").status_code for _ in range(8)] == [401] * 6 + [429] * 2
    assert lite.client("clerk")("GET", "/records/person", headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 429, "nobody is believed"
    assert lite.client("clerk")("GET", "/records/person", environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 200
    assert unknown("GET", "/healthz").status_code == 200
