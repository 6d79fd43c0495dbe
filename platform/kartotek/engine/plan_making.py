"""Making a plan: what files would do to the catalog in service and to the records there are, decided and told; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kartotek.declaration.load import Loaded, load
from kartotek.engine.busy import reading_from
from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import Compiled
from kartotek.engine.plan_hash import hash_of
from kartotek.engine.restating import stored_states
from kartotek.migration.lineage import lineage
from kartotek.migration.planned import planned
from kartotek.migration.steps import steps
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.plan import Answers, Plan, Progress
from kartotek.model.problem import Problem
from kartotek.storage import kept
from kartotek.storage.database import Database

Told = Callable[[Progress], None]
Planned = tuple[Plan, CatalogChange | None]


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


def made(database: Database, current: Compiled, asked: Asked, progress: Told | None = None) -> Planned:
    """The plan, and the change it is about; None where the files make no catalog, or are what is in service."""
    loaded = load(asked.documents, notes=False)
    problems = (*asked.problems, *(one for one in loaded.problems if one.severity != "note"))
    if loaded.catalog is None or _is_broken(current.catalog, loaded, problems):
        return Plan(hash="", base=current.catalog.version, problems=problems), None
    change = _change(database, current, loaded.catalog, asked)
    told = tuple(planned(number, step) for number, step in enumerate(change.steps, start=1))
    same = loaded.catalog.hash == current.catalog.hash
    plan = Plan(hash=hash_of(change, told), base=current.catalog.version, steps=told, problems=problems)
    return plan, None if same else change


def between(current: Compiled, wanted: Catalog, by: Actor, at: datetime) -> Plan:
    """What leads from one catalog to another by their declarations alone."""
    found = steps(current.catalog, wanted)
    change = CatalogChange(
        current=current, wanted=wanted, lineage=lineage(current.catalog, wanted), steps=found, by=by, at=at, reason=""
    )
    told = tuple(planned(number, step) for number, step in enumerate(found, start=1))
    return Plan(hash=hash_of(change, told), base=current.catalog.version, steps=told, counted=False)


def _is_broken(applied: Catalog, loaded: Loaded, problems: Sequence[Problem]) -> bool:
    """An error of a foreign schema that is not in service yet only leaves that one out; any other must be mended first."""
    errors = [one for one in problems if one.severity == "error"]
    served = {one.file for one in applied.types.values()} & loaded_files(errors)
    return bool(served) or any(one not in loaded.problems for one in errors)


def loaded_files(problems: Collection[Problem]) -> set[str]:
    """The files that problems are in."""
    return {one.place.file for one in problems if one.place is not None}


def _change(database: Database, current: Compiled, wanted: Catalog, asked: Asked) -> CatalogChange:
    before = current.catalog if current.catalog.version else None
    with reading_from(database) as conn:
        counts = stored_states(conn, current, wanted) if before is not None else {}
        there = kept.everything(conn)
    return CatalogChange(
        current=current, wanted=wanted, lineage=lineage(current.catalog, wanted), steps=steps(before, wanted, counts, kept=there),
        by=asked.by, at=asked.at, reason=asked.reason, answers=asked.answers,
    )
