"""All workflows of a site: bound to their record types, checked, and put into them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from kartotek.declaration.builtin import USER
from kartotek.declaration.draft import Draft
from kartotek.declaration.flow import Beside, Flow, Noted
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.taint import Readers
from kartotek.declaration.texts import texts_of
from kartotek.declaration.workflow_checks import check_workflow
from kartotek.declaration.workflow_exposure import check_effects_exposure
from kartotek.declaration.workflow_file import Outline
from kartotek.declaration.workflow_parts import removed_of, states_of, transitions_of
from kartotek.declaration.workflow_times import clocks_of, schedules_of
from kartotek.formula.scope import Scope
from kartotek.formula.types import STRING
from kartotek.model.catalog import RecordType
from kartotek.model.workflow import Workflow

Types = Mapping[str, RecordType]


def bound(outlines: Iterable[Outline], names: Iterable[str], foreign: Collection[str] = ()) -> dict[str, Outline]:
    """{record type: its outline}; a workflow for no type or a second one for the same type is a problem.

    The schema of a `foreign` type alone says what its records are, so it has none.
    """
    known, read = tuple(names), tuple(outlines)
    found: dict[str, Outline] = {}
    for outline in read:
        name, problems = outline.draft.name, outline.draft.problems
        if not name or outline.draft.is_hollow:
            continue
        if name == USER:
            problems.error(("record",), "unfit_type", f"'{USER}' is built in and cannot have a workflow.")
        elif name in foreign:
            sentence = f"'{name}' is a foreign schema, which has no states. Add \"x-record\": {{}} to make it a type of yours."
            problems.error(("record",), "unfit_type", sentence)
        elif name not in known:
            sentence = f"There is no record type '{name}'.{did_you_mean(name, known)}"
            problems.error(("record",), "unknown_type", sentence)
        elif name in found:
            other = found[name].draft.problems.document.file
            hint = f" Call this file {PurePosixPath(other).name} to put it in its place." if other.startswith("@") else ""
            sentence = f"{other} is the workflow of '{name}' already; a type has one.{hint}"
            problems.error(("record",), "duplicate_workflow", sentence)
        else:
            found[name] = outline
    unread = {one.draft.name: one for one in read if one.draft.is_hollow and one.draft.name in known}
    return {**unread, **found}


def with_workflows(
    outlines: Mapping[str, Outline], drafts: Mapping[str, Draft], types: Types,
    *, scope: Scope, doubtful: frozenset[str], beside: Beside, has_readers: bool,
) -> dict[str, RecordType]:
    """The types with their workflows; problems are noted in the outlines.

    Without `has_readers` a value is made of itself, so that nobody can say who may see it.
    """
    found = dict(types)
    for name, outline in outlines.items():
        if drafts[name].is_hollow or outline.draft.is_hollow:
            continue
        flow = Flow(outline, Noted(outline.draft, scope, doubtful), drafts, types, outlines, beside)
        workflow = _workflow(flow)
        check_workflow(flow, workflow)
        if has_readers:
            check_effects_exposure(flow, Readers(types, outline.draft.site.role_names))
        if workflow.initial:
            found[name] = replace(types[name], workflow=workflow)
    return found


def _workflow(flow: Flow) -> Workflow:
    declared, languages = flow.outline.declared, flow.outline.draft.site.languages
    initial = flow.state(("initial",), declared["initial"]) if "initial" in declared else ""
    return Workflow(
        record=flow.record,
        initial=initial,
        states=states_of(flow),
        transitions=transitions_of(flow),
        field=flow.outline.field,
        titles=texts_of(declared.get("title"), languages),
        version=declared.get("version", 0),
        removed=removed_of(flow),
        assign=flow.formulas.check(("assign",), flow.unattended, STRING),
        schedules=schedules_of(flow),
        clocks=clocks_of(flow),
        file=flow.problems.document.file,
    )
