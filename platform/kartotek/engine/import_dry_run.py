"""The dry run of an import: the file is read, and every row tried; nothing of it stays but the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kartotek.engine.import_check import Check
from kartotek.engine.import_folder import ImportFolder
from kartotek.engine.import_options import Job, read_options
from kartotek.engine.moment import Moment
from kartotek.engine.transactions import Transactions
from kartotek.model.actor import Actor
from kartotek.rules.breaches import tops
from kartotek.sheets import child
from kartotek.sheets.target import Target
from kartotek.storage.imports import ImportRow, Status

Progress = Callable[[int, int], None]  # rows tried, of how many


def dry_run(
    transactions: Transactions, actor: Actor, row: ImportRow, *, folder: ImportFolder, progress: Progress
) -> Mapping[str, Any]:
    """What the import's row is to say from now on. Raises NotFound, Invalid, TooLarge, Busy."""
    actor = replace(actor, via="import")
    moment = transactions.begin(actor)
    wanted, of_sheet = read_options(row.options)
    compiled, seen = moment.type(row.type)
    actions = ("create", "write") if wanted.on else ("create",)
    writable = frozenset().union(*(compiled.rules.rights(actor.standing, one).open for one in actions))
    catalog = moment.compiled.catalog
    target = Target.of(compiled.type, catalog.settings, writable=writable, readable=frozenset(seen.fields), older=_older(moment, row.type, wanted))
    with folder.laid_open() as (source, prepared):
        summary = child.prepare(source, row.name, target, prepared, options=of_sheet)
    counts: dict[str, Any] = {"seen": summary.seen, "skipped": sum(one.count for one in summary.skipped)}
    status: Status = "refused"
    if not summary.problems:
        job, columns = replace(wanted, type=row.type), summary.wire()["columns"]
        total = summary.good + summary.bad
        tally = Check(transactions, actor, job, folder=folder, columns=columns).run(lambda done: progress(done, total))
        counts |= tally.wire()
        status = "prepared"
    return {
        "status": status, "summary": summary.wire(), "counts": counts, "position": 0, "error": {},
        "catalog_version": catalog.version,
    }


def _older(moment: Moment, record_type: str, job: Job) -> list[str]:
    """The fields of which records that the import changes may break a rule: the engine tells whether they did before."""
    names = moment.compiled.catalog.ratcheted.get(record_type, frozenset()) if job.on else frozenset()
    return tops(moment.compiled.type(record_type).type, names)
