"""Explaining: why somebody may know or do something with a record, and which line of which file says so. For owners alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kartotek.engine import reading
from kartotek.engine.declared_places import Places
from kartotek.engine.moment import Moment
from kartotek.engine.transactions import Transactions
from kartotek.errors import Malformed, NotFound
from kartotek.model.access_texts import REASONS
from kartotek.model.actor import Actor
from kartotek.model.catalog import ACTIONS
from kartotek.model.record import Record
from kartotek.model.view import Rules
from kartotek.rules.decide import allows
from kartotek.rules.explain import Asked, Explanation, Reason, explain_action, explain_field, explain_setting, explain_transition, known
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting

_SETTING = ("create", "write")


@dataclass(frozen=True, slots=True)
class Question:
    """About whom and what: without an `id` of the type in general, without a `field` of whole records.

    `action` is one of permissions, or the name of a transition.
    """

    of: Actor
    type: str
    id: int | None = None
    field: str = ""
    action: str = "read"


class Explanations:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def explain(self, actor: Actor, question: Question) -> dict[str, Any]:
        """{"verdict", "reasons": [{"code", "params", "words", "holds", "place"}]}. Raises NotFound, Malformed, Busy."""
        _refuse_others(actor)
        with self._transactions.at(question.of) as (moment, conn):
            record_type = moment.compiled.type(question.type).type
            asked = _asked(moment, conn, question)
            found = _explained(asked, question)
            places = Places(moment.compiled.catalog, record_type)
            return {"verdict": found.verdict or "depends", "reasons": [_told(one, places) for one in found.reasons]}

    def fields(self, actor: Actor, question: Question) -> dict[str, dict[str, str]]:
        """{field: {"read": verdict, "write": verdict}} of all fields of the type, by their names. Raises NotFound, Busy."""
        _refuse_others(actor)
        with self._transactions.at(question.of) as (moment, conn):
            asked = _asked(moment, conn, question)
            return {
                one.name: {
                    "read": known(asked, one.name) or "depends", "write": explain_setting(asked, one, "write").verdict or "depends",
                } for one in asked.type.fields
            }  # fmt: skip


def deciding(rules: Ruleset, record: Record | None, setting: Setting) -> Callable[[Rules], bool | None]:
    """How rules are decided: as everywhere for a record, and without one only where they are the same for all."""
    if record is not None:
        return lambda granted: allows(rules, granted, (record, None), setting)
    return lambda granted: True if granted is True else None if granted else False


def _asked(moment: Moment, conn: Any, question: Question) -> Asked:
    compiled = moment.compiled.type(question.type)
    record = None
    if question.id is not None:
        everything = Moment(Actor.system("explaining"), moment.compiled, moment.now)
        record = reading.find(everything, conn, question.type, question.id)
    decide = deciding(compiled.rules, record, moment.setting(conn))
    # The moment knows which records this person has opened for himself.
    return Asked(moment.actor, compiled.type, decide, record.state if record is not None else None)


def _explained(asked: Asked, question: Question) -> Explanation:
    flow, actions = asked.type.workflow, {one: one for one in ACTIONS if one != "transition"}
    if question.action not in actions:
        if flow is None or question.action not in flow.transitions or question.field:
            raise _unknown(question.action, "action")
        return explain_transition(asked, flow.transitions[question.action])
    action = actions[question.action]
    if not question.field:
        return explain_action(asked, action)
    field = asked.type.by_name.get(question.field)
    if field is None or action == "delete":
        raise _unknown(question.field, "field")
    return explain_setting(asked, field, action) if action in _SETTING else explain_field(asked, field)


def _told(reason: Reason, places: Places) -> dict[str, Any]:
    place = places.of(reason)
    return {
        "code": reason.code, "params": dict(reason.params), "words": REASONS[reason.code].format_map(reason.params), "holds": reason.holds,
        "place": str(place) if place is not None else None,
    }  # fmt: skip


def _unknown(name: str, parameter: str) -> Malformed:
    return Malformed(f"There is no {parameter} '{name}' here.", parameter=parameter)


def _refuse_others(actor: Actor) -> None:
    if not actor.is_owner:
        raise NotFound("There is no such page.")
