"""Applying: new declarations put into service where that is safe; the rest waits, and everyone is told why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kartotek.declaration.load import load
from kartotek.engine import findings
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import Compiled
from kartotek.engine.declaration_reports import report_wire, reported_problem
from kartotek.engine.findings import settled_steps
from kartotek.engine.policies import judged
from kartotek.engine.restating import stored_states
from kartotek.engine.still_kept import still_kept
from kartotek.engine.switch import switch
from kartotek.errors import Busy
from kartotek.migration.lineage import lineage
from kartotek.migration.steps import Step, effective, steps
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.problem import Place, Problem
from kartotek.storage import reports
from kartotek.storage.connection import Connection
from kartotek.storage.database import Collision, Database, StaleCatalog
from kartotek.storage.shadows import count

_MOST_CONVERTED = 20_000  # records whose values are converted without being asked for
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """`applied` says whether anything went into service; `waiting` are steps that need a plan; `version` is the one in service."""

    applied: bool
    version: int
    steps: tuple[Step, ...] = ()
    waiting: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()


def apply_documents(
    database: Database, catalogs: Catalogs, documents: Mapping[str, str], *,
    by: Actor, now: datetime, reason: str, problems: Sequence[Problem] = (),
) -> ApplyReport:
    """Broken documents leave the last good catalog in service. The problems are kept for every process to show."""
    for _ in range(_ATTEMPTS):
        current = catalogs.current(fresh=True)
        try:
            report = _attempt(database, current, documents, (by, now, reason), problems=tuple(problems))
        except (Collision, StaleCatalog):
            continue
        catalogs.current(fresh=True)
        return report
    raise Busy("The database is busy; the declarations will be tried again.", retry_after=1)


def reported(conn: Any) -> list[Problem]:
    """The problems of the last attempt."""
    return [reported_problem(one) for one in reports.read(conn)]


def _attempt(
    database: Database, current: Compiled, documents: Mapping[str, str], who: tuple[Actor, datetime, str],
    *, problems: tuple[Problem, ...],
) -> ApplyReport:
    loaded = judged(documents)
    # Notes are for whoever runs the check; what keeps anything out of service is an error or a warning.
    found = tuple(one for one in (*problems, *loaded.problems) if one.severity != "note")
    # An error of a foreign schema that is left out keeps nothing else from going into service.
    if loaded.catalog is None or any(one.severity == "error" for one in problems):
        _tell(database, found)
        return ApplyReport(False, current.catalog.version, problems=found)
    planned = _steps(database, current, loaded.catalog, who[1])
    waiting = tuple(one for one in planned if one.verdict != "safe")
    catalog: Catalog | None = loaded.catalog
    if waiting:
        catalog, found = _without(database, current, loaded.catalog, planned, now=who[1], found=found)
    refused = {one.place.file for one in found if one.place is not None and one.severity == "error"}
    found = (*found, *(_waiting(one, loaded.catalog) for one in waiting if not _is_refused(current, one, refused)))
    if catalog is None or catalog.hash == current.catalog.hash:
        _tell(database, found)
        return ApplyReport(False, current.catalog.version, planned, waiting, found)
    safe = _steps(database, current, catalog, who[1])
    version = _switch(database, current, catalog, safe, who=who, found=found)
    return ApplyReport(True, version, safe, waiting, found)


def _is_refused(current: Compiled, step: Step, files: Collection[str]) -> bool:
    """Whether the type seems to be gone only because its file cannot be one just now, which is told already."""
    return step.action == "remove_type" and current.catalog.types[step.type].file in files


def _steps(database: Database, current: Compiled, wanted: Catalog, now: datetime) -> tuple[Step, ...]:
    """The steps with their verdicts; what converts is looked at, and where that is much somebody has to ask for it."""
    if not current.catalog.version:
        return steps(None, wanted)
    with database.read() as conn:
        counts = stored_states(conn, current, wanted)
        found = steps(current.catalog, wanted, counts, kept=still_kept(conn, current.catalog, now))
        change = CatalogChange(
            current=current, wanted=wanted, lineage=lineage(current.catalog, wanted), by=Actor.system("watcher"), at=now, reason="",
            steps=tuple(one for one in found if one.verdict == "safe" and one.action in ("retype", "options")),
        )
        return _looked_at(conn, change, found) if change.steps else found


def _looked_at(conn: Connection, change: CatalogChange, found: tuple[Step, ...]) -> tuple[Step, ...]:
    long = {
        one for one in change.steps
        if count(conn, change.current.type(change.lineage.former_type(one.type)).layout) > _MOST_CONVERTED
    }
    short = replace(change, steps=tuple(one for one in change.steps if one not in long))
    settled = dict(zip(short.steps, settled_steps(short, findings.found(conn, short, now=change.at)), strict=True))
    return tuple(replace(one, verdict="confirm") if one in long else settled.get(one, one) for one in found)


def _without(
    database: Database, current: Compiled, wanted: Catalog, planned: Sequence[Step],
    *, now: datetime, found: tuple[Problem, ...]
) -> tuple[Catalog | None, tuple[Problem, ...]]:
    """The catalog in which types with unsafe steps stay whole as they are in service; None if that does not fit together."""
    mixed = load(effective(current.catalog, wanted, planned), notes=False)
    if mixed.catalog is None:
        mixed = load(effective(current.catalog, wanted, planned, together=True), notes=False)
    if mixed.catalog is None:
        return None, (*found, *mixed.problems)
    if any(one.verdict != "safe" for one in _steps(database, current, mixed.catalog, now)):
        return None, found
    return mixed.catalog, found


def _switch(
    database: Database, current: Compiled, catalog: Catalog, planned: Sequence[Step],
    *, who: tuple[Actor, datetime, str], found: Iterable[Problem],
) -> int:
    by, now, reason = who
    change = CatalogChange(
        current=current, wanted=catalog, lineage=lineage(current.catalog, catalog), steps=tuple(planned), by=by, at=now,
        reason=reason,
    )
    return switch(database, change, tuple(found))


def _tell(database: Database, found: Iterable[Problem]) -> None:
    wire = [report_wire(one) for one in found]
    with database.read() as conn:
        same = reports.read(conn) == wire
    if not same:
        with database.write() as conn:
            reports.write(conn, wire)


def _waiting(step: Step, wanted: Catalog) -> Problem:
    known = wanted.types.get(step.type)
    file = step.file or (known.file if known is not None else "")
    place = Place(file) if file else None
    return Problem("", "waits_for_plan", step.words, {"type": step.type}, place, "warning")
