"""Commit of many changes of one type as one step: statements cost per batch, and a parent is settled once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kartotek.engine.breaching import strike
from kartotek.engine.commit import fed_by, history_row, locked_parents, noted, roll_up
from kartotek.engine.compiled import CompiledType, Feed
from kartotek.engine.faults import translated
from kartotek.engine.indexing import index_many
from kartotek.engine.open_writing import Writing
from kartotek.engine.planning import plan, plan_created
from kartotek.engine.rechecking import recheck_many
from kartotek.model.record import Change, Record
from kartotek.storage.catalogs import bump_security
from kartotek.storage.records import insert_many, update_many
from kartotek.storage.stored import Stored


@dataclass(frozen=True, slots=True)
class Pending:
    """A decided change and how the record is to be stored before and after it; `before` is None for a new one."""

    change: Change
    before: Stored | None
    after: Stored


def commit_many(writing: Writing, compiled: CompiledType, pending: Sequence[Pending]) -> list[Record]:
    """The records as stored, in the order of the changes; creates and updates of different records of a batchable type.

    Raises Conflict (unique), Invalid (reference, a parent's rules); then the caller undoes all of it.
    """
    parents: dict[str, set[tuple[Feed, int]]] = {}
    for one in pending:
        for name, each in fed_by(writing, one.change).items():
            parents.setdefault(name, set()).update(each)
    locked = {name: locked_parents(writing, name, {id for _, id in each}) for name, each in sorted(parents.items())}
    records = _store(writing, compiled, pending)
    stored = [
        (noted(writing, one.change) if writing.note else one.change, after)
        for one, after in zip(pending, records, strict=True)
    ]
    _tell(writing, compiled, stored)
    index_many(writing, compiled, [change for change, _ in stored], records)
    created = [(change, after) for change, after in stored if change.before is None]
    plan_created(writing, compiled.type.name, created)
    for change, after in stored:
        if change.before is not None:
            plan(writing, change, after)
    recheck_many(writing, stored)
    strike(writing, stored)
    for name, each in sorted(parents.items()):
        roll_up(writing, name, each, locked[name], depth=1)
    return records


def _store(writing: Writing, compiled: CompiledType, pending: Sequence[Pending]) -> list[Record]:
    with translated(writing.moment.view.of(compiled.type.name).fields):
        # Updates first: what they give up, a new record may take.
        update_many(writing.conn, compiled.layout, [(one.before, one.after) for one in pending if one.before is not None])
        ids = iter(insert_many(writing.conn, compiled.layout, [one.after for one in pending if one.before is None]))
    return [one.change.after if one.before is not None else replace(one.change.after, id=next(ids)) for one in pending]


def _tell(writing: Writing, compiled: CompiledType, stored: Sequence[tuple[Change, Record]]) -> None:
    """What history, whoever waits for warnings, and those who keep records in mind learn of the changes."""
    accounts = {one.name for one in compiled.type.fields if one.account}
    for change, after in stored:
        if "warnings" in change.note:
            writing.warnings[after.type, after.id] = tuple(change.note["warnings"])
        writing.history.append(history_row(compiled, change, after))
        writing.setting.related.forget(after.type, after.id)
    if any(accounts & change.changed for change, _ in stored):
        bump_security(writing.conn)
