"""What a changed workflow comes to: where stored states go, what waits with its counts, who might do more."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from workflow_documents import FLOW, THING, Edit, Workflow, documents, emptied, flow, renamed, without_waiting

from kartotek.declaration.load import load
from kartotek.migration.steps import Step, effective, steps
from kartotek.model.catalog import Catalog

STORED = {"thing": {"open": 3, "waiting": 14, "done": 1}}


def catalog_of(workflow: Workflow | None, **types: Any) -> Catalog:
    loaded = load(documents(workflow, **types))
    assert loaded.catalog is not None, [f"{one.place}: {one.message}" for one in loaded.problems]
    return loaded.catalog


def edited(edit: Edit, counts: Any = STORED) -> tuple[Step, ...]:
    return steps(catalog_of(FLOW), catalog_of(flow(edit)), counts)


def transition(name: str, **keys: Any) -> Edit:
    return lambda workflow: workflow["transitions"][name].update(keys)


def state(name: str, **keys: Any) -> Edit:
    return lambda workflow: workflow["states"].setdefault(name, {}).update(keys)


def both(*edits: Edit) -> Edit:
    return lambda workflow: [edit(workflow) for edit in edits]


def drop(*path: str) -> Edit:
    def edit(workflow: Any) -> None:
        for key in path[:-1]:
            workflow = workflow[key]
        del workflow[path[-1]]

    return edit


SAFE: dict[str, tuple[Edit, set[str]]] = {
    "nothing": (lambda workflow: None, set()),
    "another title": (state("open", title="Offen"), {"metadata"}),
    "another colour": (state("open", color="red"), {"metadata"}),
    "a state more": (
        both(state("late", final=True), lambda one: one["transitions"].update(
            drop={"from": "open", "to": "late", "roles": ["helper"]})), {"metadata", "widen"}),
    "a transition more": (
        lambda one: one["transitions"].update(skip={"from": "open", "to": "done", "roles": ["helper"]}), {"metadata"}),
    "fewer roles": (transition("resume", roles=["clerk"]), {"metadata"}),
    "a narrower guard": (transition("finish", guard=f"({FLOW['transitions']['finish']['guard']}) && record.size > 1"), {"metadata"}),
    "a guard where there was none": (transition("wait", guard="record.size > 1", message="x"), {"metadata"}),
    "a timer": (transition("wait", after="PT24H"), {"replan"}),
    "a schedule": (lambda one: one.update(schedules={"daily": {"every": "day", "at": "09:00", "do": [{"set": {"size": 1}}]}}), {"replan"}),
    "fewer may edit": (state("open", edit=["clerk"]), {"metadata"}),
    "an effect": (transition("wait", do=[{"set": {"size": 4}}]), {"metadata"}),
    "a renamed state": (renamed, {"move", "recompute", "metadata"}),
    "a removed state": (emptied, {"move", "recompute", "metadata"}),
}


@pytest.mark.parametrize("name", SAFE)
def test_what_only_adds_or_restricts_goes_live_by_itself(name: str) -> None:
    edit, actions = SAFE[name]
    found = edited(edit)
    assert {one.verdict for one in found} <= {"safe"}, found
    assert {one.action for one in found} - {"metadata", "widen"} == actions - {"metadata", "widen"}
    assert bool(found) == bool(actions)


HELD: dict[str, tuple[Edit, str]] = {
    "a state without a word": (
        without_waiting, "thing: 14 records are in the state waiting; say under removed: where they go."),
    "more roles": (transition("wait", roles=["clerk", "helper"]), "thing: the transition wait may be run by helper too."),
    "no guard": (both(drop("transitions", "finish", "guard"), drop("transitions", "finish", "message")),
                 "thing: the transition finish has no guard any more."),
    "another guard about people": (
        transition("finish", guard="record.size < 10"),
        "thing: the transition finish has another guard, which looks at who runs it."),
    "more may edit": (state("waiting", edit=["clerk", "helper"]),
                      "thing: more people may change records in the state waiting than before."),
    "all may edit": (drop("states", "waiting", "edit"),
                     "thing: more people may change records in the state waiting than before."),
    "all may edit under another name": (
        both(renamed, drop("states", "paused", "edit")),
        "thing: more people may change records in the state paused than before."),
    "all may edit where its records go": (
        both(emptied, drop("states", "done", "edit")),
        "thing: records in the state waiting go to done, where more people may change them."),
}


@pytest.mark.parametrize("name", HELD)
def test_what_is_incomplete_or_lets_people_do_more_waits_with_its_sentence(name: str) -> None:
    edit, words = HELD[name]
    found = [one for one in edited(edit) if one.verdict != "safe"]
    assert [one.words for one in found] == [words]
    assert found[0].file == "workflows/thing.yaml"


def test_a_guard_that_looks_at_nobody_may_change() -> None:
    before = flow(transition("finish", guard="record.size < 10"))
    after = flow(transition("finish", guard="record.size < 20"))
    assert {one.verdict for one in steps(catalog_of(before), catalog_of(after), STORED)} == {"safe"}


def test_one_record_is_told_as_one() -> None:
    found = edited(without_waiting, {"thing": {"waiting": 1}})
    assert [one.words for one in found if one.verdict != "safe"] == [
        "thing: 1 record is in the state waiting; say under removed: where they go."
    ]


def test_a_new_name_of_a_state_can_be_taken_back() -> None:
    found = steps(catalog_of(flow(renamed)), catalog_of(flow()), {"thing": {"open": 3, "paused": 14}})
    assert ("move", "thing: 14 records go from paused to waiting.") in [(one.action, one.words) for one in found]
    assert {one.verdict for one in found} == {"safe"}


def test_who_may_edit_is_compared_with_the_state_that_gets_its_name_back() -> None:
    opened = flow(both(renamed, state("paused", edit=["clerk"])))
    found = steps(catalog_of(opened), catalog_of(flow(drop("states", "waiting", "edit"))), {"thing": {"paused": 14}})
    assert [one.words for one in found if one.verdict != "safe"] == [
        "thing: more people may change records in the state waiting than before."
    ]


def test_a_state_that_no_record_is_in_may_go_without_a_word() -> None:
    assert {one.verdict for one in edited(without_waiting, {"thing": {"open": 3, "waiting": 0}})} == {"safe"}


def test_a_first_workflow_is_safe_and_says_how_many_begin() -> None:
    found = steps(catalog_of(None), catalog_of(FLOW), {"thing": {None: 120}})
    assert {one.verdict for one in found} == {"safe"}, found
    assert "thing: 120 records begin in open." in [one.words for one in found]
    assert ("box", ("open_things",)) in [(one.type, one.recompute) for one in found]


def test_a_field_that_cannot_show_a_state_waits() -> None:
    types = copy.deepcopy(THING)
    types["properties"]["status"] = {"type": "integer"}
    types["properties"]["loud"]["x-field"]["compute"] = "'x'"
    box = {"title": "Box", "type": "object", "properties": {}, "x-record": {}}
    found = steps(catalog_of(None, thing=types, box=box), catalog_of(FLOW, box=box), {"thing": {None: 1}})
    assert "thing: status changes from integer to the state." in [one.words for one in found if one.verdict != "safe"]


def test_a_workflow_that_is_gone_waits() -> None:
    found = [one for one in steps(catalog_of(FLOW), catalog_of(None), STORED) if one.verdict != "safe"]
    assert "thing: the workflow is gone, and 18 records would have no state any more." in [one.words for one in found]


def test_a_held_type_keeps_its_workflow_whatever_file_it_stands_in() -> None:
    before, after = catalog_of(FLOW), load({
        **documents(None), "workflows/other.yaml": documents(flow(without_waiting))["workflows/thing.yaml"],
    }).catalog
    assert after is not None
    mixed = effective(before, after, steps(before, after, STORED))
    assert "workflows/other.yaml" not in mixed and mixed["workflows/thing.yaml"] == before.documents["workflows/thing.yaml"]
