"""Records in service when their workflow changes: none is lost, none stands nowhere, and each tells what became of it."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from lengths import rounds
from neutral_site import CLERK, OWNER
from workflow_documents import FLOW, THING, documents, emptied, flow, renamed, without_waiting

from kartotek.engine import applying
from kartotek.engine.applying import ApplyReport
from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.storage import states
from kartotek.storage.history import of_record

BY = Actor.system("test")
Make = Callable[..., dict[str, Any]]


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    engine = open_engine(documents())
    for one in (OWNER, CLERK):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine


@pytest.fixture
def thing(engine: Engine) -> Make:
    """A function that makes a thing and takes it through transitions."""

    def make(*transitions: str, **fields: Any) -> dict[str, Any]:
        found = engine.create(CLERK, "thing", {"name": "Lamp", "size": 1} | fields)
        for name in transitions:
            found = engine.processes.run(CLERK, "thing", found["id"], name)
        return found

    return make


def apply(engine: Engine, workflow: dict[str, Any] | None, **types: Any) -> ApplyReport:
    return engine.apply_documents(documents(workflow, **types), by=BY, reason="edited")


def shown(engine: Engine, id: int) -> tuple[Any, ...]:
    found = engine.get(OWNER, "thing", id)
    return found["state"], found["fields"]["status"], found["fields"]["loud"]


def newest(engine: Engine, id: int) -> Any:
    with engine.database.read() as conn:
        return of_record(conn, "thing", id)[0]


def test_a_renamed_state_takes_its_records_along_also_from_the_trash(engine: Engine, thing: Make) -> None:
    kept, opened, deleted = thing("wait"), thing(), thing("wait")
    engine.delete(OWNER, "thing", deleted["id"])
    report = apply(engine, flow(renamed))
    assert (report.applied, report.waiting, report.problems) == (True, (), ())
    assert shown(engine, kept["id"]) == ("paused", "paused", "PAUSED")
    assert shown(engine, opened["id"]) == ("open", "open", "OPEN")
    restored = engine.restore(OWNER, "thing", deleted["id"])
    assert (restored["state"], restored["fields"]["status"]) == ("paused", "paused")
    row = newest(engine, kept["id"])
    assert (row.action, row.transition, row.state_was, row.state_now) == ("migration", "rename", "waiting", "paused")
    assert (row.was, row.now, row.version, row.by) == ({"status": "waiting"}, {"status": "paused"}, kept["version"] + 1, 0)
    assert newest(engine, opened["id"]).action == "create"
    assert engine.processes.run(CLERK, "thing", kept["id"], "resume")["state"] == "open"


def test_a_removed_state_sends_its_records_where_the_file_says(engine: Engine, thing: Make) -> None:
    found = thing("wait")
    assert apply(engine, flow(emptied)).applied
    assert shown(engine, found["id"]) == ("done", "done", "DONE")
    assert newest(engine, found["id"]).transition == "move"


def test_a_state_without_a_word_leaves_the_type_as_it_was_and_others_go_on(engine: Engine, thing: Make) -> None:
    found, deleted = thing("wait"), thing("wait")
    engine.delete(OWNER, "thing", deleted["id"])
    box = copy.deepcopy(json.loads(documents()["schemas/box.json"]))
    box["properties"]["color"] = {"type": "string", "title": "Colour"}
    report = apply(engine, flow(without_waiting), box=box)
    assert report.applied and {one.type for one in report.waiting} == {"thing"}
    problem = next(one for one in engine.declaration_problems())
    assert problem.message == "thing: 2 records are in the state waiting; say under removed: where they go."
    assert str(problem.place) == "workflows/thing.yaml:1:1" and problem.severity == "warning"
    catalog = engine.catalog()
    workflow = catalog.types["thing"].workflow
    assert workflow is not None and "waiting" in workflow.states and "color" in catalog.types["box"].by_name
    assert engine.processes.run(CLERK, "thing", found["id"], "resume")["state"] == "open"


def test_once_the_last_record_has_left_the_state_may_go(engine: Engine, thing: Make) -> None:
    found = thing("wait")
    assert not apply(engine, flow(without_waiting)).applied
    engine.processes.run(CLERK, "thing", found["id"], "finish")
    assert apply(engine, flow(without_waiting)).applied


def test_a_first_workflow_takes_records_in_at_the_beginning(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(None))
    box = engine.create(OWNER, "box", {"label": "A"})
    made = [engine.create(OWNER, "thing", {"name": "x", "box": box["id"], "status": old}) for old in ("open", "?")]
    assert engine.get(OWNER, "box", box["id"])["fields"]["open_things"] == 1
    assert apply(engine, FLOW).applied
    assert [shown(engine, one["id"]) for one in made] == [("open", "open", "OPEN")] * 2
    assert engine.get(OWNER, "box", box["id"])["fields"]["open_things"] == 2
    row = newest(engine, made[1]["id"])
    assert (row.transition, row.state_was, row.state_now, row.was) == ("assign", None, "open", {"status": "?"})


ASSIGN = {
    "the old value of the field": ("record.status", "waiting", "waiting"),
    "a former name": ("record.status", "formerly", "waiting"),
    "no state": ("upper(record.name)", "", "open"),
    "unknown": ("record.size > 3 ? 'done' : record.box.label", "", "open"),
    "a related record": ("record.box.label", "", "open"),
}


@pytest.mark.parametrize("name", ASSIGN)
def test_older_records_begin_where_assign_says(open_engine: Callable[..., Engine], name: str) -> None:
    formula, status, expected = ASSIGN[name]
    engine = open_engine(documents(None))
    made = engine.create(OWNER, "thing", {"name": "x", **({"status": status} if status else {})})
    workflow = flow(lambda one: one.update(assign=formula))
    workflow["states"]["waiting"]["aliases"] = ["formerly"]
    report = apply(engine, workflow)
    assert report.applied, report.problems
    assert shown(engine, made["id"])[:2] == (expected, expected)


def test_an_explicit_null_does_not_hide_the_state(open_engine: Callable[..., Engine]) -> None:
    declared = copy.deepcopy(THING)
    declared["properties"]["status"]["type"] = ["string", "null"]
    declared["properties"]["loud"]["x-field"]["compute"] = "upper(record.name)"
    engine = open_engine(documents(None, thing=declared))
    made = engine.create(OWNER, "thing", {"name": "x", "status": None})
    report = apply(engine, FLOW)
    assert engine.get(OWNER, "thing", made["id"])["state"] == "open", report
    assert shown(engine, made["id"])[1] == "open"


def test_a_field_that_comes_later_shows_the_state_without_a_change(open_engine: Callable[..., Engine]) -> None:
    plain = copy.deepcopy(THING)
    del plain["properties"]["status"], plain["properties"]["loud"]
    box = {"title": "Box", "type": "object", "properties": {}, "x-record": {}}
    unseen = flow(lambda one: one.pop("field"))
    engine = open_engine(documents(unseen, thing=plain, box=box))
    made = engine.create(OWNER, "thing", {"name": "x"})
    assert apply(engine, FLOW, thing=plain, box=box).applied
    found = engine.get(OWNER, "thing", made["id"])
    assert (found["fields"]["status"], found["version"]) == ("open", made["version"])
    assert engine.select(OWNER, "thing", Query(filter="record.status == 'open'")).items


def test_a_workflow_that_is_gone_stays_in_service(engine: Engine, thing: Make) -> None:
    found = thing("wait")
    assert not apply(engine, None).applied
    assert engine.processes.run(CLERK, "thing", found["id"], "resume")["state"] == "open"


def test_a_restart_after_a_rename_finds_nothing_to_do(engine: Engine, thing: Make) -> None:
    found = thing("wait")
    apply(engine, flow(renamed))
    version = engine.catalog().version
    assert not apply(engine, flow(renamed)).applied and engine.catalog().version == version
    assert newest(engine, found["id"]).version == found["version"] + 1


def test_the_record_as_it_was_before_a_rename_can_still_be_seen(engine: Engine, thing: Make, clock: Any) -> None:
    found = thing("wait")
    apply(engine, flow(renamed))
    history = engine.history(OWNER, "thing", found["id"]).items
    assert [one["action"] for one in history] == ["migration", "transition", "create"]


def test_a_record_that_moves_between_counting_and_switching_is_not_stranded(
    engine: Engine, open_engine: Callable[..., Engine], thing: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever counted zero and switched would leave the record in a state that is no more."""
    found = thing()
    other = open_engine()
    switch, moved = applying._switch, []

    def late(*arguments: Any, **named: Any) -> int:
        if not moved:
            moved.append(other.processes.run(CLERK, "thing", found["id"], "wait"))
        return switch(*arguments, **named)

    monkeypatch.setattr(applying, "_switch", late)
    report = apply(engine, flow(without_waiting))
    assert moved and not report.applied
    assert [one.words for one in report.waiting] == [
        "thing: 1 record is in the state waiting; say under removed: where they go."
    ]
    assert shown(engine, found["id"])[0] == "waiting"


def test_records_that_are_moved_all_the_time_never_stand_in_a_state_that_is_no_more(
    engine: Engine, open_engine: Callable[..., Engine], thing: Make
) -> None:
    """Two threads move records to and fro while the state is renamed back and forth."""
    things = [thing()["id"] for _ in range(4)]
    others, stop, errors = [open_engine(), open_engine()], threading.Event(), []

    def push(other: Engine, ids: list[int]) -> None:
        while not stop.is_set():
            for id in ids:
                for name in ("wait", "resume"):
                    try:
                        other.processes.run(CLERK, "thing", id, name)
                    except Exception as error:  # noqa: BLE001
                        errors.append(error)

    threads = [threading.Thread(target=push, args=(other, things[at::2])) for at, other in enumerate(others)]
    for one in threads:
        one.start()
    backwards = flow(lambda one: one["states"]["waiting"].update(aliases=["paused"]))
    for workflow in (flow(renamed), backwards, flow(renamed), backwards):
        time.sleep(0.2)
        assert apply(engine, workflow).applied
        known = set(workflow["states"])
        with engine.database.read() as conn:
            standing = states.counts(conn, engine.transactions.catalogs.current(fresh=True).type("thing").layout)
        assert set(standing) <= known
    stop.set()
    for one in threads:
        one.join()
    assert {type(one).__name__ for one in errors} <= {"Busy", "Conflict"}, errors[:3]
    rows = {id: len(engine.history(OWNER, "thing", id, limit=50).items) for id in things}
    assert all(count > 2 for count in rows.values())


def test_more_records_than_one_batch_are_moved_with_their_workflow(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents(None))
    count = rounds(2_000, 10_000)
    for start in range(0, count, 1000):
        rows = [BulkRow({"name": f"n{at}", "size": at, "status": "waiting"}) for at in range(start, start + 1000)]
        engine.bulk(OWNER, "thing", rows)
    assert apply(engine, flow(lambda one: one.update(assign="record.status"))).applied
    assert apply(engine, flow(renamed)).applied
    with engine.database.read() as conn:
        assert states.counts(conn, engine.transactions.catalogs.current(fresh=True).type("thing").layout) == {"paused": count}
