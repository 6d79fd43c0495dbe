"""Time plans: what of a catalog happens by itself in time, and which changes move it. Worked out once for each catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.formula import Formula
from kartotek.model.frozen import empty
from kartotek.model.workflow import After, At, Clock, Schedule, Transition, Workflow

# What a change always moves: the time of the last change, and the number of changes.
_MOVING = frozenset({"version", "updated_at", "updated_by"})


@dataclass(frozen=True, slots=True)
class Reads:
    """The names of a record's own fields that a formula reads; `always` where any change at all may move it."""

    fields: frozenset[str]
    always: bool = False

    def moved_by(self, changed: frozenset[str]) -> bool:
        """Whether a change of these fields may change the formula's value."""
        return self.always or bool(self.fields & changed)


@dataclass(frozen=True, slots=True)
class Reach:
    """Records of `type` look through these references, each field of the type that the one before points to."""

    type: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class TypePlan:
    """`timed` is {state: transitions that lead from it by themselves, auto ones not among them}."""

    workflow: Workflow
    timed: Mapping[str, tuple[Transition, ...]]
    moments: tuple[Schedule, ...]
    periodic: tuple[Schedule, ...]
    clocks: tuple[Clock, ...]
    reads: Mapping[int, Reads]  # by id() of the formula

    def moves(self, formula: Formula, changed: frozenset[str]) -> bool:
        """Whether a change of these fields may change the formula's value."""
        return self.reads[id(formula)].moved_by(changed)

    @cached_property
    def is_empty(self) -> bool:
        """Whether nothing of a single record happens by itself."""
        return not (any(self.timed.values()) or self.moments or self.clocks)


@dataclass(frozen=True)
class TimePlan:
    """`types` are those with anything in time; `hours` is {calendar type: types whose clocks run by it}.

    `reaches` is {type: {field: records that look at it from elsewhere}}.
    """

    types: Mapping[str, TypePlan] = field(default_factory=empty)
    hours: Mapping[str, frozenset[str]] = field(default_factory=empty)
    reaches: Mapping[str, Mapping[str, frozenset[Reach]]] = field(default_factory=empty)


def time_plan(catalog: Catalog) -> TimePlan:
    """The plan of all types."""
    types = {name: _type_plan(one, one.workflow) for name, one in catalog.types.items() if one.workflow is not None}
    types = {name: plan for name, plan in types.items() if not plan.is_empty or plan.periodic}
    hours: dict[str, frozenset[str]] = {}
    reaches: dict[str, dict[str, frozenset[Reach]]] = {}
    for name, plan in types.items():
        for calendar in {calendar for clock in plan.clocks for calendar in clock.hours}:
            hours[calendar] = hours.get(calendar, frozenset()) | {name}
        for formula in _formulas(plan):
            for type_name, field_name, reach in _reaches(catalog, catalog.types[name], formula):
                known = reaches.setdefault(type_name, {})
                known[field_name] = known.get(field_name, frozenset()) | {reach}
    return TimePlan(types, hours, reaches)


def _type_plan(record_type: RecordType, workflow: Workflow) -> TypePlan:
    timed = {
        state: tuple(one for one in leaving if isinstance(one.timer, After | At))
        for state, leaving in workflow.leaving.items()
    }
    schedules = workflow.schedules.values()
    plan = TypePlan(
        workflow, {state: each for state, each in timed.items() if each},
        tuple(one for one in schedules if one.moment is not None),
        tuple(one for one in schedules if one.moment is None), tuple(workflow.clocks.values()), {},
    )
    reads = {id(formula): reads_of(record_type, formula) for formula in _formulas(plan)}
    return TypePlan(plan.workflow, plan.timed, plan.moments, plan.periodic, plan.clocks, reads)


def _formulas(plan: TypePlan) -> Iterable[Formula]:
    for transitions in plan.timed.values():
        yield from (one.timer.moment for one in transitions if isinstance(one.timer, At))
    yield from (one.moment for one in plan.moments if one.moment is not None)
    yield from (limit.after for one in plan.clocks for limit in one.limits if isinstance(limit.after, Formula))


def reads_of(record_type: RecordType, formula: Formula) -> Reads:
    """What a formula over a record of the type reads of it, also through values that are worked out at each reading."""
    fields: set[str] = set()
    always = any(path[0] == "meta" and (len(path) == 1 or path[1] in _MOVING) for path in formula.paths)
    waiting = [formula]
    while waiting:
        for path in waiting.pop().paths:
            if path[0] != "record" or len(path) < 2 or path[1] in fields:
                continue
            fields.add(path[1])
            read = record_type.by_name.get(path[1])
            if read is not None and read.is_live and read.compute is not None:
                waiting.append(read.compute)
    if any(path == ("meta", "state") for path in formula.paths) and record_type.workflow is not None:
        fields.add(record_type.workflow.field)
    return Reads(frozenset(fields - {""}), always)


def _reaches(catalog: Catalog, record_type: RecordType, formula: Formula) -> Iterable[tuple[str, str, Reach]]:
    """(type, field, way) of what the formula reads of other records through plain references."""
    for path in formula.paths:
        at, steps = record_type, path[1:] if path[0] == "record" else ()
        for number, name in enumerate(steps):
            read = at.by_name.get(name)
            if number and read is not None:
                yield at.name, name, Reach(record_type.name, steps[:number])
            if read is None or read.kind != "reference" or read.reference is None:
                break
            at = catalog.types[read.reference.target]
