"""Taking back: a field that becomes what it was gives records their values again, except where somebody changed them since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changing import Types, asked_for, documents_of, named, quiet, record, text, through, to, values
from neutral_site import OWNER

from kartotek.engine.engine import Engine
from kartotek.engine.preparation import prepare
from kartotek.engine.switch import switch
from kartotek.model.finding_texts import found_words
from kartotek.storage import kept

Go = Callable[[Engine, Types], None]
WHOLE = {"type": "integer"}
NUMBER = {"type": "number"}
both = pytest.mark.parametrize("go", [to, through], ids=["at once", "prepared"])


def _made(engine: Engine, *size: Any) -> list[int]:
    return [engine.create(OWNER, "thing", {} if one is None else {"size": one})["id"] for one in size]


def _sizes(engine: Engine, ids: list[int]) -> list[Any]:
    return [values(engine, "thing", id).get("size") for id in ids]


@both
def test_untouched_values_come_back_and_changed_ones_are_converted(site: Callable[[Types], Engine], go: Go) -> None:
    engine = site({"thing": record(size=text(), note=text())})
    ids = _made(engine, "abc", "007", "12", None, "x", "08", "5")
    go(engine, {"thing": record(size=WHOLE, note=text())})
    assert _sizes(engine, ids) == [None, 7, 12, None, None, 8, 5]
    engine.update(OWNER, "thing", ids[0], {"note": "n"})
    engine.update(OWNER, "thing", ids[4], {"size": 3})
    engine.update(OWNER, "thing", ids[5], {"size": None})
    engine.update(OWNER, "thing", ids[6], {"size": 6})
    engine.update(OWNER, "thing", ids[6], {"size": 5})
    ids += _made(engine, 9, None)
    go(engine, {"thing": record(size=text(), note=text())})
    assert _sizes(engine, ids) == ["abc", "007", "12", None, "3", None, "5", "9", None]


@both
def test_every_way_back_finds_what_stood_there(site: Callable[[Types], Engine], go: Go) -> None:
    engine = site({"thing": record(size=text())})
    ids = _made(engine, "abc", "007", "1.50", "3")
    for wanted, found in (
        (WHOLE, [None, 7, None, 3]), (NUMBER, [None, 7, None, 3]), (text(), ["abc", "007", "1.50", "3"]),
        (WHOLE, [None, 7, None, 3]), (text(), ["abc", "007", "1.50", "3"]),
    ):
        go(engine, {"thing": record(size=wanted)})
        assert [one if isinstance(one, str | None) else int(one) for one in _sizes(engine, ids)] == found
    with engine.database.read() as conn:
        assert sum(one.mark is not None for one in kept.everything(conn)) == 2  # as a whole number, as any


def test_what_it_is_called_meanwhile_does_not_matter_and_its_namesakes_get_nothing(site: Callable[[Types], Engine]) -> None:
    engine = site({"thing": record(a=text(), b=text())})
    ids = [engine.create(OWNER, "thing", {"a": "x1", "b": "y1"})["id"] for _ in range(2)]
    to(engine, {"item": record(("thing",), a=WHOLE, b=text())})
    to(engine, {"item": record(("thing",), c=named(WHOLE, "a"), b=text())})
    engine.update(OWNER, "item", ids[1], {"c": 5})
    to(engine, {"item": record(("thing",), c=WHOLE, a=named(text(), "b"))})
    to(engine, {"item": record(("thing",), c=WHOLE, a=WHOLE)})
    to(engine, {"item": record(("thing",), d=named(text(), "c"), a=WHOLE)})
    assert [values(engine, "item", id) for id in ids] == [{"d": "x1"}, {"d": "5"}]
    to(engine, {"item": record(("thing",), d=text(), a=text())})
    assert [values(engine, "item", id) for id in ids] == [{"d": "x1", "a": "y1"}, {"d": "5", "a": "y1"}]


def test_another_field_of_that_name_does_not_get_the_values_of_the_first(site: Callable[[Types], Engine]) -> None:
    engine = site({"thing": record(size=text(), note=text())})
    ids = _made(engine, "abc")
    to(engine, {"thing": record(size=WHOLE, note=text())})
    to(engine, {"thing": record(note=text())})
    to(engine, {"thing": record(size={"type": "boolean"}, note=text())})
    engine.update(OWNER, "thing", ids[0], {"note": "n"})
    to(engine, {"thing": record(size=text(), note=text())})
    assert _sizes(engine, ids) == [None]


def _holding(member: Any, more: Any = WHOLE) -> dict[str, Any]:
    inside = {"type": "object", "properties": {"size": member, "other": more}}
    return {"thing": record(box=inside, lines={"type": "array", "items": inside}, note=text())}


@both
def test_members_of_objects_and_of_rows_come_back(site: Callable[[Types], Engine], go: Go) -> None:
    engine = site(_holding(text(), text()))
    wire = {"box": {"size": "abc", "other": "o"}, "lines": [{"size": "x", "other": "1"}, {"other": "2"}, {"size": "007"}]}
    ids = [engine.create(OWNER, "thing", wire)["id"] for _ in range(5)]
    ids.append(engine.create(OWNER, "thing", {"box": {"size": "abc"}, "lines": [{"size": "z"}]})["id"])
    go(engine, _holding(WHOLE, text()))
    assert values(engine, "thing", ids[-1]) == {"lines": [{}]}
    engine.update(OWNER, "thing", ids[1], {"note": "n"})
    engine.update(OWNER, "thing", ids[2], {"box": {"other": "changed"}})
    engine.update(OWNER, "thing", ids[3], {"lines": [{"size": 1}, {"size": 2}]})
    engine.update(OWNER, "thing", ids[4], {"box": {"size": 4, "other": "o"}})
    go(engine, _holding(text(), text()))
    assert [values(engine, "thing", id) for id in ids] == [
        wire, {**wire, "note": "n"}, {**wire, "box": {"size": "abc", "other": "changed"}},
        {**wire, "lines": [{"size": "1"}, {"size": "2"}]}, {**wire, "box": {"size": "4", "other": "o"}},
        {"box": {"size": "abc"}, "lines": [{"size": "z"}]},
    ]


@both
def test_whole_tables_lists_and_objects_come_back(site: Callable[[Types], Engine], go: Go) -> None:
    rows = {"type": "array", "items": {"type": "object", "properties": {"a": text(), "n": WHOLE}}}
    people = {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "person"}}
    one = {"type": "integer", "x-field": {"references": "person"}}
    tags = {"type": "array", "items": {"type": "string", "enum": ["p", "q", "r"]}}
    tag = {"type": "string", "enum": ["p", "q", "r"]}
    person = record(name=text())
    engine = site({"person": person, "thing": record(lines=rows, seen=people, tags=tags)})
    for name in ("A", "B"):
        engine.create(OWNER, "person", {"name": name})
    wire = {"lines": [{"a": "x", "n": 1}, {"a": "y"}], "seen": [2, 1], "tags": ["q", "r"]}
    ids = [engine.create(OWNER, "thing", wire)["id"] for _ in range(2)]
    go(engine, {"person": person, "thing": record(lines=text(), seen=one, tags=tag)})
    engine.update(OWNER, "thing", ids[1], {"seen": 1, "tags": "p"})
    before = values(engine, "thing", ids[1])
    go(engine, {"person": person, "thing": record(lines=rows, seen=people, tags=tags)})
    assert values(engine, "thing", ids[0]) == wire
    assert values(engine, "thing", ids[1]) == {**wire, "seen": [1], "tags": ["p"]}, before


@both
def test_what_stood_in_no_column_comes_back(site: Callable[[Types], Engine], go: Go) -> None:
    def thing(tags: Any, size: Any, member: Any) -> Types:
        return {"thing": record(tags=tags, size=size, box={"type": "object", "properties": {"a": member, "b": {"type": ["string", "null"]}}})}

    one = {"type": "string", "enum": ["p", "q"]}
    many = {"type": "array", "items": one}
    engine = site(thing(many, {"type": ["string", "null"]}, text()))
    first = {"tags": [], "size": None, "box": {"a": "abc", "b": None}}
    ids = [engine.create(OWNER, "thing", first)["id"] for _ in range(2)]
    go(engine, thing(one, {"type": ["integer", "null"]}, WHOLE))
    engine.update(OWNER, "thing", ids[1], {"tags": "p", "box": {"b": "x"}})
    go(engine, thing(many, {"type": ["string", "null"]}, text()))
    assert [values(engine, "thing", id) for id in ids] == [first, {"tags": ["p"], "size": None, "box": {"a": "abc", "b": "x"}}]


def test_writers_between_the_preparation_and_the_switch_keep_what_they_write(site: Callable[[Types], Engine]) -> None:
    engine = site({"thing": record(size=text(), note=text())})
    ids = _made(engine, "abc", "007", "x", "y")
    to(engine, {"thing": record(size=WHOLE, note=text())})
    change = asked_for(engine, {"thing": record(size=text(), note=text())})
    prepare(engine.database, change, quiet)
    engine.update(OWNER, "thing", ids[0], {"size": 1})
    engine.update(OWNER, "thing", ids[1], {"note": "n"})
    engine.update(OWNER, "thing", ids[2], {"size": 2})
    engine.update(OWNER, "thing", ids[2], {"size": None})
    switch(engine.database, change)
    engine._catalogs.current(fresh=True)
    assert _sizes(engine, ids) == ["1", "007", None, "y"]


def test_past_its_time_or_cleaned_away_values_are_converted(site: Callable[[Types], Engine], clock: Any) -> None:
    engine = site({"thing": record(a=text(), b=text())})
    id = engine.create(OWNER, "thing", {"a": "007", "b": "007"})["id"]
    to(engine, {"thing": record(a=WHOLE, b=WHOLE)})
    engine.plans.clean(OWNER, ["thing.a"])
    to(engine, {"thing": record(a=text(), b=text())})
    assert values(engine, "thing", id) == {"a": "7", "b": "007"}
    assert set(engine.plans.clean(OWNER)) == {"thing.b"}


def test_the_plan_tells_what_comes_back_what_is_converted_and_what_cannot(site: Callable[[Types], Engine]) -> None:
    day = {"type": "string", "format": "date"}
    engine = site({"thing": record(size=day)})
    ids = _made(engine, "2026-01-02", "2026-01-03", "2026-01-04", None, "2026-01-05")
    _go(engine, {"thing": record(size=text(), note=text())})
    plan = engine.plans.plan(OWNER, documents_of({"thing": record(size=day, note=text())}))
    assert [(one.code, one.verdict, found_words(one)) for one in plan.steps] == [
        ("retype_back", "safe", "All 4 values come back as they were.")]
    engine.update(OWNER, "thing", ids[0], {"note": "n"})
    engine.update(OWNER, "thing", ids[1], {"size": "2027-02-03"})
    engine.update(OWNER, "thing", ids[2], {"size": "tomorrow"})
    engine.update(OWNER, "thing", ids[4], {"size": "2028-01-01"})
    plan = engine.plans.plan(OWNER, documents_of({"thing": record(size=day, note=text())}))
    step = plan.steps[0]
    assert (step.verdict, step.confirm) == ("confirm", "thing.size")
    assert found_words(step) == (
        "1 of 4 values come back as they were; 3 are converted, of which 1 cannot go over and are set aside.")
    assert step.finding is not None and [(one.id, one.value) for one in step.finding.sample] == [(ids[2], "tomorrow")]
    assert step.words.startswith("thing: size changes from text back to date; what nobody has changed since")
    engine.plans.apply(OWNER, documents_of({"thing": record(size=day, note=text())}), hash=plan.hash, confirm=["thing.size"])
    assert _sizes(engine, ids) == ["2026-01-02", "2027-02-03", None, None, "2028-01-01"]


def _go(engine: Engine, types: Types) -> None:
    plan = engine.plans.plan(OWNER, documents_of(types))
    engine.plans.apply(OWNER, documents_of(types), hash=plan.hash, confirm=plan.to_confirm)


def test_rules_are_judged_by_what_comes_back(site: Callable[[Types], Engine]) -> None:
    engine = site({"thing": record(size=text())})
    ids = _made(engine, "abcdef", "007", "7", "12")
    _go(engine, {"thing": record(size=WHOLE)})
    wanted: Types = {"thing": {**record(size={**text(maxLength=3), "x-field": {"unique": True}}), "required": ["size"]}}
    found = {one.action: one for one in engine.plans.plan(OWNER, documents_of(wanted)).steps}
    assert {name: (one.verdict, one.finding.failing) for name, one in found.items() if one.finding is not None} == {
        "retype": ("safe", 0), "narrow": ("ratcheted", 1), "require": ("safe", 0), "unique": ("safe", 0)}
    engine.update(OWNER, "thing", ids[1], {"size": None})
    engine.update(OWNER, "thing", ids[3], {"size": 7})
    found = {one.action: one for one in engine.plans.plan(OWNER, documents_of(wanted)).steps}
    assert {name: (one.verdict, one.finding.failing) for name, one in found.items() if one.finding is not None} == {
        "retype": ("safe", 0), "narrow": ("ratcheted", 1), "require": ("ratcheted", 1), "unique": ("refused", 2)}


def test_a_choice_that_is_gone_is_converted_and_one_declared_as_it_was_is_not(site: Callable[[Types], Engine]) -> None:
    def choice(*names: str) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "enum": list(names)}}

    engine = site({"thing": record(size=choice("a", "b"), other=choice("a", "b"))})
    id = engine.create(OWNER, "thing", {"size": ["a", "b"], "other": ["a", "b"]})["id"]
    one = {"type": "string", "enum": ["a", "b"]}
    to(engine, {"thing": record(size=one, other=one)})
    engine.create(OWNER, "thing", {"size": "a"})
    assert values(engine, "thing", id) == {}
    to(engine, {"thing": record(size=choice("a", "c"), other=choice("c", "b", "a"))})
    assert values(engine, "thing", id) == {"other": ["a", "b"]}
    assert values(engine, "thing", id + 1) == {"size": ["a"]}


def test_what_only_some_might_see_comes_back_to_all_only_after_it_was_confirmed(site: Callable[[Types], Engine]) -> None:
    hidden = {"x-field": {"read": ["owner"]}}
    engine = site({"thing": record(size={**text(), **hidden})})
    _made(engine, "secret")
    _go(engine, {"thing": record(size={**WHOLE, **hidden})})
    _go(engine, {"thing": record(size=WHOLE)})
    plan = engine.plans.plan(OWNER, documents_of({"thing": record(size=text())}))
    assert [(one.code, one.verdict) for one in plan.steps] == [("retype_back", "safe"), ("restored_more", "confirm")]


def test_computed_fields_follow_what_comes_back(site: Callable[[Types], Engine]) -> None:
    loud = {"type": "string", "readOnly": True, "x-field": {"compute": "upper(record.size)", "stored": True}}
    count = {"type": "integer", "readOnly": True, "x-field": {"compute": "record.size + 1", "stored": True}}
    engine = site({"thing": record(size=text(), loud=loud)})
    ids = _made(engine, "abc", "007")
    to(engine, {"thing": record(size=WHOLE, count=count)})
    to(engine, {"thing": record(size=text(), loud=loud)})
    assert [values(engine, "thing", id) for id in ids] == [{"size": "abc", "loud": "ABC"}, {"size": "007", "loud": "007"}]


def test_what_was_out_of_service_meanwhile_still_goes_back(site: Callable[[Types], Engine]) -> None:
    def lines(member: Any) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "object", "properties": {"a": member}}}

    engine = site({"thing": record(size=text(), lines=lines(text()), note=text()), "other": record(name=text())})
    ids = [engine.create(OWNER, "thing", {"size": "abc", "lines": [{"a": "007"}, {"a": "x"}]})["id"] for _ in range(2)]
    to(engine, {"thing": record(size=WHOLE, lines=lines(WHOLE), note=text()), "other": record(name=text())})
    engine.update(OWNER, "thing", ids[1], {"size": 1})
    to(engine, {"other": record(name=text())})
    to(engine, {"thing": record(size=WHOLE, lines=lines(WHOLE), note=text()), "other": record(name=text())})
    to(engine, {"thing": record(note=text()), "other": record(name=text())})
    to(engine, {"item": record(("thing",), size=WHOLE, rows=named(lines(WHOLE), "lines"), note=text()), "other": record(name=text())})
    engine.update(OWNER, "item", ids[0], {"note": "n"})
    to(engine, {"item": record(("thing",), size=text(), rows=lines(text()), note=text()), "other": record(name=text())})
    assert [values(engine, "item", id) for id in ids] == [
        {"size": "abc", "rows": [{"a": "007"}, {"a": "x"}], "note": "n"}, {"size": "1", "rows": [{"a": "007"}, {"a": "x"}]}]


def test_files_that_are_edited_back_go_into_service_by_themselves(site: Callable[[Types], Engine]) -> None:
    engine = site({"thing": record(size=WHOLE)})
    ids = _made(engine, 7)
    report = engine.apply_documents(documents_of({"thing": record(size=text())}), by=OWNER, reason="saved")
    assert report.applied and not report.waiting
    engine.update(OWNER, "thing", ids[0], {"size": "x"})
    ids += _made(engine, "8")
    report = engine.apply_documents(documents_of({"thing": record(size=WHOLE)}), by=OWNER, reason="saved")
    assert [(one.code, one.verdict) for one in report.waiting] == [("retype_back", "confirm")]
    engine.update(OWNER, "thing", ids[0], {"size": "9"})
    report = engine.apply_documents(documents_of({"thing": record(size=WHOLE)}), by=OWNER, reason="saved")
    assert [(one.code, one.verdict) for one in report.waiting] == [("retype_back", "confirm")]  # nobody looks at what is lossy unasked
    _go(engine, {"thing": record(size=WHOLE)})
    assert _sizes(engine, ids) == [9, 8]
