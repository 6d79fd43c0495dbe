"""Levels of fields through the engine: masks and flags beside what is readable, hidden at every other door, in every state."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from levelled_site import BOTH, CLERK, EYE, FRONT, HELPER, OWNER, VALUES, opened

from kartotek.engine.engine import Engine
from kartotek.errors import Invalid, KartotekError, Malformed
from kartotek.model.actor import Actor, Scope
from kartotek.model.query import Condition, Query

Made = Callable[..., int]


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    """The engine with folders."""
    return opened(open_engine)


@pytest.fixture
def folder(engine: Engine) -> Made:
    """A function that makes a folder as the clerk."""
    return lambda **fields: engine.create(CLERK, "folder", VALUES | fields)["id"]


def finish(engine: Engine, id: int) -> None:
    engine.processes.run(CLERK, "folder", id, "finish")


def test_each_level_shows_as_much_as_it_says(engine: Engine, folder: Made) -> None:
    id = folder()
    front, eye, helper = (engine.get(one, "folder", id) for one in (FRONT, EYE, HELPER))
    assert front["masked"] == {"name": "王•••", "phone": "•••5678", "mail": "•••@example.com", "born": "1985"}
    assert "flags" not in front and front["fields"].keys() == {"grade", "lines", "status"}
    assert eye["flags"] == {"mail": True} and eye["masked"] == {"phone": "•••5678"}
    assert eye["fields"].keys() == {"name", "text", "grade", "lines", "status"}
    assert helper["flags"] == {"amount": True} and helper["masked"] == {"phone": "•••5678"}
    assert helper["fields"].keys() == {"name", "born", "text", "grade", "lines", "status"}
    assert engine.get(CLERK, "folder", id).keys().isdisjoint({"masked", "flags"})
    assert engine.get(CLERK, "folder", id)["fields"].keys() - {"doubled"} == {*VALUES, "status"}
    assert "doubled" not in helper["fields"], "it is made of what he may not read"


def test_what_has_no_value_has_no_mask_and_a_flag_that_says_so(engine: Engine) -> None:
    id = engine.create(CLERK, "folder", {"name": "x", "grade": 3})["id"]
    assert engine.get(EYE, "folder", id)["flags"] == {"mail": False} and "masked" not in engine.get(EYE, "folder", id)
    assert engine.get(HELPER, "folder", id)["flags"] == {"amount": False}
    assert engine.get(FRONT, "folder", id)["masked"] == {"name": "•••"}


def test_a_state_replaces_what_the_field_says(engine: Engine, folder: Made) -> None:
    id = folder()
    finish(engine, id)
    assert engine.get(FRONT, "folder", id)["fields"]["amount"] == "12.50" and "phone" not in engine.get(FRONT, "folder", id)["masked"]
    assert "flags" not in engine.get(HELPER, "folder", id) and "text" not in engine.get(EYE, "folder", id)["fields"]
    with pytest.raises(Invalid) as refused:
        engine.update(HELPER, "folder", id, {"text": "loud"})
    assert [one.code for one in refused.value.problems] == ["forbidden_value"]


def test_writing_asks_for_the_level_in_the_state(engine: Engine, folder: Made) -> None:
    id = folder()
    assert engine.update(HELPER, "folder", id, {"text": "loud"})["fields"]["text"] == "loud"
    for actor, fields in ((FRONT, {"phone": "+8613900000000"}), (FRONT, {"text": "x"}), (HELPER, {"amount": "1.00"}), (HELPER, {"mail": "a@b.cn"})):
        with pytest.raises(Invalid) as refused:
            engine.update(actor, "folder", id, fields)
        assert [one.code for one in refused.value.problems] == ["unknown_field"], fields
    made = engine.create(HELPER, "folder", {"name": "n", "grade": 4, "text": "t"})
    assert made["fields"]["text"] == "t"
    with pytest.raises(Invalid):
        engine.create(HELPER, "folder", {"name": "n", "phone": "+8613812345678"})


def test_rows_and_columns_of_several_roles_go_together(engine: Engine, folder: Made) -> None:
    low, high = folder(grade=1, phone="+8613900000000"), folder(grade=3)
    for id, text in ((low, None), (high, "quiet")):
        found = engine.get(BOTH, "folder", id)
        assert found["fields"].get("text") == text and ("born" in found["fields"]) == (text is not None)
        assert ("born" in found["masked"]) == (text is None), "where only the front sees the row, it is behind a mask"
    assert engine.get(BOTH, "folder", low)["masked"]["name"] == "王•••" and engine.get(BOTH, "folder", high)["fields"]["name"] == "王小明"
    page = engine.select(BOTH, "folder", Query(filter="record.text == 'quiet'", count=True))
    assert (page.count, [one["id"] for one in page.items]) == (1, [high])
    assert [one["id"] for one in engine.select(BOTH, "folder", Query(search="王小明")).items] == [], "not in every row that he sees"


@pytest.mark.parametrize("name", ["phone", "mail", "amount"])
def test_masks_and_flags_cannot_be_asked_by(engine: Engine, folder: Made, name: str) -> None:
    id = folder()
    query = {
        "filter": Query(filter=f"isSet(record.{name})"), "sort": Query(sort=(name,)), "condition": Query(conditions=(Condition((name,), "set", "true"),)),
        "missing": Query(filter="isSet(record.nothing)"),
    }
    told = {}
    for how, one in query.items():
        with pytest.raises(Malformed) as refused:
            engine.select(HELPER, "folder", one)
        told[how] = str(refused.value).replace(name, "nothing")
    assert told["filter"] == told["missing"], "told as of a field that is not there"
    for value in VALUES.values():
        if value != "quiet" and isinstance(value, str):
            assert not engine.select(FRONT, "folder", Query(search=value)).items
    assert name not in {one.name for one in engine.sight(HELPER, "folder").readable}
    assert name not in {one["name"] for one in engine.describe(HELPER, "folder")["fields"]}
    assert all(name not in {change["field"] for change in row["changes"]} for row in engine.history(HELPER, "folder", id).items)
    assert name not in engine.get(HELPER, "folder", id, as_of=engine.clock())["fields"]


def test_lists_carry_masks_where_their_fields_are_asked_for(engine: Engine, folder: Made) -> None:
    folder()
    [one] = engine.select(FRONT, "folder", Query(fields=("phone", "grade"))).items
    assert (one["masked"], one["fields"]) == ({"phone": "•••5678"}, {"grade": 3})
    [one] = engine.select(FRONT, "folder", Query(fields=("grade",))).items
    assert "masked" not in one
    with pytest.raises(Malformed):
        engine.select(FRONT, "folder", Query(fields=("text",)))


def test_a_mask_of_a_unique_value_is_no_way_to_find_it(engine: Engine, folder: Made) -> None:
    """Whoever cannot set a value is told nothing by its being taken."""
    folder()
    with pytest.raises(KartotekError) as refused:
        engine.create(HELPER, "folder", {"name": "n", "grade": 5, "phone": VALUES["phone"]})
    with pytest.raises(KartotekError) as other:
        engine.create(HELPER, "folder", {"name": "n", "grade": 5, "phone": "+8613700000000"})
    assert [one.wire() for one in refused.value.problems] == [one.wire() for one in other.value.problems]


def test_the_past_shows_what_may_be_read_now_and_might_be_then(engine: Engine, folder: Made) -> None:
    id = folder()
    engine.update(CLERK, "folder", id, {"text": "louder", "amount": "13.00"})
    opening = engine.clock()
    assert {"text"} == {one["field"] for one in engine.history(EYE, "folder", id).items[0]["changes"]}
    engine.clock = lambda: opening + timedelta(hours=1)
    finish(engine, id)
    engine.update(CLERK, "folder", id, {"amount": "14.00", "text": "done"})
    fields = [{one["field"] for one in row["changes"]} for row in engine.history(FRONT, "folder", id).items]
    assert fields == [{"amount"}, {"status"}, set(), {"grade", "lines", "status"}], "of the time before it he might not know"
    assert all("text" not in {one["field"] for one in row["changes"]} for row in engine.history(EYE, "folder", id).items)
    then = engine.get(FRONT, "folder", id, as_of=opening)
    assert "amount" not in then["fields"] and "masked" not in then and engine.get(FRONT, "folder", id)["fields"]["amount"] == "14.00"
    then = engine.get(EYE, "folder", id, as_of=opening)
    assert "text" not in then["fields"] and then["title"] == "No. 3"


def test_titles_and_what_is_expanded_are_of_the_reader(engine: Engine, folder: Made) -> None:
    above = folder()
    below = folder(above=above, phone="+8613900000000", text="calm")
    found = engine.get(FRONT, "folder", below, expand=("above",), titles=True)
    assert (found["title"], found["titles"]["above"]) == ("No. 3", {str(above): "No. 3"})
    assert found["expanded"]["above"]["masked"]["phone"] == "•••5678" and "phone" not in found["expanded"]["above"]["fields"]
    [group] = engine.inverses(FRONT, "folder", above)
    assert json.dumps(group, default=str, ensure_ascii=False).find("calm") < 0
    assert "expanded" not in engine.get(FRONT, "folder", below)


def scoped(actor: Actor, **scope: Any) -> Actor:
    """The same person by a limited token."""
    return Actor(actor.id, actor.name, actor.roles, scope=Scope(**scope))


def test_a_token_ends_where_its_scope_ends(engine: Engine, folder: Made) -> None:
    id = folder()
    few = scoped(OWNER, fields=(("folder", frozenset({"name", "grade"})),))
    assert not few.is_owner and engine.get(few, "folder", id)["fields"].keys() == {"name", "grade"}
    assert engine.get(few, "folder", id)["title"] == "No. 3"
    assert engine.get(scoped(OWNER, fields=(("folder", frozenset({"name"})),)), "folder", id)["title"] == "No."
    engine.update(few, "folder", id, {"name": "new"})
    for wrong in ({"text": "x"}, {"amount": "1.00"}):
        with pytest.raises(Invalid):
            engine.update(few, "folder", id, wrong)
    with pytest.raises(Malformed):
        engine.select(few, "folder", Query(filter="record.text == 'quiet'"))
    for action, allowed in (("read", True), ("write", False), ("delete", False), ("create", False)):
        assert engine.types(scoped(OWNER, actions=frozenset({"read"})))[0]["name"] == "folder"
        assert bool(engine.transactions.begin(scoped(OWNER, actions=frozenset({"read"}))).may("folder", action)) is allowed  # type: ignore[arg-type]
    assert engine.types(scoped(OWNER, types=frozenset({"other"}))) == []
    with pytest.raises(KartotekError):
        engine.processes.run(scoped(OWNER, actions=frozenset({"read", "write"})), "folder", id, "finish")
    engine.processes.run(scoped(OWNER, actions=frozenset({"read", "transition"})), "folder", id, "finish")


def test_a_draft_begins_with_what_may_be_read_where_new_records_begin(engine: Engine) -> None:
    assert engine.draft(CLERK, "folder", given={"text": "x", "grade": 1}) == {"grade": 1, "text": "x"}
    assert engine.draft(FRONT, "folder", given={"text": "x", "amount": "1.00", "grade": 1}) == {"grade": 1}
