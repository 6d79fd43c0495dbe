"""Separation of duties: who asked does not approve, who made the one does not approve the other, at every door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import ALL, CLERK, HELPER, OWNER, documents

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import Conflict, Forbidden, Invalid
from kartotek.model.actor import Actor

CLAIM: dict[str, Any] = {
    "title": "Claim", "type": "object",
    "properties": {
        "sum": {"type": "integer"}, "order": {"type": "integer", "x-field": {"references": "item"}},
        "asked_by": {"type": "integer", "readOnly": True, "x-field": {"references": "user"}},
        "note": {"type": "string"},
    },
    "x-record": {
        "permissions": {"clerk": {**ALL, "transition": True}, "helper": {**ALL, "transition": "record.sum < 100"}},
        "validations": [{"name": "not_own", "rule": "record.sum < 1000 || meta.created_by != user.id",
                         "message": "Somebody else must allow so much", "field": "sum"}],
    },
}  # fmt: skip
FLOW = """record: claim
initial: draft
states:
  draft: {title: {en: Draft, zh: 草稿}}
  asked: {title: {en: Asked, zh: 已申请}}
  granted: {title: {en: Granted, zh: 已批准}}
  paid: {title: {en: Paid, zh: 已支付}, final: true}
transitions:
  ask:
    title: {en: Ask, zh: 申请}
    from: draft
    to: asked
    roles: [clerk, helper]
    do: [{set: {asked_by: "=user.id"}}]
  grant:
    title: {en: Grant, zh: 批准}
    from: asked
    to: granted
    roles: [clerk, helper]
    guard: "user.id != meta.created_by && user.id != record.asked_by"
    message: {en: Somebody else must grant it, zh: 必须由他人批准}
  pay:
    title: {en: Pay, zh: 支付}
    from: granted
    to: paid
    roles: [clerk, helper]
    guard: "meta(record.order).created_by != user.id"
    message: {en: Who made the item does not pay for it, zh: 物品创建者不得支付}
"""
OTHER = Actor(id=5, name="Carl", roles=frozenset({"clerk"}))


def opened(open_engine: Callable[..., Engine], claim: dict[str, Any]) -> Engine:
    engine = open_engine({**documents(claim=claim), "workflows/claim.yaml": FLOW})
    for one in (OWNER, CLERK, HELPER, OTHER):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    engine = opened(open_engine, CLAIM)
    engine.create(OTHER, "item", {"name": "i", "price": "1.00"})
    engine.create(CLERK, "claim", {"sum": 50, "order": 1})
    return engine


def run(engine: Engine, actor: Actor, name: str) -> Any:
    return engine.processes.run(actor, "claim", 1, name)


def test_who_made_it_or_asked_for_it_does_not_grant_it(engine: Engine) -> None:
    run(engine, OTHER, "ask")
    for actor in (CLERK, OTHER):  # one made it, the other asked
        with pytest.raises(Conflict) as refused:
            run(engine, actor, "grant")
        assert [one.message for one in refused.value.problems] == ["Somebody else must grant it"]
    assert run(engine, HELPER, "grant")["state"] == "granted"


def test_not_even_an_owner_grants_his_own(engine: Engine) -> None:
    own = engine.create(OWNER, "claim", {"sum": 1, "order": 1})["id"]
    engine.processes.run(OWNER, "claim", own, "ask")
    with pytest.raises(Conflict):
        engine.processes.run(OWNER, "claim", own, "grant")


def test_who_made_a_related_record_is_kept_apart(engine: Engine) -> None:
    run(engine, CLERK, "ask")
    run(engine, HELPER, "grant")
    with pytest.raises(Conflict) as refused:
        run(engine, OTHER, "pay")
    assert [one.code for one in refused.value.problems] == ["guard"]
    assert run(engine, CLERK, "pay")["state"] == "paid"


def test_what_stands_in_the_way_is_told_before_anybody_tries(engine: Engine) -> None:
    run(engine, OTHER, "ask")
    (grant,) = engine.processes.transitions(CLERK, "claim", 1)
    assert (grant["name"], grant["allowed"], [one["code"] for one in grant["blockers"]]) == ("grant", False, ["guard"])
    (grant,) = engine.processes.transitions(HELPER, "claim", 1)
    assert grant["allowed"]


def test_a_role_moves_only_the_records_it_may_move(engine: Engine) -> None:
    run(engine, CLERK, "ask")
    engine.update(CLERK, "claim", 1, {"sum": 100})
    with pytest.raises(Forbidden):
        run(engine, HELPER, "grant")
    engine.update(CLERK, "claim", 1, {"sum": 99})
    assert run(engine, HELPER, "grant")["state"] == "granted"


def test_a_rule_may_ask_for_another_person_too(engine: Engine) -> None:
    with pytest.raises(Invalid) as refused:
        engine.update(CLERK, "claim", 1, {"sum": 5000})
    assert [one.path for one in refused.value.problems] == ["/fields/sum"]
    assert engine.update(HELPER, "claim", 1, {"sum": 5000})["fields"]["sum"] == 5000


def test_a_role_without_the_right_to_transitions_moves_nothing(open_engine: Callable[..., Engine]) -> None:
    def given(**helper: Any) -> dict[str, str]:
        permissions = {"clerk": ALL, "helper": {**ALL, **helper}}
        claim = {**CLAIM, "x-record": {"permissions": permissions}}
        return {**documents(claim=claim), "workflows/claim.yaml": FLOW}

    engine = opened(open_engine, {**CLAIM, "x-record": {"permissions": {"clerk": ALL, "helper": ALL}}})
    for _ in range(2):
        engine.create(CLERK, "claim", {"sum": 50})
    run(engine, HELPER, "ask")
    narrower = engine.apply_documents(given(transition=False), by=Actor.system("t"), reason="t")
    assert (narrower.applied, narrower.waiting) == (True, ())
    with pytest.raises(Forbidden):
        engine.processes.run(HELPER, "claim", 2, "ask")
    assert engine.get(CLERK, "claim", 2)["state"] == "draft"
    for wider in (given(), given(transition=True), given(transition="record.sum > 1")):
        report = engine.apply_documents(wider, by=Actor.system("t"), reason="t")
        assert [one.action for one in report.waiting] == ["rights"]
