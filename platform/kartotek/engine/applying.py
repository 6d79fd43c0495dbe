"""Applying: new declarations put into service where that is safe; the rest waits, and everyone is told why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kartotek.declaration.load import load
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.compiled import Compiled
from kartotek.engine.indexing import arrange_indexes
from kartotek.engine.moment import Moment
from kartotek.engine.occupying import rebuild
from kartotek.engine.open_writing import Writing
from kartotek.engine.planning import replan
from kartotek.engine.recompute import recompute
from kartotek.engine.refill import refill
from kartotek.engine.restating import restate, stored_states, with_workflow
from kartotek.errors import Busy
from kartotek.migration.apply import apply_steps
from kartotek.migration.processes import same
from kartotek.migration.steps import Step, effective, steps
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.problem import Place, Problem
from kartotek.storage import reports
from kartotek.storage.database import Collision, Database, StaleCatalog

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
    return [_problem(one) for one in reports.read(conn)]


def _attempt(
    database: Database, current: Compiled, documents: Mapping[str, str], who: tuple[Actor, datetime, str],
    *, problems: tuple[Problem, ...],
) -> ApplyReport:
    loaded = load(documents, notes=False)
    # Notes are for whoever runs the check; what keeps anything out of service is an error or a warning.
    found = tuple(one for one in (*problems, *loaded.problems) if one.severity != "note")
    # An error of a foreign schema that is left out keeps nothing else from going into service.
    if loaded.catalog is None or any(one.severity == "error" for one in problems):
        _tell(database, found)
        return ApplyReport(False, current.catalog.version, problems=found)
    planned = _steps(database, current, loaded.catalog)
    waiting = tuple(one for one in planned if one.verdict != "safe")
    catalog: Catalog | None = loaded.catalog
    if waiting:
        catalog, found = _without(database, current, loaded.catalog, planned, found=found)
    refused = {one.place.file for one in found if one.place is not None and one.severity == "error"}
    found = (*found, *(_waiting(one, loaded.catalog) for one in waiting if not _is_refused(current, one, refused)))
    if catalog is None or catalog.hash == current.catalog.hash:
        _tell(database, found)
        return ApplyReport(False, current.catalog.version, planned, waiting, found)
    safe = _steps(database, current, catalog)
    version = _switch(database, current, catalog, safe, who=who, found=found)
    return ApplyReport(True, version, safe, waiting, found)


def _is_refused(current: Compiled, step: Step, files: Collection[str]) -> bool:
    """Whether the type seems to be gone only because its file cannot be one just now, which is told already."""
    return step.action == "remove_type" and current.catalog.types[step.type].file in files


def _steps(database: Database, current: Compiled, wanted: Catalog) -> tuple[Step, ...]:
    if not current.catalog.version:
        return steps(None, wanted)
    with database.read() as conn:
        return steps(current.catalog, wanted, stored_states(conn, current, wanted))


def _without(
    database: Database, current: Compiled, wanted: Catalog, planned: Sequence[Step], *, found: tuple[Problem, ...]
) -> tuple[Catalog | None, tuple[Problem, ...]]:
    """The catalog in which types with unsafe steps stay whole as they are in service; None if that does not fit together."""
    mixed = load(effective(current.catalog, wanted, planned), notes=False)
    if mixed.catalog is None:
        return None, (*found, *mixed.problems)
    if any(one.verdict != "safe" for one in _steps(database, current, mixed.catalog)):
        return None, found
    return mixed.catalog, found


def _switch(
    database: Database, current: Compiled, catalog: Catalog, planned: Sequence[Step],
    *, who: tuple[Actor, datetime, str], found: Iterable[Problem],
) -> int:
    by, now, reason = who
    with database.write() as conn:
        version = apply_steps(
            conn, planned, catalog, by=by.id, at=now, reason=reason, after=current.catalog.version
        )
        compiled = Compiled(replace(catalog, version=version), database.dialect.name)
        moment = Moment(Actor.system("apply"), compiled, now)
        writing = Writing(moment, conn, moment.setting(conn))
        if current.catalog.version:
            planned = _settled(writing, current, catalog)
            _bring_along(writing, current, planned)
        arrange_indexes(conn, compiled, _stirred(planned, compiled))
        reports.write(conn, [_wire(one) for one in found])
    return version


def _settled(writing: Writing, current: Compiled, catalog: Catalog) -> tuple[Step, ...]:
    """The steps by the states that records stand in now, when no one can move them any more.

    Raises StaleCatalog where a record has meanwhile gone where the new catalog knows no way: all is looked at again.
    """
    planned = steps(current.catalog, catalog, stored_states(writing.conn, current, catalog))
    if any(one.verdict != "safe" for one in planned):
        raise StaleCatalog("Records have changed their states since they were counted.")
    return planned


def _bring_along(writing: Writing, current: Compiled, planned: Sequence[Step]) -> None:
    """Does to the records there are what the steps say: states first, which derived values, times and timers follow from."""
    catalog = writing.moment.compiled.catalog
    moved = {name for name in with_workflow(catalog, current.catalog.types) if restate(writing, name)}
    for step in planned:
        if step.recompute:
            recompute(writing, step.type, step.recompute)
    for name in sorted({step.type for step in planned if step.refill}):
        refill(writing, name)
    for name, declared in current.catalog.types.items():
        if name not in catalog.types:
            continue
        if not same(declared.occupancy, catalog.types[name].occupancy) or (name in moved and declared.occupancy):
            rebuild(writing, name)
    timed = {one.type for one in planned if one.action == "replan"} | moved | _first(current.catalog, catalog)
    for name in sorted(timed):
        replan(writing, name)


def _stirred(planned: Sequence[Step], compiled: Compiled) -> frozenset[str]:
    """The types of which fields that are searched have changed in many records at once."""
    moved = {one.type for one in planned if one.action in ("enter", "move")}
    return frozenset(
        name for name, one in compiled.types.items()
        if any(step.type == name and one.searched_names & set(step.recompute) for step in planned)
        or (name in moved and one.type.workflow is not None and one.type.workflow.field in one.searched_names)
    )


def _first(before: Catalog, after: Catalog) -> set[str]:
    """The types that have a workflow for the first time."""
    return {name for name, one in after.types.items() if one.workflow and name in before.types and not before.types[name].workflow}


def _tell(database: Database, found: Iterable[Problem]) -> None:
    wire = [_wire(one) for one in found]
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


def _wire(one: Problem) -> dict[str, Any]:
    place = [one.place.file, one.place.line, one.place.column] if one.place is not None else None
    return {**one.wire(), "place": place, "severity": one.severity}


def _problem(wire: Mapping[str, Any]) -> Problem:
    place = Place(*wire["place"]) if wire["place"] else None
    return Problem(wire["path"], wire["code"], wire["message"], wire["params"], place, wire["severity"])
