"""Effects and transitions that run by themselves: all in one transaction, seen by what comes after, bounded, and told discreetly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER
from moved_orders import ACCOUNT_FLOW, ENTRY, JOB, JOB_FLOW, documents, opened

from kartotek.engine import held
from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.following import run_effects
from kartotek.engine.open_writing import Writing
from kartotek.engine.processes import fire
from kartotek.errors import Conflict, Invalid, KartotekError
from kartotek.model.actor import Actor
from kartotek.model.query import Query

TIMER = Actor.system("timer")


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    """The engine with jobs and accounts."""
    return opened(open_engine, documents())


def account(engine: Engine, remaining: int = 0, code: str = "A") -> dict[str, Any]:
    """An account with so much on it."""
    made = engine.create(CLERK, "account", {"code": code})
    if remaining:
        engine.create(CLERK, "entry", {"account": made["id"], "change": remaining})
    return engine.get(CLERK, "account", made["id"])


def ready(engine: Engine, **fields: Any) -> dict[str, Any]:
    """A job that was submitted."""
    made = engine.create(CLERK, "job", {"title": "J", "amount": 5} | fields)
    return engine.processes.run(CLERK, "job", made["id"], "submit")


def finish(engine: Engine, job: dict[str, Any], actor: Actor = CLERK) -> dict[str, Any]:
    """The job done."""
    return engine.processes.run(actor, "job", job["id"], "finish")


def codes(error: KartotekError) -> list[str]:
    """The codes of its problems with their paths."""
    return [f"{one.path} {one.code}" for one in error.problems]


def all_of(engine: Engine, record_type: str) -> list[dict[str, Any]]:
    """Every record there is."""
    return list(engine.select(OWNER, record_type, Query(sort=("meta.id",))).items)


def in_transaction(engine: Engine, work: Callable[[Writing], Any], actor: Actor = TIMER) -> Any:
    """What the work answers, committed."""
    return engine.transactions.transact(actor, lambda moment: work)


def test_created_records_are_told_of_who_and_why(engine: Engine) -> None:
    done = finish(engine, ready(engine, amount=10))
    [check] = all_of(engine, "check")
    assert check["fields"] == {"job": done["id"], "weight": 20}
    assert check["created_by"] == CLERK.id
    assert done["fields"]["checks_count"] == 1, "the answer shows what the effect moved"


def test_an_effect_without_its_condition_does_nothing(engine: Engine) -> None:
    finish(engine, ready(engine, amount=9))
    assert all_of(engine, "check") == []


def test_later_effects_see_what_earlier_ones_did(engine: Engine) -> None:
    one = account(engine, 20)
    finish(engine, ready(engine, amount=5, account=one["id"], title="T"))
    [_, entry] = all_of(engine, "entry")
    assert entry["fields"] | {"by_job": 0} == {"account": one["id"], "change": -5, "left": 15, "by_job": 0}
    after = engine.get(CLERK, "account", one["id"])["fields"]
    assert (after["remaining"], after["note"], after["done_jobs"]) == (15, "T took 5, left 15", 1)


def test_a_parent_that_refuses_undoes_it_all(engine: Engine) -> None:
    one, job = account(engine, 3), None
    job = ready(engine, amount=5, account=one["id"])
    with pytest.raises(Invalid) as refused:
        finish(engine, job)
    assert codes(refused.value) == ["/effects/2 validation"]
    assert engine.get(CLERK, "job", job["id"]) == job
    assert len(all_of(engine, "entry")) == 1
    assert engine.get(CLERK, "account", one["id"])["fields"]["remaining"] == 3


def test_a_target_that_is_not_there_is_skipped(engine: Engine) -> None:
    assert finish(engine, ready(engine))["state"] == "done"


def test_related_records_are_moved_and_others_left_alone(engine: Engine) -> None:
    first = ready(engine)
    draft, dropped = (engine.create(CLERK, "job", {"title": "N", "amount": 1, "after": first["id"]}) for _ in range(2))
    engine.processes.run(CLERK, "job", dropped["id"], "drop", fields={"reason": "x"})
    finish(engine, first)
    assert engine.get(CLERK, "job", draft["id"])["state"] == "ready"
    assert engine.get(CLERK, "job", dropped["id"])["state"] == "dropped"


def test_a_related_record_whose_guard_refuses_refuses_the_whole(engine: Engine) -> None:
    first = ready(engine)
    engine.create(CLERK, "job", {"title": "N", "amount": 0, "after": first["id"]})
    with pytest.raises(Conflict) as refused:
        finish(engine, first)
    assert codes(refused.value) == ["/effects/4 guard"]
    assert engine.get(CLERK, "job", first["id"])["state"] == "ready"


def test_a_settled_parent_moves_by_itself(engine: Engine) -> None:
    one = account(engine, 5)
    assert one["state"] == "open"
    finish(engine, ready(engine, amount=5, account=one["id"]))
    after = engine.get(CLERK, "account", one["id"])
    assert after["state"] == "empty"
    engine.create(CLERK, "entry", {"account": one["id"], "change": 7})
    assert engine.get(CLERK, "account", one["id"])["state"] == "open"
    moves = [row["transition"] for row in engine.history(CLERK, "account", one["id"]).items if row["action"] == "transition"]
    assert moves == ["refill", "run_dry"]


def test_a_plain_change_lets_a_record_move_by_itself(open_engine: Callable[..., Engine]) -> None:
    flow = ACCOUNT_FLOW.replace('guard: "record.remaining > 0"', "guard: \"record.remaining > 0 || record.note == 'go'\"")
    engine = opened(open_engine, documents({"account": flow, "job": JOB_FLOW}))
    one = account(engine, 5)
    engine.create(CLERK, "entry", {"account": one["id"], "change": -5})
    assert engine.update(CLERK, "account", one["id"], {"note": "go"})["fields"]["note"] == "dry"
    moves = [row["transition"] for row in engine.history(CLERK, "account", one["id"]).items if "transition" in row]
    assert moves == ["run_dry", "refill", "run_dry"]


def test_loops_are_refused_whole(open_engine: Callable[..., Engine]) -> None:
    flow = ACCOUNT_FLOW.replace('guard: "record.remaining > 0"', 'guard: "record.remaining >= 0"')
    engine = opened(open_engine, documents({"account": flow, "job": JOB_FLOW}))
    one = account(engine, 5)
    with pytest.raises(Invalid) as refused:
        engine.create(CLERK, "entry", {"account": one["id"], "change": -5})
    assert codes(refused.value) == [" effects_depth"]
    assert engine.get(CLERK, "account", one["id"])["fields"]["remaining"] == 5


def _chain(open_engine: Callable[..., Engine]) -> Engine:
    flow = JOB_FLOW.replace('transition: {record: =record.next, run: submit, skip: true}', 'transition: {record: =record.next, run: finish}')
    return opened(open_engine, documents({"account": ACCOUNT_FLOW, "job": flow}))


@pytest.mark.parametrize(("length", "fits"), [(8, True), (9, False)])
def test_effects_lead_to_effects_eight_deep_and_no_deeper(
    open_engine: Callable[..., Engine], length: int, fits: bool
) -> None:
    engine = _chain(open_engine)
    made = [ready(engine)]
    for _ in range(length):
        made.append(ready(engine, after=made[-1]["id"]))
    if fits:
        finish(engine, made[0])
    else:
        with pytest.raises(Invalid) as refused:
            finish(engine, made[0])
        assert refused.value.problems[0].code == "effects_depth"
    assert {engine.get(CLERK, "job", one["id"])["state"] for one in made} == {"done" if fits else "ready"}


def test_a_circle_of_records_is_refused_whole(open_engine: Callable[..., Engine]) -> None:
    engine = _chain(open_engine)
    first = ready(engine)
    second = ready(engine, after=first["id"])
    engine.update(CLERK, "job", first["id"], {"after": second["id"]})
    with pytest.raises(Conflict) as refused:
        finish(engine, first)
    assert refused.value.problems[0].code == "wrong_state"


def test_what_is_wrong_within_an_effect_is_told_as_far_as_one_may_know(open_engine: Callable[..., Engine]) -> None:
    flow = JOB_FLOW.replace("from: ready\n    to: done\n    roles: [clerk]", "from: ready\n    to: done\n    roles: [clerk, helper]")
    engine = opened(open_engine, documents({"account": ACCOUNT_FLOW, "job": flow}, entry=_limited()))
    one = account(engine, 900)
    job = ready(engine, amount=80, account=one["id"])
    for actor, path, params in ((CLERK, "/effects/2/fields/change", {"limit": -50}), (HELPER, "/effects/2", {})):
        with pytest.raises(Invalid) as refused:
            finish(engine, job, actor)
        [found] = refused.value.problems
        assert (found.path, found.code, dict(found.params)) == (path, "minimum", params)


def _limited() -> dict[str, Any]:
    change = ENTRY["properties"]["change"] | {"minimum": -50}
    return ENTRY | {"properties": ENTRY["properties"] | {"change": change}}


def test_effects_set_what_is_locked_to_people(engine: Engine) -> None:
    done = finish(engine, ready(engine, amount=60))
    assert done["fields"]["locked"] == "by effect"


def test_a_value_that_does_not_fit_is_a_problem_of_its_field(open_engine: Callable[..., Engine]) -> None:
    flow = JOB_FLOW.replace("locked: by effect}", "reason: =record.title}")
    engine = opened(open_engine, documents({"account": ACCOUNT_FLOW, "job": flow}))
    job = ready(engine, title="x" * 30)
    with pytest.raises(Invalid) as refused:
        finish(engine, job)
    assert codes(refused.value) == ["/fields/reason max_length"]


def test_a_timer_fires_what_a_person_may_not(engine: Engine) -> None:
    made = engine.create(CLERK, "job", {"title": "J", "amount": 1})
    assert in_transaction(engine, lambda writing: fire(writing, "job", made["id"], "age")) is True
    row = engine.history(CLERK, "job", made["id"]).items[0]
    assert (row["transition"], row["by"], row["state_now"]) == ("age", 0, "dropped")


def test_a_timer_that_the_guard_stops_is_noted_and_changes_nothing(engine: Engine) -> None:
    made = engine.create(CLERK, "job", {"title": "J", "amount": 5})
    assert in_transaction(engine, lambda writing: fire(writing, "job", made["id"], "age")) is False
    assert engine.get(CLERK, "job", made["id"]) == made
    row = engine.history(CLERK, "job", made["id"]).items[0]
    assert (row["action"], row["transition"], row["version"], row["changes"]) == ("skipped", "age", 1, [])


def test_a_timer_of_a_record_that_moved_on_is_dropped(engine: Engine) -> None:
    made = ready(engine)
    assert in_transaction(engine, lambda writing: fire(writing, "job", made["id"], "age")) is False
    engine.delete(CLERK, "job", made["id"])
    assert in_transaction(engine, lambda writing: fire(writing, "job", made["id"], "age")) is False
    assert in_transaction(engine, lambda writing: fire(writing, "job", 999, "age")) is False
    assert engine.history(CLERK, "job", made["id"]).items[0]["action"] == "delete"


def test_schedules_may_do_all_that_transitions_do(engine: Engine) -> None:
    one = account(engine, 20)
    made = ready(engine, amount=12, account=one["id"])
    effects = engine.catalog().types["job"].workflow.transitions["finish"].effects  # type: ignore[union-attr]

    def work(writing: Writing) -> Any:
        compiled = writing.moment.compiled.type("job")
        record = held.live(writing, compiled, made["id"])
        assert record is not None
        return run_effects(writing, record, effects, cause="schedule.daily").version

    assert in_transaction(engine, work) == 3
    after = engine.get(CLERK, "job", made["id"])
    assert (after["state"], after["fields"]["done_by"], after["fields"]["checks_count"]) == ("ready", 0, 1)
    assert engine.get(CLERK, "account", one["id"])["fields"]["remaining"] == 8


def test_files_and_numbers_of_created_records_are_drawn(open_engine: Callable[..., Engine]) -> None:
    numbered = JOB["properties"] | {"number": {"type": "string", "readOnly": True, "x-field": {"autoNumber": "J-{000}"}}}
    flow = JOB_FLOW.replace("create: {record: check, set: {job: =record,", "create: {record: job, set: {title: child}}\n      - create: {record: check, set: {job: =record,")
    engine = opened(open_engine, documents({"account": ACCOUNT_FLOW, "job": flow}, job=JOB | {"properties": numbered}))
    finish(engine, ready(engine))
    assert [one["fields"]["number"] for one in all_of(engine, "job")] == ["J-001", "J-002"]
    assert all_of(engine, "job")[1]["state"] == "draft"


def test_what_is_wrong_with_a_parent_that_moves_by_itself_is_told_without_its_fields(
    open_engine: Callable[..., Engine],
) -> None:
    flow = ACCOUNT_FLOW.replace("set: {note: dry}", "set: {code: B}")
    engine = opened(open_engine, documents({"account": flow, "job": JOB_FLOW}))
    account(engine, code="B")
    one = account(engine, 5)
    for actor in (CLERK, OWNER):
        with pytest.raises(Conflict) as refused:
            engine.create(actor, "entry", {"account": one["id"], "change": -5})
        assert codes(refused.value) == [" unique"]
    assert engine.get(CLERK, "account", one["id"])["fields"]["remaining"] == 5


def test_a_row_of_a_bulk_that_is_refused_leaves_nothing_of_its_effects(open_engine: Callable[..., Engine]) -> None:
    flow = ACCOUNT_FLOW.replace('guard: "record.remaining > 0"', 'guard: "record.remaining >= 0"')
    engine = opened(open_engine, documents({"account": flow, "job": JOB_FLOW}))
    one, other = account(engine, 5, "A"), account(engine, 5, "B")
    rows = [BulkRow(fields={"account": id, "change": change}) for id, change in ((one["id"], -5), (other["id"], -3))]
    first, second = engine.bulk(CLERK, "entry", rows, partial=True)
    assert (first["status"], first["problems"][0]["code"], second["status"]) == ("invalid", "effects_depth", "created")
    left = [engine.get(CLERK, "account", id["id"])["fields"]["remaining"] for id in (one, other)]
    assert left == [5, 2]
    assert engine.history(CLERK, "account", one["id"]).items[0]["action"] == "create"


def test_a_restored_record_moves_by_itself_again(engine: Engine) -> None:
    one = account(engine, 5)
    spent = engine.create(CLERK, "entry", {"account": one["id"], "change": -5})
    assert engine.get(CLERK, "account", one["id"])["state"] == "empty"
    engine.delete(CLERK, "entry", spent["id"])
    assert engine.get(CLERK, "account", one["id"])["state"] == "open"
    engine.restore(CLERK, "entry", spent["id"])
    assert engine.get(CLERK, "account", one["id"])["state"] == "empty"


def test_a_transition_costs_as_many_statements_as_an_update(engine: Engine) -> None:
    made = [ready(engine) for _ in range(2)]
    engine.ready()  # the pulse is looked at before
    statements: list[str] = []
    engine.database.listeners.append(statements.append)
    engine.update(CLERK, "job", made[0]["id"], {"title": "X"})
    update = [one.split()[0] for one in statements]
    statements.clear()
    engine.processes.run(CLERK, "job", made[1]["id"], "drop", fields={"reason": "x"})
    moved = [one.split()[0] for one in statements]
    others = [one.split()[0] for one in statements if "kartotek__audit" not in one and "unnest(" not in one]
    engine.database.listeners.remove(statements.append)
    assert moved == update and others == ["SELECT", "UPDATE", "INSERT"] and len(moved) <= 7, statements


def test_effects_cost_a_few_statements_each(engine: Engine) -> None:
    one = account(engine, 90)
    jobs = [ready(engine, amount=10, account=one["id"]) for _ in range(3)]
    counts = []
    for job in jobs:
        engine.ready()  # the pulse is looked at before
        statements: list[str] = []
        engine.database.listeners.append(statements.append)
        finish(engine, job)
        engine.database.listeners.remove(statements.append)
        counts.append(len(statements))
    assert counts[0] == counts[-1] and counts[0] <= 45, (counts, statements)
