"""Workflows: what a changed state machine does to the records there are; a change is complete or it waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.migration.rights import is_within
from kartotek.migration.sameness import plain, same
from kartotek.migration.step import Action, Step, Subject
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.formula import Formula
from kartotek.model.frozen import empty
from kartotek.model.plan import Verdict
from kartotek.model.workflow import State, Transition, Workflow

# {state, None for records without one: how many records are in it, those in the trash too}
Counts = Mapping[str | None, int]
NOTHING: Counts = MappingProxyType({})


def workflow_steps(old: RecordType, new: RecordType, counts: Counts) -> Iterator[Step]:
    """The steps from one workflow of a type to the next; `counts` are the states its records are stored in."""
    before, after = old.workflow, new.workflow
    if after is None:
        if before is not None:
            yield _counted(Subject(new.name), ("remove_workflow", "confirm", "workflow_gone"), sum(counts.values()))
        return
    subject = Subject(new.name, file=after.file)
    yield from _completeness(subject, (before, after), counts)
    if before is None:
        yield subject.step("metadata", "safe", "workflow_new")
        return
    yield from _rights(subject, before, after)
    if _planned(before) != _planned(after):
        yield subject.step("replan", "safe", "workflow_times")
    elif not same(before, after):
        yield subject.step("metadata", "safe", "workflow_differs")


def stands(workflow: Workflow, state: str | None, before: Workflow | None = None) -> str | None:
    """The state of today that a stored one is, as far as its name tells; None where it does not.

    `before` is the workflow that it is stored under, whose aliases tell too, so that a new name can be taken back.
    """
    if state in workflow.states:
        return state
    known = workflow.renamed.get(state or "")
    if known is None and before is not None and state in before.states:
        former = before.states[state].aliases
        return next((one for one in former if one in workflow.states and one not in before.states), None)
    return known


def reading_state(catalog: Catalog, record_type: str) -> frozenset[tuple[str, str]]:
    """The field that shows the state, and the derived fields of the type that read the state itself."""
    declared = catalog.types[record_type]
    shown = [declared.workflow.field] if declared.workflow is not None and declared.workflow.field else []
    reading = [one.name for one in declared.fields if one.compute is not None and _reads_state(one.compute)]
    return frozenset((record_type, name) for name in (*shown, *reading))


def _reads_state(formula: Formula) -> bool:
    return any(path[0] == "meta" and "state" in path for path in formula.paths)


def _completeness(subject: Subject, sides: tuple[Workflow | None, Workflow], counts: Counts) -> Iterator[Step]:
    """Each stored state is a state, an alias or removed with a word where its records go; or the type waits."""
    before, workflow = sides
    shown = replace(subject, path=(workflow.field,), former=(workflow.field,)) if workflow.field else subject
    for state, count in sorted(counts.items(), key=lambda one: one[0] or ""):
        now = stands(workflow, state, before)
        if not count or (state is not None and now == state):
            continue
        if state is None and workflow.assign is not None:
            yield _counted(shown, ("enter", "safe", "begin_assigned"), count)
        elif state is None:
            yield _counted(shown, ("enter", "safe", "begin_initial"), count, after=workflow.initial)
        elif now is not None:
            yield _counted(shown, ("move", "safe", "state_moves"), count, before=state, after=now)
        else:
            yield _counted(subject, ("states", "refused", "state_unknown"), count, before=state)


def _counted(subject: Subject, what: tuple[Action, Verdict, str], count: int, **told: Any) -> Step:
    """A step in words for one record or for many."""
    action, verdict, code = what
    return subject.step(action, verdict, code if count != 1 else f"{code}_one", count=count, **told)


def _rights(subject: Subject, before: Workflow, after: Workflow) -> Iterator[Step]:
    for state in after.states.values():
        old = _former(before, state)
        if old is not None and not is_fewer(state.edit, old.edit):
            yield subject.step("rights", "confirm", "state_edit", rule=state.name)
    for one in after.transitions.values():
        was = before.transitions.get(one.name)
        widened = _widened(was, one) if was is not None else None
        if widened is not None:
            code, names = widened
            yield subject.step("rights", "confirm", code, rule=one.name, names=", ".join(names))


def _former(before: Workflow, state: State) -> State | None:
    """The state as it was; under its former name where it has a new one, or has its former one again."""
    known = next((before.states[name] for name in (state.name, *state.aliases) if name in before.states), None)
    return known or next((one for one in before.states.values() if state.name in one.aliases), None)


def is_fewer(new: frozenset[str] | None, old: frozenset[str] | None) -> bool:
    """Whether nobody is named whom the old ones left out; None is everybody."""
    return old is None or (new is not None and new <= old)


def _widened(old: Transition, new: Transition) -> tuple[str, Sequence[str]] | None:
    """What more people may do now, as the code of a sentence with the roles it names; None where nobody may."""
    more = sorted(new.roles - old.roles)
    if more:
        return "transition_roles", more
    if new.public and not old.public:
        return "transition_public", ()
    if old.guard is None or (new.guard is not None and is_within(new.guard, old.guard)):
        return None
    if new.guard is None:
        return "transition_no_guard", ()
    return ("transition_guard", ()) if _asks_who(old.guard) or _asks_who(new.guard) else None


def _asks_who(guard: Formula) -> bool:
    return any(path[0] == "user" or (path[0] == "meta" and path[-1] in ("created_by", "updated_by")) for path in guard.paths)


def _planned(workflow: Workflow) -> Any:
    """All that what is due depends on, without words."""
    timers = {
        one.name: (plain(one.timer), frozenset(one.sources), one.target, plain(one.guard) if one.timer else None)
        for one in workflow.transitions.values() if one.timer is not None
    }
    clocks = {one.name: plain((one.states, one.limits, one.hours)) for one in workflow.clocks.values()}
    final = frozenset(one.name for one in workflow.states.values() if one.final)
    schedules = [replace(one, titles=empty()) for one in workflow.schedules.values()]
    return timers, plain(tuple(schedules)), clocks, final if clocks else None
