"""States of records: where a record stands, who may edit it there, and the field that shows it."""

from __future__ import annotations

from dataclasses import replace

from kartotek.errors import Invalid
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.problem import problem
from kartotek.model.record import Record


def placed(record_type: RecordType, record: Record, state: str) -> Record:
    """The record in the state, and its field that shows the state with it."""
    workflow = record_type.workflow
    if workflow is None or not workflow.field:
        return replace(record, state=state)
    return replace(record, state=state, values={**record.values, workflow.field: state})


def entered(record_type: RecordType, record: Record, state: str | None = None) -> Record:
    """A new record in the state given, else in the one in which records of its type begin. Raises Invalid for no state."""
    workflow = record_type.workflow
    if state is not None and (workflow is None or state not in workflow.states):
        raise Invalid([problem("/state", "choice")])
    return record if workflow is None else placed(record_type, record, state or workflow.initial)


def editable(record_type: RecordType, state: str | None, actor: Actor) -> bool:
    """Whether records in this state are open to changes by the actor, as far as the state has a say in it."""
    if record_type.workflow is None or actor.owns_within:
        return True
    known = record_type.workflow.states.get(state or "")
    return known is None or known.edit is None or bool(known.edit & actor.roles)
