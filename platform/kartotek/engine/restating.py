"""Restating: stored records put into the states of a workflow that is going into service, each with a row of history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.engine.open_writing import Writing
from kartotek.engine.related import record_paths
from kartotek.migration.lineage import lineage
from kartotek.migration.workflows import Counts, stands
from kartotek.model.catalog import Catalog
from kartotek.model.record import Record
from kartotek.model.workflow import Workflow
from kartotek.rules.derive import lived
from kartotek.rules.states import placed
from kartotek.storage import states
from kartotek.storage.connection import Connection
from kartotek.storage.history import HistoryRow
from kartotek.storage.records import load_many, update
from kartotek.storage.stored import Stored

_BATCH = 1000


def stored_states(conn: Connection, current: Compiled, wanted: Catalog) -> dict[str, Counts]:
    """{type, as it is called now: {state: how many records}} of the types that have a workflow or are to have one."""
    descent = lineage(current.catalog, wanted).types
    coming = {was for name, was in descent.items() if wanted.types[name].workflow is not None}
    return {
        name: states.counts(conn, current.type(name).layout)
        for name, one in current.catalog.types.items()
        if not one.builtin and (one.workflow is not None or name in coming)
    }


def restate(writing: Writing, record_type: str, before: Workflow | None = None) -> int:
    """Moves all records, those in the trash too, that stand in no state of the workflow; how many.

    A state that is not mapped counts as none: whoever calls has made sure that there is none. No effects run, no rule is
    judged, the version grows by one. `before` is the workflow that they are stored under.
    """
    compiled = writing.moment.compiled.type(record_type)
    workflow = compiled.type.workflow
    assert workflow is not None
    moved = last = 0
    while ids := states.elsewhere(writing.conn, compiled.layout, workflow.states, after=last, limit=_BATCH):
        _batch(writing, compiled, load_many(writing.conn, compiled.layout, ids), before)
        moved += len(ids)
        last = ids[-1]
    if workflow.field:
        states.show(writing.conn, compiled.layout, compiled.type.by_name[workflow.field].column)
    return moved


def _batch(writing: Writing, compiled: CompiledType, found: Mapping[int, Stored], before: Workflow | None) -> None:
    records = [compiled.codec.record(one) for one in found.values()]
    workflow = compiled.type.workflow
    assert workflow is not None
    if workflow.assign is not None:
        writing.setting.related.prefetch(compiled.type.name, records, record_paths([workflow.assign]))
    wanted: dict[str, list[int]] = {}
    for record in records:
        state, how = _destination(writing, compiled, before, record)
        writing.history.append(_row(writing, compiled, (record, placed(compiled.type, record, state)), how))
        if workflow.field in found[record.id].rest:
            # What stands in the rest column would hide the column that shows the state.
            _write(writing, compiled, found[record.id], placed(compiled.type, record, state))
        else:
            wanted.setdefault(state, []).append(record.id)
    _move(writing, compiled, workflow, wanted)
    writing.finish()
    writing.setting.related.forget_all()


def _destination(
    writing: Writing, compiled: CompiledType, before: Workflow | None, record: Record
) -> tuple[str, str]:
    """(where the record goes, how): renamed, moved, or assigned by the file."""
    workflow = compiled.type.workflow
    assert workflow is not None
    known = stands(workflow, record.state, before)
    if known is not None:
        return known, "move" if record.state in workflow.removed else "rename"
    if workflow.assign is None:
        return workflow.initial, "assign"
    about = writing.setting.about(lived(compiled.rules, record, writing.setting), None)
    given = compiled.rules.evaluate(workflow.assign, about)
    return stands(workflow, given if isinstance(given, str) else None) or workflow.initial, "assign"


def _row(writing: Writing, compiled: CompiledType, sides: tuple[Record, Record], how: str) -> HistoryRow:
    before, after = sides
    workflow = compiled.type.workflow
    names = [workflow.field] if workflow is not None and workflow.field else []
    return HistoryRow(
        type=before.type, record_id=before.id, version=before.version + 1, action="migration",
        by=writing.moment.actor.id, at=writing.moment.now,
        was=compiled.codec.wire(before.values, names), now=compiled.codec.wire(after.values, names),
        state_was=before.state, state_now=after.state, transition=how,
    )


def _move(writing: Writing, compiled: CompiledType, workflow: Workflow, wanted: Mapping[str, Sequence[int]]) -> None:
    column = compiled.type.by_name[workflow.field].column if workflow.field else ""
    by, at = writing.moment.actor.id, writing.moment.now
    for state, ids in sorted(wanted.items()):
        states.move(writing.conn, compiled.layout, ids, state, column=column, by=by, at=at)


def _write(writing: Writing, compiled: CompiledType, stored: Stored, after: Record) -> None:
    after = replace(
        after, version=stored.version + 1, updated_at=writing.moment.now, updated_by=writing.moment.actor.id
    )
    update(writing.conn, compiled.layout, stored, compiled.codec.stored(after, stored.deleted_group))


def with_workflow(catalog: Catalog, before: Iterable[str]) -> list[str]:
    """The types, of those that there were, whose records have states."""
    known = set(before)
    return sorted(name for name, one in catalog.types.items() if one.workflow is not None and name in known)
