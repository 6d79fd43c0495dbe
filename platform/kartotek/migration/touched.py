"""Touched: what else has to do with what a step renames, removes, converts or narrows, in sentences for the owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from kartotek.migration.lineage import lineage
from kartotek.migration.programs import programs
from kartotek.migration.step import Step
from kartotek.migration.translation import Translation, translation
from kartotek.migration.use import Use
from kartotek.migration.uses import uses
from kartotek.model.catalog import Catalog
from kartotek.model.naming import row_path
from kartotek.model.plan import Touch



def touched(old: Catalog, new: Catalog, found: Sequence[Step]) -> tuple[tuple[Touch, ...], ...]:
    """For each step: what goes on using it, then what used it until now, then what programs notice."""
    descent = lineage(old, new)
    names = translation(old, new, descent)
    before = [(one, _place(one, names)) for one in uses(old)]
    after = [(one, _place(one, _AS_IT_IS)) for one in uses(new)]
    return tuple(_of(step, descent.types.get(step.type, step.type), before, after) for step in found)


Placed = Sequence[tuple[Use, tuple[str, ...]]]


def _of(step: Step, was: str, before: Placed, after: Placed) -> tuple[Touch, ...]:
    find = _FINDING.get(step.action)
    if find is None or (find is _of_written and not step.path):
        return ()
    used, using = find(step, was)
    still = [(one, place) for one, place in after if using(one)] if step.action not in _ENDING else []
    places = {place for _, place in still}
    told = [Touch(one.code, one.params) for one, _ in still]
    told += [Touch(one.code, one.params, True) for one, place in before if used(one) and place not in places]
    told += programs(step)
    return tuple({(one.code, str(sorted(one.params.items())), one.past): one for one in told}.values())


def _place(one: Use, names: Translation) -> tuple[str, ...]:
    """What tells a use from others, in today's names."""
    owner, _, field = one.params.get("name", "").rpartition(".")
    record_type, _, part = owner.partition(".")
    inside = (names.field(record_type, part),) if part else ()
    return (
        one.code, names.type(one.params.get("type", "")), one.params.get("rule", ""), one.params.get("role", ""),
        one.params.get("action", ""), ".".join((names.type(record_type), *inside, names.field(owner, field))),
    )


_AS_IT_IS = Translation({}, {}, {})
_ENDING = frozenset({"remove_field", "remove_type"})
_WRITING = frozenset({"effect", "public_form", "dialog"})
Names = Callable[[Use], bool]
Sides = tuple[Names, Names]


def _of_field(step: Step, was: str) -> Sides:
    former = step.former or step.path
    before, after = (_owner(was, former), former[-1]), (_owner(step.type, step.path), step.path[-1])
    return lambda one: before in one.fields, lambda one: after in one.fields


def _of_written(step: Step, was: str) -> Sides:
    """Of what takes less than before, or is demanded now: only who sets it."""
    _, new = _of_field(step, was)
    return lambda one: False, lambda one: one.code in _WRITING and new(one)


def _of_type(step: Step, was: str) -> Sides:
    return lambda one: was in one.types, lambda one: step.type in one.types


def _of_state(step: Step, was: str) -> Sides:
    state, now = step.params.get("before", ""), step.params.get("after", "")

    def names(record_type: str, name: str) -> Names:
        return lambda one: (record_type, name) in one.states or (("", "state") in one.fields and repr(name) in one.literals)

    return names(was, state), names(step.type, now)


def _of_options(step: Step, was: str) -> Sides:
    old, new = _of_field(step, was)
    gone = {repr(value) for value in step.params.get("gone", ())}
    return lambda one: old(one) and bool(gone & one.literals), lambda one: new(one) and bool(gone & one.literals)


def _owner(record_type: str, path: tuple[str, ...]) -> str:
    for name in path[:-1]:
        record_type = row_path(record_type, name)
    return record_type


_FINDING: Mapping[str, Callable[[Step, str], Sides]] = MappingProxyType(
    dict.fromkeys(("rename_field", "remove_field", "retype"), _of_field)
    | dict.fromkeys(("rename_type", "remove_type"), _of_type)
    | dict.fromkeys(("move", "states"), _of_state)
    | dict.fromkeys(("narrow", "require", "unique"), _of_written)
    | {"options": _of_options}
)
