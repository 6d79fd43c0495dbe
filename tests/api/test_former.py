"""Former names through the API: old addresses and fields serve, answers are today's, the description says deprecated; and breaches."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from api_served import Served, codes
from api_site import PERSON, documents
from openapi_spec_validator import validate

from kartotek.declaration.load import load
from kartotek.engine import breaching
from kartotek.engine.open_writing import Writing
from kartotek.migration.lineage import lineage
from kartotek.model.actor import Actor
from kartotek.storage.catalogs import append


def changed(served: Served, change: dict[str, Any], ratcheted: dict[str, list[str]]) -> None:
    """Puts another declaration of the type into service, as a switch does that has nothing to do to the tables."""
    person: dict[str, Any] = copy.deepcopy(PERSON)
    person["properties"]["email"]["x-field"]["aliases"] = ["mail"]
    person["properties"]["note"]["x-field"]["aliases"] = ["memo"]
    person["x-record"]["aliases"] = ["human"]
    given = documents() | {"schemas/person.json": json.dumps(person | change)}
    engine, former, wanted = served.engine, served.engine.catalog(), load(given).catalog
    assert wanted is not None
    with engine.database.write() as conn:
        append(conn, documents=given, hash=wanted.hash, at=engine.clock(), by=0, reason="test", ratcheted=ratcheted)
    engine.ready()

    def work(writing: Writing) -> None:
        breaching.begin(writing, lineage(former, writing.moment.compiled.catalog))

    engine.transactions.transact(Actor.system("test"), lambda _: work)
    while engine.timers.run_due():
        pass


@pytest.fixture
def renamed(served: Served) -> Served:
    """With a person, and former names of the type and of two fields."""
    served.client("clerk").made("person", name="Ann", email="ann@example.org")
    changed(served, {}, {})
    return served


def test_old_address_and_old_fields_serve(renamed: Served) -> None:
    clerk = renamed.client("clerk")
    made = clerk("POST", "/records/human", {"fields": {"name": "Bob", "mail": "bob@example.org"}})
    assert (made.status_code, made.json["type"], made.json["fields"]["email"]) == (201, "person", "bob@example.org")
    assert made.headers["Location"].endswith("/records/person/2")
    assert clerk("GET", "/records/human/2").json["fields"]["email"] == "bob@example.org"
    listed = clerk("GET", "/records/human?mail[contains]=bob&sort=-mail&fields=mail").json["items"]
    assert [one["fields"] for one in listed] == [{"email": "bob@example.org"}]
    assert clerk("PATCH", "/records/human/2", {"fields": {}, "unset": ["mail"]}).json["fields"].get("email") is None
    assert clerk("GET", "/types/human").json["name"] == "person"
    assert clerk("GET", "/conflicts?type=human").status_code == 200
    assert clerk("POST", "/records/human/bulk?on=mail", {"records": [{"fields": {"mail": "ann@example.org", "name": "A"}}]}).json["results"][0]["status"] == "updated"


def test_what_is_hidden_has_no_former_name(renamed: Served) -> None:
    clerk = renamed.client("clerk")
    assert codes(clerk("POST", "/records/human", {"fields": {"name": "C", "memo": "x"}})) == ["unknown_field"]
    assert codes(clerk("GET", "/records/human?memo=x")) == codes(clerk("GET", "/records/human?nought=x"))
    assert renamed.client("nobody")("GET", "/records/human").status_code == 401


@pytest.mark.parametrize("role", ["owner", "clerk", "reader"])
def test_description_calls_them_deprecated(renamed: Served, role: str) -> None:
    document = renamed.client(role)("GET", "/openapi.json").json
    validate(document)
    assert document["paths"]["/api/v1/records/human"]["get"]["deprecated"] is True
    assert "deprecated" not in document["paths"]["/api/v1/records/person"]["get"]
    schemas = document["components"]["schemas"]
    assert "mail" not in schemas["person_fields"]["properties"]
    assert schemas["person_conditions"]["properties"]["mail"]["deprecated"] is True
    if role == "clerk":
        assert schemas["person_new_fields"]["properties"]["mail"]["deprecated"] is True
        assert schemas["person_change_fields"]["properties"]["mail"]["deprecated"] is True
        assert "memo" not in json.dumps(schemas)



def test_who_breaks_a_younger_rule_is_one_query_away(renamed: Served) -> None:
    clerk, manager = renamed.client("clerk"), renamed.client("manager")
    changed(renamed, {"required": ["name", "born", "note"]}, {"person": ["born", "note"]})
    assert manager("GET", "/breaches").json["items"] == [
        {"type": "person", "name": "born", "title": "born", "records": 1}, {"type": "person", "name": "note", "title": "note", "records": 1},
    ]  # fmt: skip
    assert [one["name"] for one in clerk("GET", "/breaches?type=human").json["items"]] == ["born"]
    assert [one["id"] for one in clerk("GET", "/records/person?broken=*&count=exact").json["items"]] == [1]
    assert codes(clerk("GET", "/records/person?broken=note")) == codes(clerk("GET", "/records/person?broken=nought")) == ["unknown_field"]
    assert clerk("GET", "/records/person?broken=,").status_code == 400
    told = clerk("PATCH", "/records/person/1", {"fields": {"name": "Anna"}}).json
    assert told["warnings"] == [{"path": "/fields/born", "code": "required", "message": "This field is required.", "params": {}}]
    shown = clerk("GET", "/records/person/1/breaches").json["items"]
    assert [(one["name"], one["path"], one["code"]) for one in shown] == [("born", "/fields/born", "required")]
    assert "Anna" in clerk("GET", "/records/person/export?broken=born&format=csv").text
    assert clerk("GET", "/records/person/99/breaches").status_code == 404
    assert "warnings" not in clerk("PATCH", "/records/person/1", {"fields": {"born": "2000-01-01"}}).json
    assert clerk("GET", "/records/person?broken=*").json["items"] == []
