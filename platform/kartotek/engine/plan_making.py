"""Making a plan: what files would do to the catalog in service and to the records there are, decided and told; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from kartotek.declaration.load import Loaded
from kartotek.engine import findings
from kartotek.engine.busy import reading_from
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import Compiled
from kartotek.engine.plan_hash import hash_of
from kartotek.engine.plan_times import Times, times
from kartotek.engine.policies import judged
from kartotek.engine.restating import stored_states
from kartotek.engine.statements import sql_of
from kartotek.engine.still_kept import still_kept
from kartotek.errors import Busy, Invalid
from kartotek.migration.lineage import lineage
from kartotek.migration.planned import planned
from kartotek.migration.questions import questions
from kartotek.migration.steps import steps
from kartotek.migration.touched import touched
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field
from kartotek.model.kept import Kept
from kartotek.model.plan import Answers, Finding, Plan, PlannedStep, Progress
from kartotek.model.problem import Problem, pointer, problem
from kartotek.storage import versions
from kartotek.storage.database import Database, StaleCatalog

Told = Callable[[Progress], None]
Planned = tuple[Plan, CatalogChange | None]
_ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be planned. `documents` are the whole site's, `problems` those found before they could be read."""

    documents: Mapping[str, str]
    by: Actor
    at: datetime
    reason: str = ""
    answers: Answers = field(default_factory=Answers)
    problems: tuple[Problem, ...] = ()
    sql: bool = False


@dataclass(frozen=True)
class _Looked:
    """What was found in the database: what records say to the steps, by index, what can be brought back, how long it takes."""

    findings: Mapping[int, Finding] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()
    times: Times = field(default_factory=dict)


def made(database: Database, catalogs: Catalogs, asked: Asked, progress: Told | None = None) -> Planned:
    """The plan, and the change it is about; None where the files make no catalog, or are what is in service. Raises Busy."""
    for _ in range(_ATTEMPTS):
        with suppress(StaleCatalog):  # another catalog came into service between two looks
            return _made(database, catalogs.current(fresh=True), asked, progress)
    raise Busy("The declarations are being changed just now; try again in a moment.", retry_after=2)


def _made(database: Database, current: Compiled, asked: Asked, progress: Told | None) -> Planned:
    loaded = judged(asked.documents)
    problems = (*asked.problems, *(one for one in loaded.problems if one.severity != "note"))
    if loaded.catalog is None or _is_broken(current.catalog, loaded, problems):
        return Plan(hash="", base=current.catalog.version, problems=problems), None
    change, looked = _looked_at(database, _change(current, loaded.catalog, asked), progress)
    told = _told(change, looked, sql=asked.sql)
    plan = Plan(
        hash=hash_of(change, told), base=current.catalog.version, steps=told, problems=problems,
        questions=questions(current.catalog, loaded.catalog, change.lineage),
    )
    same = loaded.catalog.hash == current.catalog.hash
    return plan, None if same else replace(change, planned=told)


def between(current: Compiled, wanted: Catalog, by: Actor, at: datetime) -> Plan:
    """What leads from one catalog to another by their declarations alone."""
    change = _change(current, wanted, Asked(documents=wanted.documents, by=by, at=at))
    change = replace(change, steps=steps(current.catalog, wanted))
    told = _told(change, _Looked())
    asked = questions(current.catalog, wanted, change.lineage)
    return Plan(hash=hash_of(change, told), base=current.catalog.version, steps=told, questions=asked, counted=False)


def _is_broken(applied: Catalog, loaded: Loaded, problems: Sequence[Problem]) -> bool:
    """An error of a foreign schema that is not in service yet only leaves that one out; any other must be mended first."""
    errors = [one for one in problems if one.severity == "error"]
    served = {one.file for one in applied.types.values()} & loaded_files(errors)
    return bool(served) or any(one not in loaded.problems for one in errors)


def loaded_files(problems: Collection[Problem]) -> set[str]:
    """The files that problems are in."""
    return {one.place.file for one in problems if one.place is not None}


def _change(current: Compiled, wanted: Catalog, asked: Asked) -> CatalogChange:
    return CatalogChange(
        current=current, wanted=wanted, lineage=lineage(current.catalog, wanted), steps=(), by=asked.by, at=asked.at,
        reason=asked.reason, answers=asked.answers,
    )


def _looked_at(
    database: Database, change: CatalogChange, progress: Told | None
) -> tuple[CatalogChange, _Looked]:
    """The change with its steps, and what the records there are say to each; all of one moment."""
    before = change.current.catalog
    if not before.version:
        return replace(change, steps=steps(None, change.wanted)), _Looked()
    with reading_from(database) as conn:
        # Asking for the pulse would keep whoever switches waiting, and with him everybody, for as long as this takes.
        newest = versions.listed(conn, limit=1)[0].version
        if newest != before.version:
            raise StaleCatalog(f"Catalog {newest} is applied, not {before.version}.")
        counts = stored_states(conn, change.current, change.wanted)
        there = still_kept(conn, before, change.at)
        change = replace(change, steps=steps(before, change.wanted, counts, kept=there))
        _refuse_unknown(change)
        found = findings.found(conn, change, now=change.at, progress=progress)
        change = replace(change, steps=findings.settled_steps(change, found))
        return change, _Looked(found, there, times(conn, change))


def _refuse_unknown(change: CatalogChange) -> None:
    """An answer about what is no field is a slip of the pen. Raises Invalid."""
    catalogs = (change.current.catalog, change.wanted)
    known = {name for one in catalogs for each in one.types.values() for name in _names(each.fields, each.name)}
    wrong = [problem(pointer("map", name), "unknown_field", name=name) for name in change.answers.options if name not in known]
    if wrong:
        raise Invalid(wrong, "These answers belong to no field.")


def _names(fields: Sequence[Field], above: str) -> Iterator[str]:
    for one in fields:
        name = f"{above}.{one.name}"
        yield name
        yield from _names(one.fields, name)


def _told(change: CatalogChange, looked: _Looked, *, sql: bool = False) -> tuple[PlannedStep, ...]:
    touches = touched(change.current.catalog, change.wanted, change.steps) if change.steps else ()
    statements = sql_of(change, looked.kept) if sql and change.current.catalog.version else {}
    return tuple(
        planned(
            index + 1, step, finding=looked.findings.get(index), touches=touches[index], sql=statements.get(index, ()),
            seconds=seconds, blocks=blocks,
        )
        for index, step in enumerate(change.steps) for seconds, blocks in [looked.times.get(index, (0.0, 0.0))]
    )
