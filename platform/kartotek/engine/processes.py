"""Processes: records moved from state to state, by people, by timers and by effects; and what somebody can do now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.engine import held
from kartotek.engine.aliases import by_todays_names
from kartotek.engine.commit import history_row
from kartotek.engine.envelopes import Envelope, instant, written
from kartotek.engine.following import move, prepare
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.reading import find
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.frozen import empty
from kartotek.model.record import Record
from kartotek.model.workflow import At, Transition
from kartotek.rules.asked import NOTHING, Asked, asked
from kartotek.rules.locks import locks
from kartotek.rules.setting import Setting
from kartotek.rules.transitions import blockers, dialog, guarded, is_offered, only_asked, skipped
from kartotek.storage import timer_lists

_NONE: Mapping[str, Any] = empty()


class Processes:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def transitions(self, actor: Actor, record_type: str, id: int) -> list[dict[str, Any]]:
        """What leads from the record's present state, and what keeps the actor from it. Raises NotFound."""
        with self._transactions.at(actor) as (moment, conn):
            record = find(moment, conn, record_type, id)
            return _offered(moment, conn, record)

    def locks(self, actor: Actor, record_type: str, id: int) -> list[dict[str, Any]]:
        """Why the actor may not edit the record now, his rights to it aside; [] where nothing keeps him. Raises NotFound."""
        with self._transactions.at(actor) as (moment, conn):
            record = find(moment, conn, record_type, id)
            found = locks(moment.compiled.type(record_type).rules, record, moment.setting(conn))
            return [one.wire() for one in found]

    def run(
        self, actor: Actor, record_type: str, id: int, name: str, *,
        fields: Mapping[str, Any] = _NONE, unset: Sequence[str] = (), comment: str = "",
        confirm: Mapping[str, str] = _NONE, version: int | None = None, once: Once | None = None,
    ) -> Envelope:
        """The record after the transition, as far as the actor may read it then.

        Raises NotFound, Forbidden, Invalid, Conflict (wrong_state, guard, version, unique), PreconditionRequired, Busy.
        """

        def attempt(moment: Moment) -> Callable[[Writing], Envelope]:
            moment.type(record_type)
            input = replace(_asked_of(moment, record_type, name, fields, unset=unset), confirm=confirm)

            def work(writing: Writing) -> Envelope:
                record = _run(writing, (record_type, id, name), input, comment=comment, version=version)
                return written(writing, record_type, [record])[0]

            return work

        return self._transactions.transact(actor, attempt, once)

    def run_in(
        self, writing: Writing, record_type: str, id: int, name: str, *,
        fields: Mapping[str, Any] = _NONE, unset: Sequence[str] = (), comment: str = "",
    ) -> Record:
        """The same within a transaction that is open."""
        input = _asked_of(writing.moment, record_type, name, fields, unset=unset)
        return _run(writing, (record_type, id, name), input, comment=comment)

    def fire(self, writing: Writing, record_type: str, id: int, name: str) -> bool:
        """See fire."""
        return fire(writing, record_type, id, name)


def _asked_of(
    moment: Moment, record_type: str, name: str, wire: Mapping[str, Any], *, unset: Sequence[str] = ()
) -> Asked:
    """The dialog's input, parsed and judged as far as that can be done without looking at what is stored."""
    compiled = moment.compiled.type(record_type)
    transition = _transitions(compiled.type).get(name)
    if transition is None or not (wire or unset):
        return NOTHING
    wire, unset = by_todays_names(compiled.rules.rights(moment.actor.standing, "write"), compiled.type, wire, unset)
    found = asked(compiled.rules, compiled.merge, moment.actor, "write", wire=wire, unset=unset)
    return only_asked(found, transition)


def _run(
    writing: Writing, what: tuple[str, int, str], input: Asked, *, comment: str, version: int | None = None
) -> Record:
    record_type, id, name = what
    compiled = writing.moment.compiled.type(record_type)
    before = held.readable(writing, compiled, id)
    transition = _transitions(compiled.type).get(name)
    if transition is None:
        raise NotFound("There is no such transition.")
    held.expected(writing.moment, before, version)
    prepare(writing, before, transition)
    return move(writing, before, transition, input, comment=comment)


def fire(writing: Writing, record_type: str, id: int, name: str) -> bool:
    """Runs a transition whose time has come; False where the record has moved on, and where the guard does not let it pass.

    The latter leaves a row in history. Raises Invalid, Conflict: then nothing of it may stay.
    """
    compiled = writing.moment.compiled.type(record_type)
    transition = _transitions(compiled.type).get(name)
    before = held.live(writing, compiled, id)
    if transition is None or before is None or before.state not in transition.sources:
        return False
    prepare(writing, before, transition)
    if not guarded(compiled.rules, (before, before), transition, writing.setting):
        writing.history.append(history_row(compiled, skipped(before, transition, writing.setting), before))
        return False
    move(writing, before, transition)
    return True


def _transitions(record_type: RecordType) -> Mapping[str, Transition]:
    return record_type.workflow.transitions if record_type.workflow is not None else {}


def _offered(moment: Moment, conn: Any, record: Record) -> list[dict[str, Any]]:
    workflow = moment.compiled.type(record.type).type.workflow
    leading = workflow.leaving.get(record.state or "", ()) if workflow is not None else ()
    shown = [one for one in leading if is_offered(moment.actor, one)]
    setting = moment.setting(conn)
    due = _due(moment, conn, record, shown)
    return [_told(moment, record, one, setting) | due.get(one.name, {}) for one in shown]


def _due(moment: Moment, conn: Any, record: Record, shown: Sequence[Transition]) -> dict[str, dict[str, Any]]:
    """{transition: when it will run by itself} of those whose time the actor may know."""
    known = {f"transition.{one.name}": one.name for one in shown if _tells(moment, one)}
    if not known:
        return {}
    rows = [one.row for one in timer_lists.of_record(conn, record.type, record.id) if not one.done]
    return {known[row.name]: {"due": instant(row.due)} for row in rows if row.name in known}


def _tells(moment: Moment, transition: Transition) -> bool:
    """Whether the time may be told: one that follows from a field tells what the field holds."""
    if isinstance(transition.timer, At):
        return all(moment.view.of(name).fields.get(field) is True for name, field in transition.timer.moment.fields)
    return transition.timer is not None


def _told(moment: Moment, record: Record, transition: Transition, setting: Setting) -> dict[str, Any]:
    compiled = moment.compiled.type(record.type)
    assert compiled.type.workflow is not None
    target, language = compiled.type.workflow.states[transition.target], moment.actor.language
    found = blockers(compiled.rules, record, transition, setting)
    fields = dialog(moment.actor, compiled.type, transition)
    return {
        "name": transition.name, "title": transition.label(language), "to": target.name,
        "to_title": target.label(language), "color": target.color, "allowed": not found,
        "blockers": [one.wire() for one in found], "fields": list(fields),
        "require": [name for name in transition.require if name in fields], "confirm": transition.confirm,
        "comment": transition.comment, "timer": transition.timer is not None,
    }
