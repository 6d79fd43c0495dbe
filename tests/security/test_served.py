"""The same two worlds through the API and the pages, and every address with a hidden record's number."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hidden_site import CLERK, PASSWORD, SYSTEM, World

from kartotek.model.query import Query

_ONCE = re.compile(r'(csrf_token" value=|csrf-token" content=|nonce=|data-once=|name="once" value=|name="key" value=)"[^"]*"')
HIDDEN_NOTE, NO_NOTE = 5, 4000


def signed_in(world: World) -> FlaskClient:
    """A browser of the helper."""
    assert world.app is not None
    client = world.app.test_client()
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login/").text)
    assert found
    answer = client.post("/login/", data={"username": "hugo", "password": PASSWORD, "csrf_token": found[1]})
    assert answer.status_code == 303, answer.text
    return client


def token_of(client: FlaskClient) -> str:
    """The token that the forms of this session carry."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account/").text)
    assert found
    return found[1]


def _api_addresses() -> list[str]:
    asked = [
        {}, {"titles": "true"}, {"sort": "-remark"}, {"sort": "secret"}, {"search": "zebra"}, {"search": "amber"}, {"filter": "isSet(record.den)"},
        {"filter": "record.remark == 'zebra'"}, {"filter": "record.friend.secret == 'x'"}, {"remark[startsWith]": "z"}, {"vault": "1"},
        {"expand": "friend.note"}, {"expand": "pieces.giver"}, {"count": "exact", "weight[gt]": "8"}, {"fields": "name,remark"}, {"limit": "2"},
    ]  # fmt: skip
    lists = [f"records/{name}?{urlencode(one)}" for name in ("person", "note", "vault", "box") for one in asked]
    ones = [
        f"records/{name}/{id}{tail}" for name in ("person", "note", "vault", "box", "user") for id in range(1, 10)
        for tail in ("", "?titles=true", "?trash=true", "/history", "?as_of=2026-11-21T10:30:00Z")
    ]  # fmt: skip
    return [*lists, *ones, "types", "types/person", "types/vault", "openapi.json", "records/nothing", "records/person?trash=true"]


def test_the_api_answers_the_same_whatever_is_hidden(lite_worlds: tuple[World, World]) -> None:
    told = []
    for world in lite_worlds:
        assert world.app is not None
        client, head = world.app.test_client(), {"Authorization": f"Bearer {world.token}"}
        answers = [client.get(f"/api/v1/{one}", headers=head) for one in _api_addresses()]
        assert not [one.status for one in answers if one.status_code >= 500]
        told.append([_plain(world, one.text) for one in answers])
    assert [pair for pair in zip(*told, strict=True) if pair[0] != pair[1]] == []


def _page_addresses() -> list[str]:
    asked = ("", "?search=zebra", "?sort=-remark", "?sort=secret", "?trash=1", "?f.open=true", "?f.friend=1", "?f.note=8", "?f.vault=1")
    lists = [f"/r/{name}/{one}" for name in ("person", "note", "vault", "box") for one in asked]
    ones = [
        f"/r/{name}/{id}{tail}" for name in ("person", "note", "vault", "box") for id in (1, 2, 4, 7, 8, 9)
        for tail in ("", "/edit", "/history", "/delete", "?trash=1")
    ]  # fmt: skip
    choices = [f"/r/person/choices?field=/{one}&search=" for one in ("note", "friend", "vault", "secret", "missing", "pieces/0/giver")]
    return [*lists, *ones, *choices, "/", "/r/person/new", "/r/person/new?note=4&friend=2", "/r/vault/new", "/users/", "/users/clara"]


def test_the_pages_are_the_same_whatever_is_hidden(lite_worlds: tuple[World, World]) -> None:
    told = []
    for world in lite_worlds:
        client = signed_in(world)
        answers = [client.get(one) for one in _page_addresses()]
        assert not [(one.status, one.request.path) for one in answers if one.status_code >= 500]
        told.append([(one.request.full_path, _ONCE.sub("", _plain(world, one.text))) for one in answers])
    assert [(a[0], _apart(a[1], b[1])) for a, b in zip(*told, strict=True) if a != b] == []


def test_hidden_type_and_field_have_the_pages_of_missing_ones(lite_worlds: tuple[World, World]) -> None:
    client = signed_in(lite_worlds[0])
    for hidden, missing in (
        ("/r/vault/", "/r/nopes/"), ("/r/vault/1", "/r/nopes/1"), ("/r/vault/new", "/r/nopes/new"), ("/r/vault/1/edit", "/r/nopes/1/edit"),
        ("/r/person/choices?field=/secret", "/r/person/choices?field=/nopes2"), ("/r/note/4", "/r/note/4000"), ("/r/note/4/edit", "/r/note/4000/edit"),
        ("/r/person/choices?field=/pieces/0/giver", "/r/person/choices?field=/pieces/0/nopes"), ("/r/note/4/history", "/r/note/4000/history"),
        ("/r/person/?sort=secret", "/r/person/?sort=zzzzzzzz"),
    ):  # fmt: skip
        first, second = client.get(hidden), client.get(missing)
        assert first.status_code == second.status_code >= 400, hidden
        words = [re.sub(r"vault|nopes2?|secret|zzzzzzzz|giver|4000|\b4\b", "…", _ONCE.sub("", one.text)) for one in (first, second)]
        assert words[0] == words[1], hidden


# method, address below /api/v1 with the number at {}, body
API: list[tuple[str, str, Any]] = [
    ("GET", "records/note/{}", None), ("GET", "records/note/{}?expand=person", None), ("GET", "records/note/{}?trash=true", None),
    ("GET", "records/note/{}?as_of=2026-11-21T10:30:00Z", None), ("GET", "records/note/{}?fields=title", None),
    ("GET", "records/note/{}/history", None), ("GET", "records/note/{}/files/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a", None),
    ("PATCH", "records/note/{}", {"fields": {"title": "Taken"}}), ("PATCH", "records/note/{}", {"fields": {"shared": True}}),
    ("PATCH", "records/note/{}", {"fields": {"nope": 1}}), ("PATCH", "records/note/{}", {"fields": {}, "version": 99}),
    ("PATCH", "records/note/{}", {"unset": ["text"]}), ("DELETE", "records/note/{}", None), ("POST", "records/note/{}/restore", None),
    ("POST", "records/note/bulk", {"records": [{"id": "{}", "fields": {"title": "Taken"}}]}),
    ("POST", "records/note/bulk?partial=true", {"records": [{"id": "{}", "fields": {"title": "Taken"}}]}),
    ("POST", "records/person", {"fields": {"name": "New", "note": "{}"}}), ("PATCH", "records/person/1", {"fields": {"note": "{}"}}),
    ("PATCH", "records/person/1", {"fields": {"pieces": [{"label": "x", "from_vault": "{}"}]}}),
    ("PUT", "records/note/{}", {"fields": {"title": "Taken"}}), ("POST", "records/note/{}", {"fields": {"title": "Taken"}}),
]  # fmt: skip


def _numbered(wire: Any, id: int) -> Any:
    if isinstance(wire, dict):
        return {key: _numbered(one, id) for key, one in wire.items()}
    if isinstance(wire, list):
        return [_numbered(one, id) for one in wire]
    return id if wire == "{}" else wire


@pytest.mark.parametrize(("method", "address", "wire"), API)
def test_hidden_record_answers_the_api_like_a_missing_one(kept: World, method: str, address: str, wire: Any) -> None:
    assert kept.app is not None
    client, head = kept.app.test_client(), {"Authorization": f"Bearer {kept.token}"}
    before = _everything(kept)
    told = []
    for id in (HIDDEN_NOTE, NO_NOTE):
        given = {} if wire is None else {"json": _numbered(wire, id)}
        answer = client.open(f"/api/v1/{address.format(id)}", method=method, headers=head, **given)
        assert answer.status_code in ((200,) if "partial" in address else (404, 405, 422)), answer.text
        told.append((answer.status_code, answer.text.replace(str(NO_NOTE), str(HIDDEN_NOTE))))
    assert told[0] == told[1]
    assert _everything(kept) == before


FORMS = ["/r/note/{}/edit", "/r/note/{}/delete", "/r/note/{}/restore", "/r/vault/1/edit", "/r/vault/1/delete", "/r/vault/new", "/users/new", "/users/clara"]


@pytest.mark.parametrize("address", FORMS)
def test_hidden_record_answers_a_form_like_a_missing_one(kept: World, address: str) -> None:
    client = signed_in(kept)
    before, token = _everything(kept), token_of(client)
    for id in (HIDDEN_NOTE, NO_NOTE):
        answer = client.post(address.format(id), data={"/title": "Taken", "/label": "Taken", "version": "1", "csrf_token": token})
        assert answer.status_code == 404, answer.text
    assert _everything(kept) == before


SPELLINGS = [
    "/r/vault/1", "/R/vault/1", "//r/vault/1", "/r//vault/1", "/r/./vault/1", "/r/person/../vault/1", "/r/person/%2e%2e/vault/1", "/r/vault%2f1",
    "/r/vault/1;x=1", "/r/vault/1/", "/r/Vault/1", "/r/vault/1?x=/static/", "/r/vault%00/1", "/r/ｖault/1", "/r/vault /1", "/r/note/4",
    "/r/note/04", "/r/note/+4", "/r/note/4.0", "/r/note/４", "/r/note/4%20", "/api/v1/records/note/04", "/api/v1/records/note/%34",
    "/api/v1/records/vault/1", "/api/v1//records/vault/1", "/api/v1/records/vault/1/", "/api/v1/records/Vault", "/api/v1/records/vault%2f1",
    "/api/v1/records/person/../vault", "/api/v1/records/ab_user", "/api/v1/records/kartotek__catalog", "/api/v1/records/user/1/history",
]  # fmt: skip
HEADERS = [{}, {"X-HTTP-Method-Override": "DELETE"}, {"X-Original-URL": "/r/person/1"}, {"X-Rewrite-URL": "/login/"}, {"X-Forwarded-For": "127.0.0.1"}]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH"])
def test_no_spelling_of_an_address_leads_to_what_is_hidden(kept: World, method: str) -> None:
    browser, before = signed_in(kept), _everything(kept)
    for address in SPELLINGS:
        for head in HEADERS:
            bearer = {"Authorization": f"Bearer {kept.token}"} if address.startswith("/api") else {}
            answer = browser.open(address, method=method, headers={**head, **bearer}, follow_redirects=method == "GET")
            assert answer.status_code < 500, (address, answer.status)
            if address.endswith("user/1/history") and answer.status_code == 200:
                assert method == "HEAD" or (answer.json is not None and answer.json["items"] == [])
                continue
            assert answer.status_code >= 300 or method == "OPTIONS", (address, answer.status, answer.text)
            assert "amber" not in answer.text and "alpha" not in answer.text, address
    assert _everything(kept) == before


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
def test_nobody_gets_anywhere_without_signing_in(kept: World, method: str) -> None:
    assert kept.app is not None
    before = _everything(kept)
    for rule in sorted({one.rule for one in kept.app.url_map.iter_rules()}):
        address = re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", lambda one: {"type_name": "person"}.get(one[1], "1"), rule)
        if address.startswith(("/static/", "/healthz", "/readyz", "/login", "/language", "/assets/")):
            continue
        answer = kept.app.test_client().open(address, method=method)
        assert answer.status_code in (302, 303, 308, 400, 401, 404, 405), (rule, answer.status)
        assert "Person 1" not in answer.text, rule
    assert _everything(kept) == before


def _everything(world: World) -> Any:
    found = {name: world.engine.select(SYSTEM, name, Query(limit=100)).items for name in ("person", "note", "vault", "box")}
    return found, [world.engine.select(CLERK, "note", Query(trash=True)).items, len(world.engine.users.everyone())]


def _plain(world: World, text: str) -> str:
    for name, id in world.files.items():  # files have random names
        text = text.replace(id, name)
    return text


def _apart(first: str, second: str) -> tuple[str, str]:
    at = next((index for index, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), 0)
    return first[max(0, at - 80) : at + 60], second[max(0, at - 80) : at + 60]
