"""Lists, filters, expansion, history and the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from neutral_site import CLERK, HELPER

from kartotek.engine.engine import Engine
from kartotek.errors import Malformed, NotFound
from kartotek.model.query import Condition, Query

Made = Callable[..., dict[str, Any]]


@pytest.fixture
def people(made: Made) -> list[int]:
    """Ids of five people whose birthdays are shuffled, one of them unknown."""
    born = ["1990-05-01", None, "1970-01-01", "2000-02-29", "1990-05-01"]
    return [
        made("person", name=f"P{index}", tags=["a"] if index % 2 else ["a", "b"], **({"born": day} if day else {}))["id"]
        for index, day in enumerate(born)
    ]


def ids(engine: Engine, query: Query, record_type: str = "person", actor: Any = CLERK) -> list[int]:
    """The ids over all pages of the query."""
    found: list[int] = []
    while True:
        page = engine.select(actor, record_type, query)
        found += [one["id"] for one in page.items]
        if page.next is None:
            return found
        query = replace(query, cursor=page.next)


@pytest.mark.parametrize(
    ("sort", "order"),
    [((), [0, 1, 2, 3, 4]), (("born",), [2, 0, 4, 3, 1]), (("-born",), [3, 0, 4, 2, 1]), (("-name",), [4, 3, 2, 1, 0]),
     (("-meta.id",), [4, 3, 2, 1, 0]), (("age", "-name"), [3, 4, 0, 2, 1]),
     (("late", "name"), [0, 2, 4, 3, 1])],
)
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_pages_follow_each_other_without_loss_in_any_order(
    engine: Engine, people: list[int], sort: tuple[str, ...], order: list[int], limit: int
) -> None:
    assert ids(engine, Query(sort=sort, limit=limit)) == [people[one] for one in order]


@pytest.mark.parametrize(
    ("path", "operator", "text", "found"),
    [
        (("name",), "eq", "P3", [3]), (("name",), "ne", "P3", [0, 1, 2, 4]), (("name",), "contains", "p", [0, 1, 2, 3, 4]),
        (("name",), "in", "P1,P2", [1, 2]), (("born",), "gte", "1990-05-01", [0, 3, 4]), (("born",), "empty", "true", [1]),
        (("born",), "empty", "false", [0, 2, 3, 4]), (("tags",), "contains", "b", [0, 2, 4]),
        (("active",), "eq", "true", [0, 1, 2, 3, 4]), (("level",), "eq", "gold", []), (("orders_count",), "eq", "0", [0, 1, 2, 3, 4]),
        (("spent",), "lt", "0.01", [0, 1, 2, 3, 4]), (("meta", "created_at"), "lt", "2026-11-21T10:00:01Z", [0, 1, 2, 3, 4]),
        (("name",), "startsWith", "P", [0, 1, 2, 3, 4]), (("age",), "gt", "50", [2]),
    ],
)
def test_shorthand_filters(
    engine: Engine, people: list[int], path: tuple[str, ...], operator: Any, text: str, found: list[int]
) -> None:
    query = Query(conditions=(Condition(path, operator, text),))
    assert ids(engine, query) == [people[one] for one in found]
    assert engine.select(CLERK, "person", replace(query, count=True, limit=1)).count == len(found)


@pytest.mark.parametrize(
    "query",
    [
        Query(filter="record.name ="), Query(filter="record.nam == 'x'"), Query(filter="record.name"), Query(sort=("tags",)),
        Query(sort=("nothing",)), Query(fields=("nothing",)), Query(expand=("name",)), Query(cursor="AAAA"),
        Query(cursor="not base64 at all!"), Query(conditions=(Condition(("born",), "gte", "soon"),)),
        Query(conditions=(Condition(("name", "x"), "eq", "1"),)), Query(conditions=(Condition(("active",), "gte", "true"),)),
        Query(filter="record.spent / 3.0 > 1.0"), Query(conditions=(Condition(("orders_count",), "eq", "9" * 5000),)),
        Query(conditions=(Condition(("meta", "secret"), "eq", "1"),)),
    ],
)
def test_what_cannot_be_asked_is_malformed_and_says_so(engine: Engine, people: list[int], query: Query) -> None:
    with pytest.raises(Malformed) as error:
        engine.select(CLERK, "person", query)
    assert error.value.sentence


def test_a_cursor_serves_only_the_question_and_the_person_it_was_made_for(engine: Engine, people: list[int]) -> None:
    cursor = engine.select(CLERK, "person", Query(limit=2)).next
    assert cursor is not None
    for actor, query in ((CLERK, Query(cursor=cursor, sort=("born",))), (HELPER, Query(cursor=cursor))):
        with pytest.raises(Malformed):
            engine.select(actor, "person", query)


@pytest.fixture
def order(made: Made, people: list[int]) -> dict[str, Any]:
    item = made("item", name="Pen", price="2.00")
    return made("order", person=people[0], lines=[{"item": item["id"], "quantity": 2}], seen_by=[people[2], people[1]])


def test_expansion_adds_records_and_leaves_the_fields_as_they_are(engine: Engine, order: dict[str, Any], people: list[int]) -> None:
    found = engine.get(CLERK, "order", order["id"], expand=("person", "lines.item", "seen_by"), titles=True)
    assert found["fields"] == order["fields"]
    expanded = found["expanded"]
    assert expanded["person"]["fields"]["name"] == "P0"
    assert [one["title"] for one in expanded["lines.item"]] == ["Pen"]
    assert [one["id"] for one in expanded["seen_by"]] == [people[2], people[1]]
    assert found["titles"]["person"] == {str(people[0]): "P0"}
    assert list(found["titles"]["lines.item"].values()) == ["Pen"]


def test_a_hidden_record_is_neither_expanded_nor_named(engine: Engine, order: dict[str, Any], people: list[int]) -> None:
    engine.update(CLERK, "person", people[2], {"active": False})
    found = engine.get(HELPER, "order", order["id"], expand=("seen_by",), titles=True)
    assert [one["id"] for one in found["expanded"]["seen_by"]] == [people[1]]
    assert found["titles"]["seen_by"] == {str(people[1]): "P1"}
    assert "mobile" not in found["expanded"]["seen_by"][0]["fields"]
    assert ids(engine, Query(filter="record.person.name == 'P0'"), "order", HELPER) == [order["id"]]
    engine.update(CLERK, "person", people[0], {"active": False})
    assert ids(engine, Query(filter="record.person.name == 'P0'"), "order", HELPER) == []
    with pytest.raises(NotFound):
        engine.get(HELPER, "order", order["id"])


def test_history_tells_who_changed_what_and_the_past_can_be_read(engine: Engine, made: Made) -> None:
    moments = [datetime(2026, 11, 21, 10, minute, tzinfo=UTC) for minute in range(5)]
    engine.clock = lambda: moments[0]
    record = made("person", name="Ann", note="a")
    for minute, fields in ((1, {"note": None}), (2, {"name": "Anna", "tags": ["a"]})):
        engine.clock = lambda minute=minute: moments[minute]  # type: ignore[misc]
        engine.update(HELPER if minute == 2 else CLERK, "person", record["id"], fields)
    engine.clock = lambda: moments[3]
    engine.update(CLERK, "person", record["id"], {}, unset=["tags"])
    page = engine.history(CLERK, "person", record["id"])
    told = [(one["version"], one["action"], one["by_name"], one["changes"]) for one in page.items]
    assert told[:3] == [
        (4, "update", "Clara", [{"field": "tags", "was": ["a"]}]),
        (3, "update", "Hugo", [{"field": "name", "was": "Ann", "now": "Anna"}, {"field": "tags", "now": ["a"]}]),
        (2, "update", "Clara", [{"field": "note", "was": "a", "now": None}]),
    ]
    assert told[3][1] == "create" and {"field": "name", "now": "Ann"} in told[3][3]
    past = [
        {name: engine.get(CLERK, "person", record["id"], as_of=at)["fields"].get(name, "absent") for name in ("name", "note", "tags")}
        for at in moments[:4]
    ]
    assert past == [
        {"name": "Ann", "note": "a", "tags": "absent"}, {"name": "Ann", "note": None, "tags": "absent"},
        {"name": "Anna", "note": None, "tags": ["a"]}, {"name": "Anna", "note": None, "tags": "absent"},
    ]
    assert engine.get(CLERK, "person", record["id"], as_of=moments[1])["version"] == 2
    with pytest.raises(NotFound):
        engine.get(CLERK, "person", record["id"], as_of=moments[0] - timedelta(seconds=1))


def test_history_shows_a_reader_only_his_fields(engine: Engine, made: Made) -> None:
    record = made("person", name="Ann", mobile="13800138000")
    engine.update(CLERK, "person", record["id"], {"mobile": "13900139000"})
    shown = engine.history(HELPER, "person", record["id"]).items
    assert [one["changes"] for one in shown][0] == []
    assert "1380013" not in str(shown)


def test_related_lists_and_choices_are_those_the_reader_may_see(engine: Engine, order: dict[str, Any], people: list[int]) -> None:
    lists = engine.inverses(CLERK, "person", people[0])
    assert [(one["type"], one["name"], len(one["page"].items)) for one in lists] == [("order", "orders", 1)]
    assert engine.inverses(HELPER, "person", people[0])[0]["page"].items[0]["id"] == order["id"]
    item = order["fields"]["lines"][0]["item"]
    assert engine.options(CLERK, "order", ("lines", "item"), search="pe") == [{"id": item, "title": "Pen"}]
    engine.update(CLERK, "item", item, {"on_sale": False})
    assert engine.options(CLERK, "order", ("lines", "item"), search="pe") == []
    assert engine.options(CLERK, "order", ("lines", "item"), ids=(item,)) == [{"id": item, "title": "Pen"}]
    engine.update(CLERK, "person", people[4], {"active": False})
    assert people[4] not in [one["id"] for one in engine.options(HELPER, "order", ("person",))]


def test_a_draft_has_the_defaults_and_draws_no_number(engine: Engine, order: dict[str, Any]) -> None:
    assert engine.draft(CLERK, "order", given={"person": order["fields"]["person"]}) == {
        "paid": False, "person": order["fields"]["person"]}


def test_deleted_records_are_for_those_who_may_delete(engine: Engine, people: list[int]) -> None:
    engine.delete(CLERK, "person", people[0])
    assert ids(engine, Query(trash=True)) == [people[0]]
    assert engine.get(CLERK, "person", people[0], trash=True)["deleted_at"] == "2026-11-21T10:00:00Z"
    assert [one["action"] for one in engine.history(CLERK, "person", people[0]).items] == ["delete", "create"]
    with pytest.raises(NotFound):
        engine.history(HELPER, "person", people[0])
