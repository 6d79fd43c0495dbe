"""Rules over related records: judged when saved, judged again when the others change, and listed for those who may know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER
from tests.engine.suitable_site import MEAL, suitable_documents

from kartotek.engine.engine import Engine
from kartotek.errors import Invalid, Malformed, NotFound
from kartotek.model.actor import Actor

STRANGER = Actor(id=4, name="Sam")


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    """With a guest who avoids nothing, a cake with nuts and a plain one, and a meal of both."""
    engine = open_engine(suitable_documents())
    engine.create(CLERK, "guest", {"name": "Gus"})
    engine.create(CLERK, "dish", {"name": "cake", "contains": ["nut"]})
    engine.create(CLERK, "dish", {"name": "bread", "contains": []})
    engine.create(CLERK, "meal", {"guest": 1, "rows": [{"dish": 1}, {"dish": 2}], "extra": 2, "sides": [1]})
    return engine


def later(engine: Engine) -> None:
    while engine.timers.run_due():
        pass


def listed(engine: Engine, actor: Actor = CLERK) -> list[tuple[int, str]]:
    later(engine)
    return sorted((one["id"], one["validation"]) for one in engine.conflicts.list(actor).items)


CHANGES: dict[str, tuple[Callable[[Engine], Any], list[str]]] = {
    "the guest avoids more": (lambda engine: engine.update(CLERK, "guest", 1, {"avoids": ["nut"]}), ["suits"]),
    "the guest avoids what is in nothing": (lambda engine: engine.update(CLERK, "guest", 1, {"avoids": ["egg"]}), []),
    "a value that a live one is made of": (lambda engine: engine.update(CLERK, "guest", 1, {"barred": True}), ["welcome"]),
    "a list grows": (lambda engine: engine.create(CLERK, "debt", {"guest": 1, "sum": 500}), ["solvent"]),
    "a field that no rule reads": (lambda engine: engine.update(CLERK, "guest", 1, {"note": "x"}), []),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES.keys())
def test_what_comes_to_break_a_rule_is_listed(engine: Engine, case: tuple[Callable[[Engine], Any], list[str]]) -> None:
    change, expected = case
    change(engine)
    assert listed(engine) == [(1, name) for name in expected]


def test_a_change_of_a_dish_in_a_row_and_of_an_extra_is_noticed(engine: Engine) -> None:
    engine.update(CLERK, "guest", 1, {"avoids": ["milk"]})
    assert listed(engine) == []
    engine.update(CLERK, "dish", 2, {"contains": ["milk"]})
    assert listed(engine) == [(1, "extra_suits"), (1, "suits")]


def test_nothing_is_asked_where_nothing_is_watched(engine: Engine) -> None:
    later(engine)
    engine.update(CLERK, "guest", 1, {"note": "x"})
    engine.create(CLERK, "person", {"name": "p"})
    assert engine.timers.run_due() == 0


def test_a_conflict_goes_when_the_rule_holds_again(engine: Engine) -> None:
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    assert listed(engine) == [(1, "suits")]
    engine.update(CLERK, "guest", 1, {"avoids": []})
    assert listed(engine) == []


def test_a_conflict_goes_when_the_record_itself_is_put_right(engine: Engine) -> None:
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    assert listed(engine) == [(1, "suits")]
    engine.update(CLERK, "meal", 1, {"rows": [{"dish": 2}]})
    assert listed(engine) == []


def test_a_conflict_stays_through_other_changes_and_goes_when_confirmed(engine: Engine) -> None:
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    engine.update(CLERK, "meal", 1, {"note": "x"})
    assert listed(engine) == [(1, "suits")]
    with pytest.raises(Invalid):
        engine.update(CLERK, "meal", 1, {"rows": [{"dish": 1}]})
    engine.update(CLERK, "meal", 1, {"rows": [{"dish": 1}]}, confirm={"suits": "the guest knows"})
    assert listed(engine) == []


@pytest.mark.parametrize("end", ["trash", "final state"])
def test_what_is_over_conflicts_with_nothing(engine: Engine, end: str) -> None:
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    assert listed(engine) == [(1, "suits")]
    if end == "trash":
        engine.delete(CLERK, "meal", 1)
    else:
        engine.processes.run(CLERK, "meal", 1, "eat")
    assert listed(engine) == []
    engine.update(CLERK, "guest", 1, {"avoids": ["nut", "milk"]})
    assert listed(engine) == []


def test_what_comes_back_from_the_trash_is_listed_again(engine: Engine) -> None:
    engine.delete(CLERK, "meal", 1)
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    assert listed(engine) == []
    engine.restore(CLERK, "meal", 1)
    assert listed(engine) == [(1, "suits")]


def test_what_leaves_a_list_for_another_is_noticed_on_both_sides(engine: Engine) -> None:
    engine.create(CLERK, "guest", {"name": "Mia"})
    engine.create(CLERK, "meal", {"guest": 2, "rows": []})
    engine.create(CLERK, "debt", {"guest": 1, "sum": 500})
    assert listed(engine) == [(1, "solvent")]
    engine.update(CLERK, "debt", 1, {"guest": 2})
    assert listed(engine) == [(2, "solvent")]
    engine.delete(CLERK, "debt", 1)
    assert listed(engine) == []


def test_saving_something_unsuitable_is_refused_asked_about_or_told(engine: Engine) -> None:
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"], "barred": True})
    with pytest.raises(Invalid) as refused:
        engine.create(CLERK, "meal", {"guest": 1, "rows": [{"dish": 1}], "extra": 1})
    assert sorted(one.code for one in refused.value.problems) == ["confirm_needed", "validation"]
    made = engine.create(CLERK, "meal", {"guest": 1, "rows": [{"dish": 1}]}, confirm={"suits": "agreed"})
    assert [one["params"]["name"] for one in made["warnings"]] == ["welcome"]


def test_the_list_says_what_is_wrong_in_the_reader_s_language(engine: Engine) -> None:
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    later(engine)
    chinese = Actor(id=2, name="Clara", roles=frozenset({"clerk"}), language="zh")
    (item,) = engine.conflicts.list(chinese).items
    assert (item["type"], item["title"], item["sentence"]) == ("meal", "Meal Gus", "含有应避免的成分")
    assert item["since"].startswith("2026-11-21T10:00")


def test_nobody_learns_of_conflicts_that_are_hidden_from_him(engine: Engine) -> None:
    engine.create(CLERK, "meal", {"guest": 1, "rows": [{"dish": 1}], "note": "open"})
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    engine.create(CLERK, "debt", {"guest": 1, "sum": 500})
    assert listed(engine) == [(1, "solvent"), (1, "suits"), (2, "solvent"), (2, "suits")]
    assert listed(engine, HELPER) == [(2, "suits")]  # not meal 1, and nothing about the field that is hidden from him
    assert (engine.conflicts.count(CLERK), engine.conflicts.count(HELPER), engine.conflicts.count(OWNER)) == (4, 1, 4)
    assert listed(engine, STRANGER) == []
    assert engine.conflicts.count(STRANGER) == 0
    with pytest.raises(NotFound):
        engine.conflicts.list(STRANGER, "meal")


def test_the_list_goes_on_page_by_page(engine: Engine) -> None:
    for _ in range(6):
        engine.create(CLERK, "meal", {"guest": 1, "rows": [{"dish": 1}]})
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    later(engine)
    first = engine.conflicts.list(CLERK, "meal", limit=4)
    second = engine.conflicts.list(CLERK, "meal", limit=4, cursor=first.next or "")
    assert [len(one.items) for one in (first, second)] == [4, 3]
    assert second.next is None
    assert len({one["id"] for one in (*first.items, *second.items)}) == 7
    with pytest.raises(Malformed):
        engine.conflicts.list(CLERK, cursor=first.next or "")


def test_many_records_are_judged_batch_by_batch(engine: Engine) -> None:
    for _ in range(450):
        engine.create(CLERK, "meal", {"guest": 1, "rows": [{"dish": 1}]})
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    assert len(listed(engine, OWNER)) == 50  # a page
    assert engine.conflicts.count(OWNER) == 451


def test_a_rule_that_has_gone_conflicts_with_nothing(engine: Engine) -> None:
    engine.update(CLERK, "guest", 1, {"avoids": ["nut"]})
    assert listed(engine) == [(1, "suits")]
    fewer = {**MEAL, "x-record": {**MEAL["x-record"], "validations": MEAL["x-record"]["validations"][1:]}}
    assert engine.apply_documents(suitable_documents(meal=fewer), by=Actor.system("t"), reason="t").applied
    assert listed(engine) == []


def test_the_list_is_empty_before_anything_has_changed(engine: Engine) -> None:
    assert (listed(engine), engine.conflicts.count(OWNER)) == ([], 0)
