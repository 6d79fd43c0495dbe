"""Former names at the doors: what clients still call by them is found, answered by today's names, and tells nobody of what is hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from neutral_site import ALL, CLERK, HELPER, SITE

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.errors import Invalid, KartotekError, Malformed
from kartotek.model.query import Condition, Query

OWNER_OF = {"references": "person", "inverse": "things", "aliases": ["owner"]}
PERSON: dict[str, Any] = {
    "title": "Person", "type": "object",
    "properties": {"name": {"type": "string", "title": "Name", "x-field": {"aliases": ["label"]}}},
    "x-record": {"titleTemplate": "{name}", "aliases": ["people"], "permissions": {"clerk": ALL, "helper": {"read": True}}},
}
THING: dict[str, Any] = {
    "title": "Thing", "type": "object", "required": ["mobile"],
    "properties": {
        "mobile": {"type": "string", "title": "Mobile", "x-field": {"aliases": ["phone", "tel"], "unique": True}},
        "hidden": {"type": "string", "title": "Hidden", "x-field": {"aliases": ["secret"], "read": ["clerk"], "write": ["clerk"]}},
        "person": {"type": "integer", "title": "Person", "x-field": OWNER_OF},
        "lines": {"type": "array", "title": "Lines", "items": {"type": "object", "properties": {
            "count": {"type": "integer", "title": "Count", "x-field": {"aliases": ["quantity"]}}}}},
        "box": {"type": "object", "title": "Box", "properties": {
            "width": {"type": "integer", "title": "Width", "x-field": {"aliases": ["breadth"]}}}},
    },
    "x-record": {"titleTemplate": "{mobile}", "search": ["mobile"], "permissions": {"clerk": ALL, "helper": {"read": True, "write": True}}},
}


def documents() -> dict[str, str]:
    return {"site.yaml": SITE, "schemas/thing.json": json.dumps(THING), "schemas/person.json": json.dumps(PERSON)}


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    """With a person and a thing of theirs."""
    engine = open_engine(documents())
    engine.create(CLERK, "person", {"name": "Ann"})
    engine.create(CLERK, "thing", {
        "phone": "1", "secret": "s", "owner": 1, "lines": [{"quantity": 2}, {"count": 3}], "box": {"breadth": 4}})
    return engine


def listed(engine: Engine, actor: Any = CLERK, **query: Any) -> list[int]:
    return [one["id"] for one in engine.select(actor, "thing", Query(**query)).items]


def test_bodies_take_former_names_and_answers_have_those_of_today(engine: Engine) -> None:
    fields = engine.get(CLERK, "thing", 1)["fields"]
    assert fields == {"mobile": "1", "hidden": "s", "person": 1, "lines": [{"count": 2}, {"count": 3}], "box": {"width": 4}}
    after = engine.update(CLERK, "thing", 1, {"tel": "2", "box": {"breadth": 5}}, unset=["secret"])["fields"]
    assert (after["mobile"], after["box"], "hidden" in after) == ("2", {"width": 5}, False)
    rows = [BulkRow(fields={"phone": "2", "owner": None}), BulkRow(fields={"tel": "3"})]
    assert [one["status"] for one in engine.bulk(CLERK, "thing", rows, on="phone")] == ["updated", "created"]


def test_two_names_of_one_field_are_refused(engine: Engine) -> None:
    for fields in ({"phone": "2", "mobile": "3"}, {"mobile": "3", "tel": "3"}):
        with pytest.raises(Invalid) as error:
            engine.update(CLERK, "thing", 1, fields)
        assert [one.code for one in error.value.problems] == ["unknown_field"]
    with pytest.raises(Invalid):
        engine.update(CLERK, "thing", 1, {"box": {"width": 1, "breadth": 2}})


QUESTIONS: dict[str, dict[str, Any]] = {
    "a filter": {"filter": "record.phone == '1' && record.owner.label == 'Ann'"},
    "a list in a filter": {"filter": "record.lines.exists(l, l.quantity == 3)"},
    "an object in a filter": {"filter": "record.box.breadth == 4"},
    "a condition": {"conditions": (Condition(("tel",), "eq", "1"), Condition(("owner", "label"), "contains", "nn"))},
    "a condition on rows": {"conditions": (Condition(("lines", "quantity"), "eq", "2"),)},
    "an order": {"sort": ("-phone", "owner")},
    "fields": {"fields": ("phone", "box")},
    "an expansion": {"expand": ("owner",)},
}


@pytest.mark.parametrize("query", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_questions_take_former_names(engine: Engine, query: dict[str, Any]) -> None:
    assert listed(engine, **query) == [1]


def test_answers_of_such_questions_have_the_names_of_today(engine: Engine) -> None:
    found = engine.get(CLERK, "thing", 1, fields=["phone", "owner"], expand=["owner"])
    assert (found["fields"], found["expanded"]["person"]["title"]) == ({"mobile": "1", "person": 1}, "Ann")


HIDDEN: dict[str, Callable[[Engine, str], Any]] = {
    "a filter": lambda engine, name: listed(engine, HELPER, filter=f"record.{name} == 's'"),
    "a condition": lambda engine, name: listed(engine, HELPER, conditions=(Condition((name,), "eq", "s"),)),
    "an order": lambda engine, name: listed(engine, HELPER, sort=(name,)),
    "fields": lambda engine, name: listed(engine, HELPER, fields=(name,)),
    "an expansion": lambda engine, name: listed(engine, HELPER, expand=(name,)),
    "a body": lambda engine, name: engine.update(HELPER, "thing", 1, {name: "x"}),
    "taking out": lambda engine, name: engine.update(HELPER, "thing", 1, {}, unset=[name]),
    "broken": lambda engine, name: listed(engine, HELPER, broken=(name,)),
}


@pytest.mark.parametrize("act", HIDDEN.values(), ids=HIDDEN.keys())
def test_former_name_of_what_is_hidden_is_none(engine: Engine, act: Callable[[Engine, str], Any]) -> None:
    said = []
    for name in ("secret", "nought0"):
        with pytest.raises(KartotekError) as error:
            act(engine, name)
        said.append([(type(error.value), one.code, one.message.replace(name, "…"), one.path.replace(name, "…")) for one in error.value.problems])
    assert said[0] == said[1]
    assert "hidden" not in str(said)


def test_columns_of_a_file_may_have_former_names(engine: Engine) -> None:
    text = "phone,owner,box.breadth\n1,1,9\n7,,8\n".encode()
    made = engine.imports.prepare(CLERK, "thing", BytesIO(text), name="a.csv", options={"on": "tel", "mapping": {"box.breadth": "box.breadth"}})
    assert [one["field"] for one in made["summary"]["columns"]] == ["mobile", "person", "box.width"]
    assert (made["counts"]["updated"], made["counts"]["created"]) == (1, 1)


def test_name_that_is_free_again_means_what_has_it_now(open_engine: Callable[..., Engine]) -> None:
    declared = json.loads(json.dumps(THING))
    declared["properties"]["phone"] = {"type": "string", "title": "Phone"}
    declared["properties"]["mobile"]["x-field"]["aliases"] = ["tel"]
    engine = open_engine(documents() | {"schemas/thing.json": json.dumps(declared)})
    made = engine.create(CLERK, "thing", {"phone": "1", "tel": "2"})["fields"]
    assert (made["phone"], made["mobile"]) == ("1", "2")
    with pytest.raises(Malformed):
        listed(engine, sort=("nought",))
