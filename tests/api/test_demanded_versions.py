"""A site that demands versions: nothing is changed on the strength of a record one has not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from api_served import Client, Served, codes, serve


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site with requireVersion."""
    folder = tmp_path_factory.mktemp("strict")
    now: Callable[[], datetime] = lambda: datetime(2026, 11, 21, 10, tzinfo=UTC)  # noqa: E731
    made = serve(f"sqlite:///{folder}/records.db", folder / "files", now, requireVersion=True)
    yield made
    made.engine.close()


@pytest.fixture
def client(strict: Served) -> Client:
    """Its clerk."""
    return strict.client("clerk")


def test_change_without_a_version_is_refused(client: Client) -> None:
    address = f"/records/person/{client.made('person', name='Ann')['id']}"
    for method, wire in (("PATCH", {"fields": {"visits": 1}}), ("DELETE", None)):
        for headers in ({}, {"If-Match": "*"}):
            answer = client(method, address, wire, headers=headers)
            assert (answer.status_code, answer.json["code"]) == (428, "precondition_required"), (method, headers)
    assert client("GET", address).json["version"] == 1


def test_change_with_a_version_is_done(client: Client) -> None:
    address = f"/records/person/{client.made('person', name='Ann')['id']}"
    assert client("PATCH", address, {"fields": {"visits": 1}, "version": 1}).status_code == 200
    assert client("PATCH", address, {"fields": {"visits": 2}}, headers={"If-Match": '"2"'}).status_code == 200
    assert client("PATCH", address, {"fields": {"visits": 3}}, headers={"If-Match": '"2", "3"'}).status_code == 200
    assert client("DELETE", address, headers={"If-Match": '"4"'}).status_code == 204
    assert client("POST", f"{address}/restore").status_code == 200


def test_rows_of_a_bulk_need_their_versions(client: Client) -> None:
    made = client.made("person", name="Ann")
    rows: list[Any] = [{"fields": {"name": "Bob"}}, {"id": made["id"], "fields": {"name": "Anna"}}]
    refused = client("POST", "/records/person/bulk", {"records": rows})
    assert (refused.status_code, codes(refused)) == (428, ["missing_key"])
    assert refused.json["problems"][0]["path"] == "/records/1"
    partial = client("POST", "/records/person/bulk?partial=true", {"records": rows}).json["results"]
    assert [one["status"] for one in partial] == ["created", "precondition_required"]
    rows[1]["version"] = 1
    done = client("POST", "/records/person/bulk", {"records": rows}).json["results"]
    assert [one["status"] for one in done] == ["created", "updated"]


def test_document_tells_of_it(strict: Served, quiet: Served) -> None:
    path = "/api/v1/records/person/{id}"
    for site, told in ((strict, True), (quiet, False)):
        operations = site.client("owner")("GET", "/openapi.json").json["paths"][path]
        assert [("428" in operations[verb]["responses"]) for verb in ("patch", "delete")] == [told, told]
