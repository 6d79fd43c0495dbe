"""Writing: create, update, delete and restore within an open transaction. Every door comes through here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kartotek.engine import held
from kartotek.engine.aliases import by_todays_names
from kartotek.engine.deleting import delete_dependents, restore_group
from kartotek.engine.files import claim_files
from kartotek.engine.following import enact
from kartotek.engine.moment import Moment
from kartotek.engine.numbers import drawn
from kartotek.engine.open_writing import Writing
from kartotek.engine.visible import reachable
from kartotek.errors import NotFound
from kartotek.model.catalog import Action
from kartotek.model.frozen import EMPTY
from kartotek.model.record import Record
from kartotek.rules import decide
from kartotek.rules.asked import Asked, asked
from kartotek.rules.foreign import asked_new, asked_whole


def asked_of(
    moment: Moment, record_type: str, wire: Mapping[str, Any], unset: Iterable[str] = (),
    *, creating: bool, confirm: Mapping[str, str] = EMPTY,
) -> Asked:
    """The input parsed and judged before any transaction. Raises NotFound for a hidden type, Forbidden."""
    compiled = moment.compiled.type(record_type)
    action: Action = "create" if creating else "write"
    decide.permitted(compiled.rules, action, moment.actor)
    wire, unset = by_todays_names(compiled.rules.rights(moment.actor.standing, action), compiled.type, wire, unset)
    parse = compiled.load if creating else compiled.merge
    if compiled.type.foreign:
        return asked_new(compiled.rules, wire) if creating else asked_whole(wire, unset)
    found = asked(compiled.rules, parse, moment.actor, action, wire=wire, unset=unset)
    return replace(found, confirm=confirm) if confirm else found


def create(writing: Writing, record_type: str, input: Asked) -> Record:
    """The new record. Raises Forbidden, Invalid, Conflict."""
    compiled = writing.moment.compiled.type(record_type)
    held.foresee(writing, compiled, [Record(type=record_type, id=0, values=input.values)])
    change = decide.create(compiled.rules, input, writing.setting, drawn(writing, compiled))
    claim = claim_files(writing, compiled, change)
    record = enact(writing, change)
    claim(record.id)
    return record


def update(writing: Writing, record_type: str, id: int, input: Asked, *, version: int | None) -> Record:
    """The record afterwards; unchanged, and nothing written, where the input changes nothing.

    Raises NotFound, Forbidden, Invalid, Conflict (version, unique), PreconditionRequired.
    """
    compiled = writing.moment.compiled.type(record_type)
    before = held.readable(writing, compiled, id)
    held.expected(writing.moment, before, version)
    held.foresee(writing, compiled, [before, replace(before, values={**before.values, **input.values})])
    current = compiled.codec.wire(before.values)
    change = decide.update(compiled.rules, before, input, writing.setting, current=current)
    if not change.changed:
        return before
    claim_files(writing, compiled, change)(id)
    return enact(writing, change)


def delete(writing: Writing, record_type: str, id: int, version: int | None) -> None:
    """Puts the record and what cascades from it into the trash. Raises NotFound, Forbidden, Conflict (version, referenced)."""
    compiled = writing.moment.compiled.type(record_type)
    decide.permitted(compiled.rules, "delete", writing.moment.actor)
    before = held.readable(writing, compiled, id)
    held.expected(writing.moment, before, version)
    change = decide.delete(compiled.rules, before, writing.setting)
    group = f"{record_type}/{id}/{change.after.version}"
    enact(writing, change, group=group)
    delete_dependents(writing, before, group)


def restore(writing: Writing, record_type: str, id: int) -> Record:
    """The record out of the trash, with all that went there together with it. Raises NotFound, Forbidden, Conflict."""
    compiled = writing.moment.compiled.type(record_type)
    decide.permitted(compiled.rules, "delete", writing.moment.actor)
    stored = held.stored(writing, compiled, id)
    before = compiled.codec.record(stored)
    held.refuse_unreadable(writing, compiled, before)
    if before.deleted_at is not None and not reachable(writing.moment, before, writing.setting):
        raise NotFound("There is no such record.")
    change = decide.restore(compiled.rules, before, writing.setting)
    record = enact(writing, change)
    restore_group(writing, stored.deleted_group)
    return record
