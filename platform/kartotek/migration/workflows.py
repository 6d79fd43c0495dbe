"""Workflows: what a changed state machine does to the records there are; a change is complete or it waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.migration.processes import same
from kartotek.migration.rights import is_within
from kartotek.migration.step import Step
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.formula import Formula
from kartotek.model.frozen import empty
from kartotek.model.workflow import State, Transition, Workflow

# {state, None for records without one: how many records are in it, those in the trash too}
Counts = Mapping[str | None, int]
NOTHING: Counts = MappingProxyType({})


def workflow_steps(old: RecordType, new: RecordType, counts: Counts) -> Iterator[Step]:
    """The steps from one workflow of a type to the next; `counts` are the states its records are stored in."""
    before, after = old.workflow, new.workflow
    if before is None and after is None:
        return
    if after is None:
        words = f"{new.name}: the workflow is gone, and {_records(sum(counts.values()), 'would have')} no state any more."
        yield Step(new.name, "remove_workflow", "confirm", words)
        return
    yield from _completeness(new.name, after, counts)
    if before is None:
        yield Step(new.name, "metadata", "safe", f"{new.name}: records go through states now.", file=after.file)
        return
    yield from _rights(new.name, before, after)
    if _planned(before) != _planned(after):
        yield Step(new.name, "replan", "safe", f"{new.name}: what is due when is worked out anew.", file=after.file)
    elif not same(before, after):
        yield Step(new.name, "metadata", "safe", f"{new.name}: the workflow differs, no record does.", file=after.file)


def stands(workflow: Workflow, state: str | None) -> str | None:
    """The state of today that a stored one is, as far as its name tells; None where it does not."""
    return state if state in workflow.states else workflow.renamed.get(state or "")


def reading_state(catalog: Catalog, record_type: str) -> frozenset[tuple[str, str]]:
    """The field that shows the state, and the derived fields of the type that read the state itself."""
    declared = catalog.types[record_type]
    shown = [declared.workflow.field] if declared.workflow is not None and declared.workflow.field else []
    reading = [one.name for one in declared.fields if one.compute is not None and _reads_state(one.compute)]
    return frozenset((record_type, name) for name in (*shown, *reading))


def _reads_state(formula: Formula) -> bool:
    return any(path[0] == "meta" and "state" in path for path in formula.paths)


def _completeness(name: str, workflow: Workflow, counts: Counts) -> Iterator[Step]:
    """Each stored state is a state, an alias or removed with a word where its records go; or the type waits."""
    field = (workflow.field,) if workflow.field else ()
    for state, count in sorted(counts.items(), key=lambda one: one[0] or ""):
        now = stands(workflow, state)
        if not count or (state is not None and now == state):
            continue
        if state is None:
            where = "where assign says" if workflow.assign is not None else f"in {workflow.initial}"
            words = f"{name}: {_records(count, 'begins', 'begin')} {where}."
            yield Step(name, "enter", "safe", words, field, file=workflow.file)
        elif now is not None:
            how = f"{_records(count, 'goes', 'go')} from {state} to {now}"
            yield Step(name, "move", "safe", f"{name}: {how}.", field, file=workflow.file)
        else:
            words = f"{name}: {_records(count, 'is', 'are')} in the state {state}; say under removed: where they go."
            yield Step(name, "states", "refused", words, file=workflow.file)


def _records(count: int, verb: str, verbs: str = "") -> str:
    return f"1 record {verb}" if count == 1 else f"{count} records {verbs or verb}"


def _rights(name: str, before: Workflow, after: Workflow) -> Iterator[Step]:
    for state in after.states.values():
        old = _former(before, state)
        if old is not None and not _is_fewer(state.edit, old.edit):
            words = f"{name}: more people may change records in the state {state.name} than before."
            yield Step(name, "rights", "confirm", words, file=after.file)
    for one in after.transitions.values():
        was = before.transitions.get(one.name)
        words = _widened(was, one) if was is not None else ""
        if words:
            yield Step(name, "rights", "confirm", f"{name}: the transition {one.name} {words}.", file=after.file)


def _former(before: Workflow, state: State) -> State | None:
    """The state as it was; under its former name where it has a new one."""
    return next((before.states[name] for name in (state.name, *state.aliases) if name in before.states), None)


def _is_fewer(new: frozenset[str] | None, old: frozenset[str] | None) -> bool:
    return old is None or (new is not None and new <= old)


def _widened(old: Transition, new: Transition) -> str:
    """What more people may do now, "" where nobody may."""
    more = sorted(new.roles - old.roles)
    if more:
        return f"may be run by {', '.join(more)} too"
    if new.public and not old.public:
        return "may be run through a link or a form now"
    if old.guard is None or (new.guard is not None and is_within(new.guard, old.guard)):
        return ""
    if new.guard is None:
        return "has no guard any more"
    if _asks_who(old.guard) or _asks_who(new.guard):
        return "has another guard, which looks at who runs it"
    return ""


def _asks_who(guard: Formula) -> bool:
    return any(path[0] == "user" or (path[0] == "meta" and path[-1] in ("created_by", "updated_by")) for path in guard.paths)


def _planned(workflow: Workflow) -> Any:
    """All that what is due depends on, without words."""
    timers = {
        one.name: (_plain(one.timer), frozenset(one.sources), one.target, _plain(one.guard) if one.timer else None)
        for one in workflow.transitions.values() if one.timer is not None
    }
    clocks = {one.name: _plain((one.states, one.limits, one.hours)) for one in workflow.clocks.values()}
    final = frozenset(one.name for one in workflow.states.values() if one.final)
    schedules = [replace(one, titles=empty()) for one in workflow.schedules.values()]
    return timers, _plain(tuple(schedules)), clocks, final if clocks else None


def _plain(value: Any) -> Any:
    if isinstance(value, Formula):
        return value.source.strip()
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(_plain(inner) for inner in value)
    if hasattr(value, "__dataclass_fields__"):
        return (type(value).__name__, *(_plain(getattr(value, name)) for name in value.__dataclass_fields__))
    return value
