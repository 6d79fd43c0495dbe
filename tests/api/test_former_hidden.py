"""Former names, removed fields and their remains are no second door: whoever may not see them is told what he is told of nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from api_served import Client, Served, serve
from api_site import ITEM, PERSON, documents

from kartotek.model.actor import Actor

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
OWNER = Actor(id=1, name="Owner", roles=frozenset({"owner"}))


def _site() -> dict[str, str]:
    """`note` of a person is called memo, hidden from the clerk as ever; what an item costs is gone; items are called pieces."""
    person: dict[str, Any] = copy.deepcopy(PERSON)
    properties = person["properties"]
    properties["memo"] = properties.pop("note")
    properties["memo"]["x-field"]["aliases"] = ["note"]
    person["x-record"]["search"] = ["name", "email", "memo"]
    person["required"] = ["name", "memo"]
    item: dict[str, Any] = copy.deepcopy(ITEM)
    del item["properties"]["cost"]
    item["x-record"] |= {"aliases": ["item"]}
    given = json.loads(json.dumps(documents()).replace('\\"references\\": \\"item\\"', '\\"references\\": \\"piece\\"'))
    del given["schemas/item.json"]
    return dict(given) | {"schemas/person.json": json.dumps(person), "schemas/piece.json": json.dumps(item)}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site after fields and a type got other names, a field went away and a hidden one became required."""
    folder = tmp_path_factory.mktemp("former")
    made = serve(f"sqlite:///{folder}/records.db", folder / "files", lambda: NOW)
    manager = made.client("manager")
    manager.made("person", name="Ann", note="Canary", email="a@example.org")
    manager.made("person", name="Bob")
    manager.made("item", code="A", cost="77.77")
    manager("PATCH", "/records/person/1", {"fields": {"note": "Canary2"}})
    manager("PATCH", "/records/item/1", {"fields": {"cost": "88.88"}})
    plan = made.engine.plans.plan(OWNER, _site())
    assert not plan.problems, plan.problems
    made.engine.plans.apply(OWNER, _site(), hash=plan.hash, confirm=plan.to_confirm)
    while made.engine.timers.run_due():
        pass
    yield made
    made.engine.close()


def _remains(served: Served) -> str:
    with served.engine.database.read() as conn:
        return next(name for name, in conn.rows("SELECT name FROM pragma_table_info('piece')") if name.startswith("zz_"))


def _asked(client: Client, type_name: str, name: str) -> list[tuple[int, str]]:
    """All that is answered where a field is named, in the words of nothing in particular."""
    base = f"/records/{type_name}"
    answers = [
        client("GET", f"{base}?{name}=Canary"), client("GET", f"{base}?{name}[contains]=Can"), client("GET", f"{base}?sort={name}"),
        client("GET", f"{base}?fields={name}"), client("GET", f"{base}?expand={name}"), client("GET", f"{base}?broken={name}"),
        client("GET", f"{base}?filter=record.{name} == 'Canary'"), client("GET", f"{base}/1?fields={name}"),
        client("GET", f"{base}/1?as_of=2026-11-21T09:00:00Z&fields={name}"), client("GET", f"{base}/export?format=csv&fields={name}"),
        client("POST", base, {"fields": {"name" if type_name == "person" else "code": "C", name: "x"}}),
        client("PATCH", f"{base}/1", {"fields": {name: "x"}}), client("PATCH", f"{base}/1", {"fields": {}, "unset": [name]}),
        client("PATCH", f"{base}/1", {"fields": {name: None}}),
        client("POST", f"{base}/bulk?on={name}", {"records": [{"fields": {name: "Canary"}}]}),
        client("POST", f"{base}/bulk", {"records": [{"id": 1, "fields": {name: "Canary"}}]}),
        client("GET", f"/search?q=Canary&fields={name}"),
    ]
    return [(one.status_code, _plain(one, name)) for one in answers]


def _plain(answer: Any, name: str) -> str:
    wire = answer.json if answer.is_json else answer.text
    if isinstance(wire, dict):
        for key in ("id", "at", "created_at", "suggestions"):
            wire.pop(key, None)
    return json.dumps(wire).replace(name, "NAME")


@pytest.mark.parametrize(("type_name", "name"), [("person", "note"), ("person", "memo"), ("piece", "cost"), ("piece", "zz")])
def test_fields_that_the_clerk_may_not_see_are_unknown_to_him(changed: Served, type_name: str, name: str) -> None:
    name = _remains(changed) if name == "zz" else name
    clerk = changed.client("clerk")
    asked, unknown = _asked(clerk, type_name, name), _asked(clerk, type_name, "q" * len(name))
    for number, (found, expected) in enumerate(zip(asked, unknown, strict=True)):
        assert found == expected, number


def test_columns_of_files_are_no_way_to_find_out(changed: Served) -> None:
    clerk, told = changed.client("clerk"), []
    for name in ("memo", "qqqq"):
        sent = clerk("POST", "/imports/person?name=x.csv", data=f"name,{name}\nX,\n".encode(), content_type="text/csv")
        told.append((sent.status_code, _plain(sent, name)))
    assert told[0] == told[1] and told[0][0] == 201


def test_types_that_somebody_may_not_see_have_no_former_name(changed: Served) -> None:
    reader = changed.client("reader")
    for method, path, wire in (
        ("GET", "/records/NAME", None), ("GET", "/records/NAME/1", None), ("GET", "/types/NAME", None), ("POST", "/records/NAME", {"fields": {}}),
        ("GET", "/records/NAME/1/history", None), ("GET", "/records/NAME/export?format=csv", None), ("GET", "/conflicts?type=NAME", None),
        ("GET", "/breaches?type=NAME", None), ("POST", "/imports/NAME?name=x.csv", None), ("GET", "/records/NAME/availability", None),
        ("PATCH", "/records/NAME/1", {"fields": {}}), ("DELETE", "/records/NAME/1", None), ("POST", "/records/NAME/bulk", {"records": []}),
    ):
        answers = []
        for name in ("item", "piece", "qqqq"):
            answer = reader(method, path.replace("NAME", name), wire)
            answers.append((answer.status_code, _plain(answer, name).replace("piece", "TODAY")))
        assert len({*answers}) == 1, (path, answers)


@pytest.mark.parametrize(("role", "sees"), [("manager", True), ("clerk", False), ("reader", False)])
def test_the_past_of_a_hidden_field_stays_hidden_under_its_new_name(changed: Served, role: str, sees: bool) -> None:
    client = changed.client(role)
    told = [client("GET", path).text for path in (
        "/records/person/1/history", "/records/person/1?as_of=2026-11-21T10:00:00Z", "/records/person/export?format=csv",
        "/search?q=Canary", "/openapi.json", "/breaches", "/records/person/2/breaches", "/records/person?broken=*")]
    assert [word for word in ("Canary", "memo") if any(word in one for one in told)] == (["Canary", "memo"] if sees else [])
    gone = [client("GET", path).text for path in ("/records/piece/1/history", "/records/piece/1", "/records/piece/export?format=csv")]
    assert not any(word in one for one in gone for word in ("77.77", "88.88", "zz_"))
