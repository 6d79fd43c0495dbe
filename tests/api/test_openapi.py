"""The OpenAPI document: valid, true to the catalog, and no wider than its reader's rights."""

from __future__ import annotations

import json
from typing import Any

import pytest
from api_site import PERSON, documents
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from kartotek.api import openapi
from kartotek.model.actor import Actor


def _document(served: Any, role: str) -> dict[str, Any]:
    answer = served.client(role)("GET", "/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json)


@pytest.mark.parametrize("role", ["owner", "manager", "clerk", "reader"])
def test_document_is_valid(quiet: Any, role: str) -> None:
    validate(_document(quiet, role))


@pytest.mark.parametrize("role", ["owner", "reader"])
def test_operation_ids_are_unique(quiet: Any, role: str) -> None:
    ids = [one["operationId"] for path in _document(quiet, role)["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(quiet: Any) -> None:
    document = _document(quiet, "owner")
    text = json.dumps(document)
    for part in ("schemas", "responses"):
        named = {piece.split('"')[0] for piece in text.split(f'"#/components/{part}/')[1:]}
        assert named <= set(document["components"][part])


def test_every_route_is_described(quiet: Any) -> None:
    described = {
        path.replace("person", "<type_name>").replace("task/", "<type_name>/").replace("/start", "/<transition>")
        for role in ("owner", "clerk") for path in _document(quiet, role)["paths"] if "/item" not in path
    }
    described = {
        path.replace("{id}", "<record>")
        .replace("{type}", "<type_name>")
        .replace("{file}", "<file>")
        .replace("{token}", "<token>").replace("{user}", "<user>")
        .replace("{message}", "<message>")
        .replace("{link}", "<link>").replace("{suggestion}", "<suggestion>")
        .replace("{timer}", "<timer>")
        .replace("{which}", "<which>")
        .replace("{number}", "<number>")
        for path in described
    }
    # Accounts are described where somebody keeps them, see tests/web/test_care.py.
    rules = {rule.rule for rule in quiet.app.url_map.iter_rules() if "unknown" not in rule.endpoint and not rule.endpoint.startswith("api.user")}
    assert rules <= described


def test_document_shows_what_its_reader_may_see_and_do(quiet: Any) -> None:
    owner, manager, clerk, reader = (_document(quiet, role) for role in ("owner", "manager", "clerk", "reader"))
    fields = "person_fields"
    assert "note" in manager["components"]["schemas"][fields]["properties"]
    of_people = {name: one for name, one in clerk["components"]["schemas"].items() if name.startswith("person")}
    assert "note" not in json.dumps(of_people).replace('"note that', "")
    assert "/api/v1/records/secret" in owner["paths"] and "/api/v1/records/secret" not in manager["paths"]
    assert "/api/v1/tokens" in owner["paths"] and "/api/v1/tokens" not in manager["paths"]
    assert set(reader["paths"]["/api/v1/records/person"]) == {"get"}
    assert set(reader["paths"]["/api/v1/records/person/{id}"]) == {"get"}
    assert "/api/v1/records/item" not in reader["paths"]
    runs = "/api/v1/records/task/{id}/transitions"
    assert {path[len(runs):] for path in owner["paths"] if path.startswith(runs)} == {"", "/start", "/finish", "/expire"}
    assert {path[len(runs):] for path in clerk["paths"] if path.startswith(runs)} == {"", "/start"}
    assert {path[len(runs):] for path in reader["paths"] if path.startswith(runs)} == {""}
    assert list(clerk["components"]["schemas"]["task.start_run"]["properties"]["fields"]["properties"]) == ["effort", "reason"]
    assert "delete" not in clerk["paths"]["/api/v1/records/item/{id}"]


def test_answers_fit_their_schemas(quiet: Any) -> None:
    client = quiet.client("manager")
    person = client.made(
        "person", name="Ann", balance="1.00", remark=None, address={"city": "X"}, seen_at="2026-11-21T10:00:00Z"
    )
    item = client.made("item", code="A", price="1.50")
    order = client.made("order", person=person["id"], lines=[{"item": item["id"], "price": "1.50"}])
    components = {"components": _document(quiet, "manager")["components"]}
    for address, name in (
        (f"/records/person/{person['id']}", "person_record"),
        (f"/records/order/{order['id']}?expand=person&titles=true", "order_record"),
        ("/records/person", "person_page"), ("/records/order?count=exact", "order_page"), ("/types/order",
        "kartotek.type"),
        ("/records/nothing", "kartotek.problem"), ("/records/person?x=1&sort=y", "kartotek.problem"),
    ):  # fmt: skip
        schema = {"$ref": f"#/components/schemas/{name}", **components}
        errors = [error.message for error in Draft202012Validator(schema).iter_errors(client("GET", address).json)]
        assert not errors, (address, errors)


def test_schema_of_a_creation_agrees_with_the_engine(quiet: Any) -> None:
    client, document = quiet.client("clerk"), _document(quiet, "clerk")
    validator = Draft202012Validator({"$ref": "#/components/schemas/person_new", "components": document["components"]})
    for fields in (
        {"name": "A"}, {}, {"name": ""}, {"name": "A", "visits": "x"}, {"name": "A", "balance": 5}, {"name": "A",
        "level": "mid"},
        {"name": "A", "note": "x"}, {"name": "A", "remark": None}, {"name": "A", "visits": None}, {"name": "A", "x": 1},
        {"name": "A", "address": {"city": "X", "y": 1}}, {"name": "x" * 81},
    ):  # fmt: skip
        wire = {"fields": fields}
        assert validator.is_valid(wire) == (client("POST", "/records/person", wire).status_code == 201), fields


def test_new_field_is_in_the_document_at_once(lite: Any) -> None:
    assert "nickname" not in json.dumps(_document(lite, "clerk"))
    files = documents()
    wider = {**PERSON, "properties": {**PERSON["properties"], "nickname": {"type": "string"}}}
    report = lite.engine.apply_documents(
        files | {"schemas/person.json": json.dumps(wider)}, by=Actor.system("tests"), reason="a field more"
    )
    assert not report.problems
    schemas = _document(lite, "clerk")["components"]["schemas"]
    for name in ("person_fields", "person_new_fields", "person_change_fields"):
        assert "nickname" in schemas[name]["properties"]


def test_readers_with_the_same_rights_share_a_document(quiet: Any) -> None:
    openapi._encoded.cache_clear()
    for role in ("clerk", "clerk", "reader", "manager", "clerk"):
        _document(quiet, role)
    assert openapi._encoded.cache_info().misses == 3


def test_command_gets_the_same_document(quiet: Any) -> None:
    document = openapi.document(quiet.engine, Actor.system("tests"))
    assert document == _document(quiet, "owner")
