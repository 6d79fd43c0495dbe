"""Transitions through the engine: who, from where, with what, and what is stored of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER, STRANGER
from moved_orders import ACCOUNT_FLOW, JOB, JOB_FLOW, documents, opened

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.transaction import Once
from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, NotFound
from kartotek.model.actor import Actor
from kartotek.model.query import Query

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    """The engine with jobs and accounts."""
    return opened(open_engine, documents())


@pytest.fixture
def run(engine: Engine) -> Run:
    """A function that runs a transition of a job as the clerk."""

    def go(record: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
        return engine.processes.run(more.pop("actor", CLERK), record["type"], record["id"], name, **more)

    return go


def job(engine: Engine, **fields: Any) -> dict[str, Any]:
    """A draft made by the clerk."""
    return engine.create(CLERK, "job", {"title": "J"} | fields)


def codes(error: KartotekError) -> list[str]:
    """The codes of its problems with their paths."""
    return [f"{one.path} {one.code}" for one in error.problems]


def ready(engine: Engine, run: Run, **fields: Any) -> dict[str, Any]:
    """A job that was submitted."""
    return run(job(engine, **({"amount": 5} | fields)), "submit")


def test_a_record_enters_the_initial_state(engine: Engine) -> None:
    made = job(engine)
    assert (made["state"], made["fields"]["status"], made["fields"]["is_open"]) == ("draft", "draft", True)
    [row] = engine.history(CLERK, "job", made["id"]).items
    assert (row["state_was"], row["state_now"]) == (None, "draft")


def test_a_transition_moves_state_field_version_and_derived_values_together(engine: Engine, run: Run) -> None:
    made = ready(engine, run, amount=12)
    assert (made["state"], made["version"], made["fields"]["status"]) == ("ready", 2, "ready")
    done = run(made, "finish")
    assert (done["state"], done["fields"]["is_open"], done["fields"]["done_by"]) == ("done", False, CLERK.id)
    assert done["fields"]["done_at"] == "2026-11-21T10:00:00Z"
    assert engine.get(CLERK, "job", made["id"]) == done


def test_history_tells_where_it_led_from_and_to(engine: Engine, run: Run) -> None:
    made = ready(engine, run)
    row = engine.history(CLERK, "job", made["id"]).items[0]
    told = {key: row[key] for key in ("action", "transition", "state_was", "state_now", "version", "by")}
    assert told == {
        "action": "transition", "transition": "submit", "state_was": "draft", "state_now": "ready", "version": 2, "by": 2,
    }
    assert {"field": "status", "was": "draft", "now": "ready"} in row["changes"]


@pytest.mark.parametrize("wire", [{"status": "done"}, {"title": "X", "status": "ready"}])
def test_nobody_writes_the_state_field(engine: Engine, wire: dict[str, Any]) -> None:
    made = job(engine)
    for actor in (OWNER, CLERK):
        with pytest.raises(Invalid) as refused:
            engine.create(actor, "job", {"title": "Y"} | wire)
        assert codes(refused.value) == ["/fields/status read_only"]
        with pytest.raises(Invalid):
            engine.update(actor, "job", made["id"], wire)
        with pytest.raises(Invalid):
            engine.update(actor, "job", made["id"], {}, unset=["status"])
        with pytest.raises(Invalid):
            engine.bulk(actor, "job", [BulkRow(fields=wire, id=made["id"])])
    assert engine.get(CLERK, "job", made["id"]) == made


def test_wrong_state_is_a_conflict(engine: Engine, run: Run) -> None:
    with pytest.raises(Conflict) as refused:
        run(job(engine), "finish")
    assert codes(refused.value) == [" wrong_state"]


def test_a_guard_refuses_with_its_own_words(engine: Engine, run: Run) -> None:
    made = job(engine, amount=0)
    with pytest.raises(Conflict) as refused:
        run(made, "submit")
    [problem] = refused.value.problems
    assert (problem.code, problem.message) == ("guard", "The amount must be positive")
    chinese = Actor(id=2, name="Clara", roles=CLERK.roles, language="zh-CN")
    with pytest.raises(Conflict) as refused:
        run(made, "submit", actor=chinese)
    assert refused.value.problems[0].message == "金额必须为正"


def test_the_dialog_fills_what_is_required(engine: Engine, run: Run) -> None:
    made = job(engine)
    with pytest.raises(Invalid) as refused:
        run(made, "submit")
    assert codes(refused.value) == ["/fields/amount required"]
    moved = run(made, "submit", fields={"amount": 3, "reason": "why"})
    assert (moved["fields"]["amount"], moved["fields"]["reason"], moved["state"]) == (3, "why", "ready")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"amount": 3, "title": "other"}, ["/fields/title not_asked"]),
        ({"amount": 3, "nothing": 1}, ["/fields/nothing not_asked"]),
        ({"amount": 3, "status": "done"}, ["/fields/status not_asked"]),
        ({"amount": -1}, ["/fields/amount minimum"]),
        ({"amount": 3, "reason": "x" * 21}, ["/fields/reason max_length"]),
    ],
)
def test_the_dialog_takes_its_own_fields_as_an_update_would(
    engine: Engine, run: Run, fields: dict[str, Any], expected: list[str]
) -> None:
    made = job(engine, amount=1)
    with pytest.raises(Invalid) as refused:
        run(made, "submit", fields=fields)
    assert codes(refused.value) == expected
    assert engine.get(CLERK, "job", made["id"])["version"] == 1


def test_what_a_role_cannot_see_is_no_part_of_its_dialog(engine: Engine, run: Run) -> None:
    made = job(engine, amount=1)
    with pytest.raises(Invalid) as refused:
        run(made, "drop", actor=HELPER, fields={"reason": "x", "secret": "y"})
    assert codes(refused.value) == ["/fields/secret unknown_field"]
    dropped = run(made, "drop", fields={"reason": "x", "secret": "y"})
    assert (dropped["state"], dropped["fields"]["secret"]) == ("dropped", "y")


def test_a_comment_that_is_required_must_say_something(engine: Engine, run: Run) -> None:
    done = run(ready(engine, run), "finish")
    for comment in ("", "  "):
        with pytest.raises(Invalid) as refused:
            run(done, "reopen", comment=comment)
        assert codes(refused.value) == ["/comment required"]
    for comment, code in (("x" * 2001, "max_length"), ("a\0b", "text_nul"), ("\ud800", "text_nul")):
        with pytest.raises(Invalid) as refused:
            run(done, "reopen", comment=comment)
        assert codes(refused.value) == [f"/comment {code}"]
    run(done, "reopen", comment="wrong price")
    assert engine.history(CLERK, "job", done["id"]).items[0]["comment"] == "wrong price"


def test_roles_decide_who_runs_it(engine: Engine, run: Run) -> None:
    made = ready(engine, run)
    with pytest.raises(Forbidden) as refused:
        run(made, "finish", actor=HELPER)
    assert codes(refused.value) == [" transition_forbidden"]
    assert run(made, "finish", actor=OWNER)["state"] == "done"


@pytest.mark.parametrize("name", ["submit", "finish", "nothing"])
def test_a_hidden_record_cannot_be_told_from_a_missing_one(engine: Engine, run: Run, name: str) -> None:
    hidden = job(engine, amount=99)
    refusals = []
    for id in (hidden["id"], 12345):
        with pytest.raises(NotFound) as refused:
            engine.processes.run(HELPER, "job", id, name, fields={"amount": 1, "secret": "x"}, comment="x" * 3000)
        refusals.append((refused.value.sentence, refused.value.problems))
        with pytest.raises(NotFound) as refused:
            engine.processes.transitions(HELPER, "job", id)
        refusals.append((refused.value.sentence, refused.value.problems))
    assert refusals[:2] == refusals[2:]


def test_a_hidden_type_cannot_be_told_from_a_missing_one(engine: Engine) -> None:
    made = job(engine, amount=1)
    for call in (engine.processes.transitions, lambda *a: engine.processes.run(*a, "submit")):
        found = []
        for record_type in ("job", "nothing"):
            with pytest.raises(NotFound) as refused:
                call(STRANGER, record_type, made["id"])
            found.append(refused.value.sentence)
        assert found[0] == found[1]


def test_a_transition_needs_a_dialog_to_need_the_right_to_write(engine: Engine, run: Run) -> None:
    made = job(engine, amount=95)
    assert run(made, "submit", actor=HELPER)["state"] == "ready"
    other = job(engine, amount=95)
    with pytest.raises(Forbidden):
        run(other, "submit", actor=HELPER, fields={"amount": 3})
    third = job(engine, amount=5)
    with pytest.raises(Forbidden):
        run(third, "submit", actor=HELPER, fields={"amount": 95})
    assert engine.get(CLERK, "job", third["id"])["state"] == "draft"


def test_a_state_says_who_may_edit(engine: Engine, run: Run) -> None:
    made = ready(engine, run, amount=5)
    with pytest.raises(Forbidden) as refused:
        engine.update(HELPER, "job", made["id"], {"title": "X"})
    assert codes(refused.value) == [" state_locked"]
    assert engine.update(CLERK, "job", made["id"], {"title": "X"})["fields"]["title"] == "X"
    done = run(made, "finish")
    with pytest.raises(Forbidden):
        engine.update(CLERK, "job", done["id"], {"title": "Y"})
    [result] = engine.bulk(CLERK, "job", [BulkRow(fields={"title": "Y"}, id=done["id"])], partial=True)
    assert (result["status"], result["problems"][0]["code"]) == ("forbidden", "state_locked")
    assert engine.update(OWNER, "job", done["id"], {"title": "Z"})["fields"]["title"] == "Z"


def test_sight_and_description_tell_where_one_may_edit(engine: Engine) -> None:
    assert engine.sight(HELPER, "job").locked == {"ready", "done"}
    assert engine.sight(CLERK, "job").locked == {"done"}
    assert engine.sight(OWNER, "job").locked == frozenset()
    told = engine.describe(HELPER, "job")["workflow"]
    assert [(one["name"], one["editable"]) for one in told["states"]] == [
        ("draft", True), ("ready", False), ("done", False), ("dropped", True),
    ]
    assert [(one["name"], one["allowed"]) for one in told["transitions"]] == [
        ("submit", True), ("finish", False), ("reopen", False), ("drop", True), ("age", False),
    ]


def test_a_stale_version_is_a_conflict(engine: Engine, run: Run) -> None:
    made = job(engine, amount=1)
    engine.update(CLERK, "job", made["id"], {"title": "K"})
    with pytest.raises(Conflict) as refused:
        run(made, "submit", version=1)
    assert codes(refused.value) == ["/version version"]
    assert run(made, "submit", version=2)["version"] == 3


def test_a_repeated_request_is_answered_and_not_done_again(engine: Engine, run: Run) -> None:
    made = job(engine, amount=1)
    once = Once("k", "f")
    first = run(made, "submit", once=once)
    assert run(made, "submit", once=once) == first
    assert len(engine.history(CLERK, "job", made["id"]).items) == 2


def test_the_list_tells_what_can_be_done_and_what_stands_in_the_way(engine: Engine) -> None:
    made = job(engine, amount=0)
    told = {one["name"]: one for one in engine.processes.transitions(HELPER, "job", made["id"])}
    assert list(told) == ["submit", "drop", "age"]
    assert told["submit"]["blockers"][0]["message"] == "The amount must be positive"
    assert (told["submit"]["allowed"], told["submit"]["fields"], told["submit"]["require"]) == (
        False, ["amount", "reason"], ["amount"],
    )
    assert (told["drop"]["allowed"], told["drop"]["fields"], told["drop"]["require"], told["drop"]["confirm"]) == (
        True, ["reason"], ["reason"], True,
    )
    assert (told["age"]["timer"], told["age"]["allowed"], told["age"]["due"]) == (True, False, "2026-11-22T10:00:00Z")
    assert [one["code"] for one in told["age"]["blockers"]] == ["transition_forbidden"]
    assert engine.processes.transitions(OWNER, "job", made["id"])[2]["allowed"] is True


def test_records_are_filtered_and_sorted_by_state(engine: Engine, run: Run) -> None:
    first, second = job(engine, amount=1, title="A"), ready(engine, run, title="B")
    found = engine.select(CLERK, "job", Query(filter="meta.state == 'ready'", sort=("-meta.state",)))
    assert [one["id"] for one in found.items] == [second["id"]]
    found = engine.select(CLERK, "job", Query(filter="record.status == 'draft'"))
    assert [one["id"] for one in found.items] == [first["id"]]
    assert [one["state"] for one in engine.select(CLERK, "job", Query(sort=("meta.state",))).items] == ["draft", "ready"]


def test_delete_and_restore_keep_the_state(engine: Engine, run: Run) -> None:
    made = ready(engine, run)
    engine.delete(CLERK, "job", made["id"])
    with pytest.raises(NotFound):
        run(made, "finish")
    back = engine.restore(CLERK, "job", made["id"])
    assert (back["state"], back["fields"]["status"]) == ("ready", "ready")


def test_a_rule_may_look_at_the_state(engine: Engine, run: Run) -> None:
    made = ready(engine, run, amount=13)
    with pytest.raises(Invalid) as refused:
        run(made, "finish")
    assert codes(refused.value) == ["/fields/amount validation"]
    assert engine.get(CLERK, "job", made["id"])["state"] == "ready"


def test_a_right_declared_for_transitions_restricts_the_roles(open_engine: Callable[..., Engine]) -> None:
    rights = {
        "clerk": {"read": True, "create": True, "write": True, "delete": True, "transition": False},
        "helper": {"read": True, "write": True, "transition": "record.amount < 10"},
    }
    changed = JOB | {"x-record": JOB["x-record"] | {"permissions": rights}}
    engine = opened(open_engine, documents(job=changed))
    low, high = (engine.create(CLERK, "job", {"title": "J", "amount": amount}) for amount in (1, 11))
    for one, actor in ((low, CLERK), (high, HELPER)):
        with pytest.raises(Forbidden):
            engine.processes.run(actor, "job", one["id"], "submit")
        assert not engine.processes.transitions(actor, "job", one["id"])[0]["allowed"]
    assert engine.sight(CLERK, "job").transitions == frozenset()
    assert engine.processes.run(HELPER, "job", low["id"], "submit")["state"] == "ready"


def test_background_work_may_put_a_new_record_where_it_belongs(engine: Engine) -> None:
    system = Actor.system("sample")
    [result] = engine.bulk(system, "job", [BulkRow(fields={"title": "J", "amount": 1}, state="ready")])
    assert (result["record"]["state"], result["record"]["fields"]["status"]) == ("ready", "ready")
    [row] = engine.history(OWNER, "job", result["record"]["id"]).items
    assert row["state_now"] == "ready"
    for actor, row_, expected in (
        (OWNER, BulkRow(fields={"title": "J"}, state="ready"), "/state read_only"),
        (system, BulkRow(fields={"title": "K"}, id=result["record"]["id"], state="done"), "/state read_only"),
        (system, BulkRow(fields={"title": "J"}, state="nowhere"), "/state choice"),
    ):
        with pytest.raises(Invalid) as refused:
            engine.bulk(actor, "job", [row_])
        assert codes(refused.value) == [f"/records/0{expected}"]


def test_as_of_shows_the_state_of_then(open_engine: Callable[..., Engine]) -> None:
    engine = opened(open_engine, documents())
    start = engine.clock()
    moments = [start + timedelta(hours=hour) for hour in range(4)]
    made = job(engine, amount=1)
    for at, name in ((moments[1], "submit"), (moments[2], "finish")):
        engine.clock = lambda at=at: at  # type: ignore[misc]
        engine.processes.run(CLERK, "job", made["id"], name)
    engine.clock = lambda: moments[3]
    found = [engine.get(CLERK, "job", made["id"], as_of=at + timedelta(minutes=1)) for at in moments[:3]]
    assert [(one["state"], one["fields"]["status"], one["version"]) for one in found] == [
        ("draft", "draft", 1), ("ready", "ready", 2), ("done", "done", 3),
    ]
    assert [one["updated_at"] for one in found] == ["2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z"]


def test_the_time_of_a_timer_is_not_told_to_those_who_may_not_read_what_it_follows(
    open_engine: Callable[..., Engine],
) -> None:
    when = {"type": "string", "format": "date-time", "title": "When", "x-field": {"read": ["clerk"]}}
    changed = JOB | {"properties": JOB["properties"] | {"when": when}}
    flow = JOB_FLOW.replace("after: PT24H", 'at: "record.when"')
    engine = opened(open_engine, documents({"account": ACCOUNT_FLOW, "job": flow}, job=changed))
    made = job(engine, amount=1, when="2026-12-01T10:00:00Z")
    due = [
        [one.get("due") for one in engine.processes.transitions(actor, "job", made["id"]) if one["timer"]]
        for actor in (CLERK, HELPER)
    ]
    assert due == [["2026-12-01T10:00:00Z"], [None]]
