"""Committing an import, a batch at a time: records, what became of each row, and how far it has come are one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kartotek.engine.batch import write_rows
from kartotek.engine.bulk_rows import Outcome
from kartotek.engine.import_check import BATCH, bulk_row
from kartotek.engine.import_folder import ImportFolder, read_lines
from kartotek.engine.import_options import Job
from kartotek.engine.import_problems import Cells
from kartotek.engine.open_writing import Writing
from kartotek.errors import KartotekError
from kartotek.rules.decide import permitted
from kartotek.storage import imports
from kartotek.storage.imports import ImportRow, RowAction, TakenRow


def commit_batch(writing: Writing, row: ImportRow, job: Job, folder: ImportFolder) -> int:
    """How many rows were taken in; 0 when none was left, and then the import is committed. Raises NotFound, Forbidden.

    `row` is locked. A kill at any moment loses nothing and repeats nothing, because the place is moved with the records.
    """
    lines, position = read_lines(folder, folder.rows, position=row.position, limit=BATCH)
    if not lines:
        imports.change(writing.conn, row.id, writing.moment.now, status="committed", position=position)
        return 0
    rules = writing.moment.compiled.type(job.type).rules
    permitted(rules, "create", writing.moment.actor)
    noting = replace(writing, note={"import": row.id})
    outcomes = write_rows(noting, job.type, [bulk_row(job, one) for one in lines], job.on or None)
    cells = Cells(row.summary["columns"])
    taken = [_taken(cells, line, outcome) for line, outcome in zip(lines, outcomes, strict=True)]
    imports.take(writing.conn, row.id, taken)
    counts = counted({**row.counts, "done": row.counts.get("done", 0) + len(lines)}, "committed", taken)
    imports.change(writing.conn, row.id, writing.moment.now, counts=counts, position=position)
    return len(lines)


def counted(counts: dict[str, Any], what: str, taken: Sequence[TakenRow]) -> dict[str, Any]:
    """The counts with these rows added to those under `what`: {action: number}."""
    found: dict[str, int] = dict(counts.get(what, {}))
    for one in taken:
        found[one.action] = found.get(one.action, 0) + 1
    return {**counts, what: found}


_ACTIONS: dict[str, RowAction] = {"created": "created", "updated": "updated", "unchanged": "unchanged"}


def _taken(cells: Cells, line: dict[str, Any], outcome: Outcome) -> TakenRow:
    if isinstance(outcome, KartotekError):
        # What was good in the dry run is refused now: something has changed since. Its cells are kept for the errors file.
        return TakenRow(row=line["row"], action="refused", problems=[{"raw": line["raw"]}, *cells.told(line, outcome)])
    action, record = outcome
    return TakenRow(row=line["row"], action=_ACTIONS[action], record_id=record.id, version=record.version)
