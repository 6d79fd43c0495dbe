"""Bringing along: what a new catalog's records need besides their columns: states, derived values, times taken, timers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kartotek.engine.compiled import Compiled
from kartotek.engine.indexing import arrange_indexes
from kartotek.engine.occupying import rebuild
from kartotek.engine.open_writing import Writing
from kartotek.engine.planning import replan
from kartotek.engine.recomputing import recompute_all
from kartotek.engine.refill import refill
from kartotek.engine.restating import restate, with_workflow
from kartotek.migration.lineage import Lineage
from kartotek.migration.processes import same
from kartotek.migration.step import Step
from kartotek.model.catalog import Catalog
from kartotek.model.workflow import Workflow

_VALUES = ("retype", "options", "restore_field")


def bring_along(
    writing: Writing, before: Catalog, lineage: Lineage, planned: Sequence[Step], *, back: Collection[str]
) -> None:
    """Does to the records there are what the steps say: states first, which derived values, times and timers follow from.

    `back` are the types that are in service again.
    """
    compiled = writing.moment.compiled
    catalog = compiled.catalog
    moved = {
        name for name in with_workflow(catalog, {*lineage.types, *back})
        if restate(writing, name, _workflow(before, lineage.former_type(name)))
    }
    recompute_all(writing, lineage, _recomputed(planned, catalog, back))
    for name in sorted({step.type for step in planned if step.refill}):
        refill(writing, name)
    converted = {one.type for one in planned if one.action in _VALUES}
    for name in sorted({*lineage.types, *back}):
        declared = before.types.get(lineage.former_type(name))
        changed = declared is None or not same(declared.occupancy, catalog.types[name].occupancy)
        if changed or (name in moved | converted and catalog.types[name].occupancy):
            rebuild(writing, name)
    timed = {one.type for one in planned if one.action == "replan"} | moved | _first(before, catalog, lineage) | set(back)
    for name in sorted(timed | {name for name in converted if name in compiled.times.types}):
        replan(writing, name)
    arrange_indexes(writing.conn, compiled, _stirred(planned, compiled) | frozenset(back))


def _workflow(before: Catalog, record_type: str) -> Workflow | None:
    return before.types[record_type].workflow if record_type in before.types else None


def _recomputed(planned: Sequence[Step], catalog: Catalog, back: Collection[str]) -> list[tuple[str, tuple[str, ...]]]:
    found = [(step.type, step.recompute) for step in planned if step.recompute]
    for name in sorted(back):
        derived = tuple(one.name for one in catalog.types[name].fields if one.is_derived and not one.is_live)
        found += [(name, derived)] if derived else []
    return found


def _stirred(planned: Sequence[Step], compiled: Compiled) -> frozenset[str]:
    """The types of which fields that are searched have changed in many records at once."""
    moved = {one.type for one in planned if one.action in ("enter", "move")}
    values = {(one.type, one.path[0]) for one in planned if one.action in _VALUES and one.path}
    return frozenset(
        name for name, one in compiled.types.items()
        if any(step.type == name and one.searched_names & set(step.recompute) for step in planned)
        or any((name, field) in values for field in one.searched_names)
        or (name in moved and one.type.workflow is not None and one.type.workflow.field in one.searched_names)
    )


def _first(before: Catalog, after: Catalog, lineage: Lineage) -> set[str]:
    """The types that have a workflow for the first time."""
    return {
        name for name, was in lineage.types.items()
        if after.types[name].workflow is not None and before.types[was].workflow is None
    }
