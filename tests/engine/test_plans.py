"""Plans: what is told of changed files, what makes another plan of it, and the versions that came of plans."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK, ITEM, OWNER, PERSON, documents

from kartotek.engine import plan_times
from kartotek.engine.engine import Engine
from kartotek.errors import Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.finding_texts import found_words
from kartotek.model.plan import Answers, Plan
from kartotek.model.plan_wire import plan_wire
from kartotek.model.problem import Place, Problem

BY = Actor.system("test")


def person(*gone: str, required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The person without some fields and with others, none if None."""
    properties = {name: one for name, one in (PERSON["properties"] | more).items() if name not in gone}
    return {**PERSON, "required": [*PERSON["required"], *required], "properties": properties}


def told(plan: Plan) -> list[tuple[str, str, str]]:
    return [(one.action, ".".join((one.type, *one.path)), one.verdict) for one in plan.steps]


def test_the_same_files_have_no_steps_and_the_verdict_safe(engine: Engine) -> None:
    plan = engine.plans.plan(OWNER, documents())
    assert (plan.steps, plan.verdict, plan.base, plan.problems) == ((), "safe", 1, ())
    assert plan.hash


def test_steps_are_numbered_and_what_takes_away_is_to_be_typed(engine: Engine) -> None:
    plan = engine.plans.plan(OWNER, documents(person=person("note", nick={"type": "string", "title": "Nick"})))
    assert told(plan) == [("add_field", "person.nick", "safe"), ("remove_field", "person.note", "confirm")]
    assert [one.number for one in plan.steps] == [1, 2]
    assert (plan.verdict, plan.to_confirm) == ("confirm", ("person.note",))
    assert plan.steps[0].code == "add_field" and plan.steps[0].params["field"] == "nick"


def test_nothing_is_written_by_looking(engine: Engine) -> None:
    written: list[str] = []
    engine.database.listeners.append(written.append)
    engine.plans.plan(OWNER, documents(person=person("note")))
    assert not [one for one in written if one.startswith(("INSERT", "UPDATE", "DELETE", "ALTER", "CREATE"))]
    assert engine.catalog().version == 1


def test_the_hash_is_that_of_files_base_and_answers_and_not_of_their_looks(engine: Engine) -> None:
    wanted = documents(person=person("note"))
    first = engine.plans.plan(OWNER, wanted)
    spaced = {name: text + "\n" for name, text in wanted.items()}
    less = documents(person=person("note", level={"title": "Level", "oneOf": [{"const": "normal", "title": "Normal"}]}))
    assert engine.plans.plan(OWNER, wanted).hash == engine.plans.plan(OWNER, spaced).hash == first.hash
    others = [
        engine.plans.plan(OWNER, documents(person=person("note", "born", "age", "late"))),
        *(engine.plans.plan(OWNER, less, answers=Answers({"person.level": {"tin": new}})) for new in ("gold", None)),
        engine.plans.plan(OWNER, less),
        engine.plans.plan(OWNER, documents(person=person("note", name={"type": "string", "title": "Name", "maxLength": 50}))),
    ]
    assert len({first.hash, *(one.hash for one in others)}) == 6


def test_an_answer_about_no_field_is_refused(engine: Engine) -> None:
    for name in ("person.levels", "person.level.x", "nothing.level"):
        with pytest.raises(Invalid) as refused:
            engine.plans.plan(OWNER, documents(person=person("note")), answers=Answers({name: {"tin": "gold"}}))
        assert [one.path for one in refused.value.problems] == [f"/map/{name}"]


def test_another_base_makes_another_plan_of_the_same_files(engine: Engine) -> None:
    wanted = documents(person=person("note"))
    first = engine.plans.plan(OWNER, wanted)
    item = {**ITEM, "properties": {**ITEM["properties"], "code": {"type": "string", "title": "Code"}}}
    engine.apply_documents(documents(item=item), by=BY, reason="edited")
    second = engine.plans.plan(OWNER, wanted | {"schemas/item.json": json.dumps(item)})
    assert told(second) == told(first) and second.hash != first.hash and second.base == 2


def test_files_with_mistakes_have_problems_with_places_and_no_hash(engine: Engine) -> None:
    broken = documents() | {"schemas/person.json": '{"title": "Person",\n "type": "object", "propertys": {}, "x-record": {}}'}
    plan = engine.plans.plan(OWNER, broken)
    assert (plan.hash, plan.steps) == ("", ()) and "schemas/person.json:2:20" in [str(one.place) for one in plan.problems]


def test_problems_found_before_keep_the_plan_from_being_made(engine: Engine) -> None:
    wrong = Problem("", "unreadable", "Cannot be read.", place=Place("schemas/x.json"))
    plan = engine.plans.plan(OWNER, documents(person=person("note")), problems=[wrong])
    assert plan.hash == "" and wrong in plan.problems


def test_a_foreign_schema_that_breaks_is_not_taken_for_removed(engine: Engine) -> None:
    foreign = {"schemas/thing.json": json.dumps({"type": "object", "properties": {"a": {"type": "string"}}})}
    assert engine.apply_documents(documents() | foreign, by=BY, reason="more").applied
    plan = engine.plans.plan(OWNER, documents() | {"schemas/thing.json": '{"type": "array"}'})
    assert (plan.hash, plan.steps) == ("", ())
    assert [one.place.file for one in plan.problems if one.place] == ["schemas/thing.json"]


def test_all_of_it_is_for_owners_alone(engine: Engine) -> None:
    plans = engine.plans
    calls: list[Callable[[Actor], Any]] = [
        lambda actor: plans.plan(actor, documents()), lambda actor: plans.versions(actor), lambda actor: plans.version(actor, 1),
        lambda actor: plans.between(actor, 1, 1),
    ]
    for call in calls:
        with pytest.raises(Forbidden):
            call(CLERK)
        call(OWNER)


def test_versions_are_listed_shown_and_compared(engine: Engine) -> None:
    engine.apply_documents(documents(person=person(nick={"type": "string", "title": "Nick"})), by=OWNER, reason="a nickname")
    listed = engine.plans.versions(OWNER)
    assert [(one.version, one.by, one.reason) for one in listed] == [(2, "Olive", "a nickname"), (1, "", "test")]
    assert [one.version for one in engine.plans.versions(OWNER, before=2, limit=5)] == [1]
    assert "nick" in engine.plans.version(OWNER, 2).documents["schemas/person.json"]
    assert told(engine.plans.between(OWNER, 1, 2)) == [("add_field", "person.nick", "safe")]
    back = engine.plans.between(OWNER, 2, 1)
    assert told(back) == [("remove_field", "person.nick", "confirm")] and not back.counted
    with pytest.raises(NotFound):
        engine.plans.between(OWNER, 1, 3)


def test_a_plan_is_plain_json(engine: Engine) -> None:
    number = {"type": "integer", "title": "Size", "minimum": 3, "default": 5, "oneOf": [{"const": 5, "title": "Five"}]}
    plan = engine.plans.plan(OWNER, documents(person=person("level", size=number, required=("size",))))
    wire = json.loads(json.dumps(plan_wire(plan)))
    assert wire["hash"] == plan.hash and wire["confirm"] == list(plan.to_confirm)
    assert [one["number"] for one in wire["steps"]] == list(range(1, len(plan.steps) + 1))


def test_statements_are_told_where_they_are_asked_for_and_make_no_other_plan(engine: Engine) -> None:
    wanted = documents(person=person("note", nick={"type": "string", "title": "Nick"}))
    plain, asked = engine.plans.plan(OWNER, wanted), engine.plans.plan(OWNER, wanted, sql=True)
    assert plain.hash == asked.hash and not any(one.sql for one in plain.steps)
    assert ["ADD COLUMN" in one.sql[0] for one in asked.steps] == [True, False]
    assert 'RENAME COLUMN "note"' in asked.steps[1].sql[0]


def test_records_say_what_a_step_comes_to(engine: Engine) -> None:
    for number in range(3):
        engine.create(CLERK, "person", {"name": f"P{number}", **({"born": "1990-01-01"} if number else {})})
    steps = {one.action: one for one in engine.plans.plan(OWNER, documents(person=person("note", required=("born",)))).steps}
    require, remove = steps["require"], steps["remove_field"]
    assert require.finding is not None and (require.finding.failing, require.finding.concerned) == (1, 3)
    assert [(one.title, require.finding.broken) for one in require.finding.sample] == [("P0", "born")]
    assert found_words(require) == "1 of 3 records lacks it." and found_words(remove) == "No record has a value."
    assert [one.words for one in require.touches if "born" in one.words]


def test_a_demand_that_all_records_meet_is_no_demand(engine: Engine) -> None:
    engine.create(CLERK, "person", {"name": "P", "born": "1990-01-01"})
    plan = engine.plans.plan(OWNER, documents(person=person(required=("born",))))
    assert told(plan) == [("require", "person.born", "safe")] and found_words(plan.steps[0]) == "The one record fits."


def test_what_looks_renamed_is_asked(engine: Engine) -> None:
    plan = engine.plans.plan(OWNER, documents(person=person("note", notes=PERSON["properties"]["note"])))
    assert [(one.type, one.old, one.new) for one in plan.questions] == [("person", ("note",), ("notes",))]


def test_more_that_fail_of_what_is_to_be_confirmed_make_another_plan_and_others_do_not(engine: Engine) -> None:
    def hash() -> str:
        return engine.plans.plan(OWNER, documents(person=person(note={"type": "integer", "title": "Note"}))).hash

    engine.create(CLERK, "person", {"name": "A", "note": "seven"})
    first = hash()
    engine.create(CLERK, "person", {"name": "B", "note": "8"})
    assert hash() == first
    engine.create(CLERK, "person", {"name": "C", "note": "nine"})
    assert hash() != first


def test_long_steps_tell_how_long_and_for_how_long_nobody_can_write(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        engine.create(CLERK, "person", {"name": f"P{number}", "note": str(number)})
    for rate in ("_CONVERTED", "_COMPUTED", "_INDEXED"):
        monkeypatch.setattr(plan_times, rate, 1)
    shout = {"type": "string", "title": "S", "readOnly": True, "x-field": {"compute": "upper(record.name)", "stored": True}}
    unique = {**PERSON["properties"]["born"], "x-field": {"unique": True}}
    wanted = documents(person=person(note={"type": "integer", "title": "Note"}, shout=shout, born=unique))

    def seconds() -> dict[str, tuple[float, float]]:
        return {one.action: (one.seconds, one.blocks) for one in engine.plans.plan(OWNER, wanted).steps}

    found = seconds()
    assert (found["retype"], found["unique"], found["add_field"]) == ((4.0, 0.0), (4.0, 4.0), (4.0, 4.0))
    monkeypatch.setattr(plan_times, "AT_ONCE", 3)
    assert seconds()["add_field"] == (4.0, 0.0), "so many are brought up to date once it is in service"
    plan = engine.plans.plan(OWNER, wanted)
    assert (plan.seconds, plan.blocks) == (12.0, 4.0)
