"""Creating and changing records: what is stored, what is refused, and what every door says about it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, ORDER, OWNER, STRANGER, documents

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.query import Condition, Query

Made = Callable[..., dict[str, Any]]


def problems(error: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return sorted((one.path, one.code) for one in error.value.problems)


def test_a_record_comes_back_as_it_was_sent_with_declared_defaults_and_nothing_else(engine: Engine, made: Made) -> None:
    sent = {"name": "王芳", "mobile": "13800138000", "note": None, "address": {"city": "上海"}, "tags": ["b", "a"]}
    record = made("person", **sent)
    expected = {
        **sent, "mobile": "+8613800138000", "level": "plain", "active": True, "orders_count": 0, "spent": "0.00",
    }
    assert record["fields"] == expected
    assert engine.get(CLERK, "person", record["id"])["fields"] == expected
    assert (record["version"], record["title"], record["created_by"]) == (1, "王芳", CLERK.id)
    assert record["created_at"] == "2026-11-21T10:00:00Z"


def test_every_problem_is_told_at_once(engine: Engine) -> None:
    with pytest.raises(Invalid) as error:
        engine.create(CLERK, "person", {
            "mobile": "12", "level": "silver", "nme": "x", "spent": "1.00", "active": None, "address": {"town": "x"}})
    assert problems(error) == [
        ("/fields/active", "not_null"), ("/fields/address/town", "unknown_field"), ("/fields/level", "choice"),
        ("/fields/mobile", "format"), ("/fields/name", "required"), ("/fields/nme", "unknown_field"),
        ("/fields/spent", "read_only"),
    ]
    assert engine.select(CLERK, "person", Query()).items == []


def test_a_patch_touches_what_it_names(engine: Engine, made: Made) -> None:
    record = made("person", name="Ann", note="old", address={"city": "Rome", "zip": "1"}, tags=["a"])
    after = engine.update(CLERK, "person", record["id"], {"address": {"city": "Bern"}, "note": None}, unset=["tags"])
    assert after["version"] == 2
    assert after["fields"]["address"] == {"city": "Bern"}
    assert after["fields"]["note"] is None
    assert "tags" not in after["fields"] and after["fields"]["name"] == "Ann"
    again = engine.update(CLERK, "person", record["id"], {"note": None, "name": "Ann"})
    assert again["version"] == 2, "a change that changes nothing is none"


def test_unsetting_what_is_required_is_refused(engine: Engine, made: Made) -> None:
    record = made("person", name="Ann")
    with pytest.raises(Invalid) as error:
        engine.update(CLERK, "person", record["id"], {}, unset=["name"])
    assert problems(error) == [("/fields/name", "required")]


def test_update_with_stale_version_is_refused(engine: Engine, made: Made) -> None:
    record = made("person", name="Ann")
    engine.update(CLERK, "person", record["id"], {"name": "Anna"}, version=1)
    with pytest.raises(Conflict) as error:
        engine.update(CLERK, "person", record["id"], {"name": "Annie"}, version=1)
    assert problems(error) == [("/version", "version")]
    assert engine.get(CLERK, "person", record["id"])["fields"]["name"] == "Anna"


def test_a_second_record_with_a_unique_value_is_refused_until_the_first_is_deleted(engine: Engine, made: Made) -> None:
    first = made("person", name="Ann", mobile="13800138000")
    with pytest.raises(Conflict) as error:
        made("person", name="Bob", mobile="+86 138 0013 8000")
    assert problems(error) == [("/fields/mobile", "unique")]
    engine.delete(CLERK, "person", first["id"])
    second = made("person", name="Bob", mobile="13800138000")
    with pytest.raises(Conflict) as error:
        engine.restore(CLERK, "person", first["id"])
    assert problems(error) == [("/fields/mobile", "unique")]
    assert engine.get(CLERK, "person", second["id"])["fields"]["name"] == "Bob"


@pytest.fixture
def order(made: Made) -> dict[str, Any]:
    """An order of two lines, by one person."""
    person = made("person", name="Ann")
    pen, ink = made("item", name="Pen", price="2.50"), made("item", name="Ink", price="10.00")
    lines = [{"item": pen["id"], "quantity": 3}, {"item": ink["id"], "quantity": 1, "price": "9.99"}]
    return made("order", person=person["id"], lines=lines, starts_at="2026-11-21T18:00:00+08:00")


def test_rows_get_copies_defaults_and_computed_values_and_the_total_follows(engine: Engine, order: dict[str, Any]) -> None:
    fields = order["fields"]
    assert fields["number"] == "OR-2026-0001"
    assert [(one["price"], one["amount"]) for one in fields["lines"]] == [("2.50", "7.50"), ("9.99", "9.99")]
    assert fields["total"] == "17.49"
    assert fields["starts_at"] == "2026-11-21T10:00:00Z"
    assert order["title"] == "OR-2026-0001 Ann"
    person = engine.get(CLERK, "person", fields["person"])
    assert (person["fields"]["orders_count"], person["fields"]["spent"], person["version"]) == (1, "0.00", 1)


def test_rollups_follow_every_change_of_a_child(engine: Engine, order: dict[str, Any], made: Made) -> None:
    def ann_and_bob() -> list[tuple[int, str]]:
        return [
            (one["fields"]["orders_count"], one["fields"]["spent"])
            for one in engine.select(CLERK, "person", Query()).items
        ]

    bob, id = made("person", name="Bob"), order["id"]
    engine.update(CLERK, "order", id, {"paid": True})
    assert ann_and_bob() == [(1, "17.49"), (0, "0.00")]
    engine.update(CLERK, "order", id, {"lines": [{"item": order["fields"]["lines"][0]["item"], "quantity": 10}]})
    assert ann_and_bob() == [(1, "25.00"), (0, "0.00")]
    engine.update(CLERK, "order", id, {"person": bob["id"]})
    assert ann_and_bob() == [(0, "0.00"), (1, "25.00")]
    engine.delete(CLERK, "order", id)
    assert ann_and_bob() == [(0, "0.00"), (0, "0.00")]
    engine.restore(CLERK, "order", id)
    assert ann_and_bob() == [(0, "0.00"), (1, "25.00")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"person": 99}, [("/fields/person", "no_record")]),
        ({"lines": []}, [("/fields/lines", "min_items")]),
        ({"lines": [{"item": 1}, {"item": 99}]}, [("/fields/lines/1/item", "no_record")]),
        ({"lines": [{"item": 1, "quantity": 0}]}, [("/fields/lines/0/quantity", "minimum")]),
        ({"lines": [{"item": 1, "amount": "1.00"}]}, [("/fields/lines/0/amount", "read_only")]),
        ({"ends_at": "2026-11-21T09:00:00Z"}, [("/fields/ends_at", "validation")]),
        ({"lines": [{"item": 2, "quantity": 101}]}, [("/fields/reason", "required")]),
        ({"number": "X"}, [("/fields/number", "read_only")]),
        ({"total": "1.00"}, [("/fields/total", "read_only")]),
        ({"seen_by": [1, 99]}, [("/fields/seen_by/1", "no_record")]),
    ],
)
def test_what_an_order_may_not_become(
    engine: Engine, order: dict[str, Any], fields: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(Invalid) as error:
        engine.update(CLERK, "order", order["id"], fields)
    assert problems(error) == expected
    assert engine.get(CLERK, "order", order["id"]) == order


def test_a_filtered_reference_can_no_longer_be_chosen_but_an_old_one_stays(engine: Engine, order: dict[str, Any]) -> None:
    item = order["fields"]["lines"][0]["item"]
    engine.update(CLERK, "item", item, {"on_sale": False})
    kept = [{key: value for key, value in one.items() if key != "amount"} for one in order["fields"]["lines"]]
    kept[0]["quantity"] = 4
    assert engine.update(CLERK, "order", order["id"], {"lines": kept})["fields"]["total"] == "19.99"
    with pytest.raises(Invalid) as error:
        engine.update(CLERK, "order", order["id"], {"lines": [*kept, {"item": item, "quantity": 1}]})
    assert problems(error) == [("/fields/lines/2/item", "not_selectable")]


def test_a_locked_field_opens_only_in_a_change_of_its_own(engine: Engine, order: dict[str, Any]) -> None:
    engine.update(CLERK, "order", order["id"], {"locked": "a", "paid": True})
    with pytest.raises(Invalid) as error:
        engine.update(CLERK, "order", order["id"], {"locked": "b", "paid": False})
    assert problems(error) == [("/fields/locked", "read_only")]
    engine.update(CLERK, "order", order["id"], {"paid": False})
    engine.update(CLERK, "order", order["id"], {"locked": "b"})


def test_deleting_is_refused_cascades_or_lets_go_as_declared(engine: Engine, order: dict[str, Any], made: Made) -> None:
    guest = made("person", name="Guest")
    engine.update(CLERK, "order", order["id"], {"seen_by": [guest["id"]]})
    with pytest.raises(Conflict) as error:
        engine.delete(CLERK, "person", order["fields"]["person"])
    assert problems(error) == [("", "referenced")]
    engine.delete(CLERK, "person", guest["id"])
    assert "seen_by" not in engine.get(CLERK, "order", order["id"])["fields"] or (
        engine.get(CLERK, "order", order["id"])["fields"]["seen_by"] == []
    )
    account = made("account", code="A")
    entries = [made("entry", account=account["id"], change=one) for one in (5, -2)]
    engine.delete(CLERK, "entry", entries[1]["id"])
    engine.delete(CLERK, "account", account["id"])
    with pytest.raises(NotFound):
        engine.get(CLERK, "entry", entries[0]["id"])
    engine.restore(CLERK, "account", account["id"])
    assert engine.get(CLERK, "entry", entries[0]["id"])["fields"]["change"] == 5
    assert engine.get(CLERK, "account", account["id"])["fields"]["remaining"] == 5
    with pytest.raises(NotFound):
        engine.get(CLERK, "entry", entries[1]["id"])


def test_a_balance_cannot_be_overdrawn(engine: Engine, made: Made) -> None:
    account = made("account", code="A")
    made("entry", account=account["id"], change=2)
    with pytest.raises(Invalid) as error:
        made("entry", account=account["id"], change=-3)
    assert [one.code for one in error.value.problems] == ["validation"]
    assert engine.get(CLERK, "account", account["id"])["fields"]["remaining"] == 2
    assert len(engine.select(CLERK, "entry", Query()).items) == 1


def test_numbers_have_no_gaps_where_a_create_was_refused(engine: Engine, order: dict[str, Any], made: Made) -> None:
    for _ in range(3):
        with pytest.raises(Invalid):
            made("order", person=order["fields"]["person"], lines=[{"item": 99}])
    again = made("order", person=order["fields"]["person"], lines=[{"item": order["fields"]["lines"][0]["item"]}])
    assert again["fields"]["number"] == "OR-2026-0002"


def test_rights_hold_at_every_action(engine: Engine, made: Made) -> None:
    ann, off = made("person", name="Ann", mobile="13800138000"), made("person", name="Off", active=False)
    seen = engine.get(HELPER, "person", ann["id"])
    assert "mobile" not in seen["fields"] and "spent" not in seen["fields"]
    assert [one["title"] for one in engine.select(HELPER, "person", Query()).items] == ["Ann"]
    for act in (
        lambda: engine.get(HELPER, "person", off["id"]),
        lambda: engine.update(HELPER, "person", off["id"], {"name": "x"}),
        lambda: engine.delete(STRANGER, "person", ann["id"]),
        lambda: engine.get(STRANGER, "person", ann["id"]),
        lambda: engine.select(STRANGER, "person", Query()),
        lambda: engine.create(STRANGER, "person", {"name": "x"}),
        lambda: engine.get(HELPER, "account", 1),
    ):
        with pytest.raises(NotFound):
            act()
    for act in (
        lambda: engine.create(HELPER, "person", {"name": "x"}),
        lambda: engine.delete(HELPER, "person", ann["id"]),
        lambda: engine.update(HELPER, "person", ann["id"], {"active": False}),
        lambda: engine.select(HELPER, "person", Query(trash=True)),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(Invalid) as error:
        engine.update(HELPER, "person", ann["id"], {"mobile": "13900139000"})
    assert problems(error) == [("/fields/mobile", "unknown_field")]
    assert engine.update(HELPER, "person", ann["id"], {"name": "Anna"})["fields"]["name"] == "Anna"
    assert engine.update(OWNER, "person", ann["id"], {"mobile": "13900139000"})["version"] == 3


def test_a_hidden_field_cannot_be_told_from_one_that_does_not_exist(engine: Engine, made: Made) -> None:
    made("person", name="Ann", mobile="13800138000")
    answers = []
    for name in ("mobile", "mobilx"):
        for query in (
            Query(filter=f"record.{name} == '+8613800138000'"), Query(sort=(name,)), Query(fields=(name,)), Query(expand=(name,)),
            Query(conditions=(Condition((name,), "startsWith", "+86"),)),
        ):
            with pytest.raises(Exception) as error:
                engine.select(HELPER, "person", query)
            answers.append((type(error.value), str(error.value).replace(name, "…"), problems(error)))
    assert answers[:5] == answers[5:]
    assert engine.select(HELPER, "person", Query(search="8613800138000")).items == []
    assert len(engine.select(CLERK, "person", Query(search="13800138000")).items) == 1


def test_nobody_refers_to_a_record_he_cannot_see_and_cannot_tell_it_from_none(open_engine: Callable[..., Engine]) -> None:
    allowed = copy.deepcopy(ORDER)
    allowed["x-record"]["permissions"]["helper"] = {"read": True, "create": True, "write": True}
    allowed["properties"]["secret"] = {"type": "string", "title": "Secret", "x-field": {"requiredIf": "record.paid", "read": ["clerk"]}}
    engine = open_engine(documents(order=allowed))
    off = engine.create(CLERK, "person", {"name": "Off", "active": False})["id"]
    item = engine.create(CLERK, "item", {"name": "Pen", "price": "1.00"})["id"]
    answers = []
    for id in (off, 999):
        with pytest.raises(Invalid) as error:
            engine.create(HELPER, "order", {"person": id, "lines": [{"item": item}]})
        answers.append(problems(error))
    assert answers == [[("/fields/person", "no_record")]] * 2
    on = engine.create(CLERK, "person", {"name": "On"})["id"]
    order = engine.create(HELPER, "order", {"person": on, "lines": [{"item": item}]})
    with pytest.raises(Invalid) as error:
        engine.update(HELPER, "order", order["id"], {"paid": True})
    assert [(one.path, one.code, dict(one.params)) for one in error.value.problems] == [("", "required", {})]


def test_a_retired_option_stays_where_it_was_and_is_given_to_nobody_else(open_engine: Callable[..., Engine]) -> None:
    order = copy.deepcopy(ORDER)
    options = {"oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}]}
    order["properties"]["lines"]["items"]["properties"]["size"] = {"title": "Size", **copy.deepcopy(options)}
    order["properties"]["marks"] = {"title": "Marks", "type": "array", "uniqueItems": True, "items": copy.deepcopy(options)}
    engine = open_engine(documents(order=order))
    person, item = engine.create(CLERK, "person", {"name": "Ann"})["id"], engine.create(CLERK, "item", {"name": "Pen", "price": "1"})["id"]
    line = {"item": item, "quantity": 1, "size": "b"}
    made = engine.create(CLERK, "order", {"person": person, "lines": [line], "marks": ["b"]})
    for choice in (order["properties"]["lines"]["items"]["properties"]["size"], order["properties"]["marks"]["items"]):
        choice["oneOf"][1]["deprecated"] = True
    engine.apply_documents(documents(order=order), by=Actor.system("test"), reason="retired")
    changed = engine.update(CLERK, "order", made["id"], {"lines": [{**line, "quantity": 2}], "marks": ["a", "b"]})
    assert changed["version"] == 2
    with pytest.raises(Invalid) as error:
        engine.update(CLERK, "order", made["id"], {"lines": [{**line, "quantity": 2}, {**line, "quantity": 9}]})
    assert problems(error) == [("/fields/lines/1/size", "deprecated_choice")]
    with pytest.raises(Invalid) as error:
        engine.create(CLERK, "order", {"person": person, "lines": [line], "marks": ["a", "b"]})
    assert problems(error) == [("/fields/lines/0/size", "deprecated_choice"), ("/fields/marks/1", "deprecated_choice")]
    with pytest.raises(Invalid) as error:
        engine.create(CLERK, "person", {"name": "Tim", "level": "tin"})
    assert problems(error) == [("/fields/level", "deprecated_choice")]
