"""Undoing an import, a batch at a time and backwards: what it made goes to the trash, what it changed is as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kartotek.engine import held
from kartotek.engine.batch import write_rows
from kartotek.engine.bulk_rows import ROW_ERRORS, BulkRow
from kartotek.engine.deleting import delete_dependents
from kartotek.engine.following import enact
from kartotek.engine.import_commit import counted
from kartotek.engine.import_problems import Cells
from kartotek.engine.open_writing import Writing
from kartotek.errors import KartotekError, NotFound
from kartotek.model.missing import MISSING
from kartotek.model.problem import pointer, problem
from kartotek.rules import decide
from kartotek.rules.validate import same
from kartotek.storage import history, imports
from kartotek.storage.history import HistoryRow
from kartotek.storage.sealed_history import opened
from kartotek.storage.imports import ImportRow, TakenRow

BATCH = 200


def undo_batch(writing: Writing, row: ImportRow) -> int:
    """How many rows were looked at; 0 when none was left, and then the import is undone. `row` is locked."""
    taken = imports.written_before(writing.conn, row.id, row.position, BATCH)
    if not taken:
        imports.change(writing.conn, row.id, writing.moment.now, status="undone")
        return 0
    taken = _apart(taken)
    noting = replace(writing, note={"undo_of_import": row.id})
    cells = Cells(())
    changed = [one for one in taken if one.action == "updated"]
    problems = _put_back(noting, row.type, cells, changed)
    problems |= {one.row: _delete(noting, row, cells, one) for one in taken if one.action == "created"}
    told = [replace(one, action="left" if problems[one.row] else "undone", problems=problems[one.row]) for one in taken]
    imports.retake(writing.conn, row.id, told)
    counts = counted(dict(row.counts), "undone", told)
    imports.change(writing.conn, row.id, writing.moment.now, counts=counts, position=taken[-1].row)
    return len(taken)


def _apart(taken: Sequence[TakenRow]) -> list[TakenRow]:
    """As many of the rows as are about different records: what a later row did must be taken back before an earlier one's."""
    seen: set[int | None] = set()
    found: list[TakenRow] = []
    for one in taken:
        if one.record_id in seen:
            break
        seen.add(one.record_id)
        found.append(one)
    return found


def _delete(writing: Writing, row: ImportRow, cells: Cells, one: TakenRow) -> list[dict[str, Any]]:
    """Puts a record that the import made into the trash; the problems that keep it from there."""
    compiled = writing.moment.compiled.type(row.type)
    kept = len(writing.history)
    try:
        with writing.conn.savepoint():
            decide.permitted(compiled.rules, "delete", writing.moment.actor)
            before = compiled.codec.record(held.stored(writing, compiled, one.record_id or 0))
            if before.deleted_at is None:
                held.refuse_unreadable(writing, compiled, before)
                group = f"import/{row.id}/{before.id}"
                enact(writing, decide.delete(compiled.rules, before, writing.setting), group=group)
                delete_dependents(writing, before, group)
        return []
    except ROW_ERRORS as error:
        del writing.history[kept:]
        writing.setting.related.forget_all()
        return _told(cells, one, error)


def _put_back(writing: Writing, record_type: str, cells: Cells, changed: Sequence[TakenRow]) -> dict[int, list[dict[str, Any]]]:
    """Gives fields that the import changed, and nobody since, their former values; {row: problems of what is left}."""
    compiled = writing.moment.compiled.type(record_type)
    versions = {(one.record_id or 0): one.version or 0 for one in changed}
    found_rows = history.of_versions(writing.conn, record_type, versions)
    steps = {row.record_id: row for row in opened(writing.conn, compiled.layout, list(found_rows.values()))}
    found: dict[int, list[dict[str, Any]]] = {}
    asked: list[tuple[TakenRow, BulkRow]] = []
    for one in changed:
        stored = held.live(writing, compiled, one.record_id or 0)
        step = steps.get(one.record_id or 0)
        if stored is None or step is None:
            found[one.row] = _told(cells, one, NotFound("There is no such record."))
            continue
        back, since = _former(step, compiled.codec.wire(stored.values))
        found[one.row] = [cells.placed(_line(one), problem(pointer("fields", name), "changed_since")) for name in since]
        if back.fields or back.unset:
            asked.append((one, replace(back, id=stored.id, version=stored.version)))
    outcomes = write_rows(writing, record_type, [each for _, each in asked], None)
    for (one, _), outcome in zip(asked, outcomes, strict=True):
        if isinstance(outcome, KartotekError):
            found[one.row] = _told(cells, one, outcome)
    return found


def _former(step: HistoryRow, current: dict[str, Any]) -> tuple[BulkRow, list[str]]:
    """(what brings the former values back, the fields that were changed since)."""
    names = dict.fromkeys([*step.was, *step.now])
    since = [name for name in names if not same(current.get(name, MISSING), step.now.get(name, MISSING))]
    back = [name for name in names if name not in since]
    fields = {name: step.was[name] for name in back if name in step.was}
    return BulkRow(fields=fields, unset=tuple(name for name in back if name not in step.was)), since


def _told(cells: Cells, one: TakenRow, error: KartotekError) -> list[dict[str, Any]]:
    return cells.told(_line(one), error)


def _line(one: TakenRow) -> dict[str, Any]:
    return {"row": one.row, "raw": ()}

