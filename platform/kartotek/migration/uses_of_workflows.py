"""What a workflow names: the states it leads through, the fields it asks for, reads and sets, the types it makes records of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kartotek.migration.use import Name, Use, reading
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.workflow import (
    Auto,
    Clock,
    CreateEffect,
    Effect,
    LinkEffect,
    NotifyEffect,
    Schedule,
    SetEffect,
    Transition,
    TransitionEffect,
    UpdateEffect,
)


def workflow_uses(record_type: RecordType, catalog: Catalog) -> Iterator[Use]:
    """The uses that the workflow of a type makes, none where it has none."""
    workflow, name = record_type.workflow, record_type.name
    if workflow is None:
        return
    if workflow.field:
        yield Use("state_field", {"type": name}, frozenset({(name, workflow.field)}))
    yield from reading("assign", workflow.assign, type=name)
    for one in workflow.transitions.values():
        yield from _of_transition(record_type, one, catalog)
    for schedule in workflow.schedules.values():
        yield from _of_schedule(record_type, schedule, catalog)
    for clock in workflow.clocks.values():
        yield from _of_clock(record_type, clock, catalog)


def _of_transition(record_type: RecordType, one: Transition, catalog: Catalog) -> Iterator[Use]:
    told = {"type": record_type.name, "rule": one.name}
    yield Use("transition", told, states=frozenset((record_type.name, state) for state in (*one.sources, one.target)))
    yield from reading("guard", one.guard, **told)
    if one.fields:
        yield Use("dialog", told, frozenset((record_type.name, name) for name in one.fields))
    if one.timer is not None and not isinstance(one.timer, Auto):
        yield from reading("timer", one.timer, **told)
    yield from _of_effects(record_type, one.effects, told, catalog)


def _of_schedule(record_type: RecordType, one: Schedule, catalog: Catalog) -> Iterator[Use]:
    told = {"type": record_type.name, "rule": one.name}
    named = [(record_type.name, one.yearly)] if one.yearly else []
    yield from reading("timer", (one.moment, one.where), named, **told)
    yield from _of_effects(record_type, one.effects, told, catalog)


def _of_clock(record_type: RecordType, one: Clock, catalog: Catalog) -> Iterator[Use]:
    told = {"type": record_type.name, "rule": one.name}
    yield Use("clock", told, states=frozenset((record_type.name, state) for state in one.states))
    yield Use("timer", told, types=frozenset(one.hours))
    yield from reading("timer", tuple((limit.after, limit.when) for limit in one.limits), **told)
    yield from _of_effects(record_type, [each for limit in one.limits for each in limit.effects], told, catalog)


def _of_effects(record_type: RecordType, effects: Sequence[Effect], told: dict[str, str], catalog: Catalog) -> Iterator[Use]:
    for one in effects:
        yield from reading("effect", one, _set_by(record_type.name, one), **told)
        if isinstance(one, CreateEffect | UpdateEffect | TransitionEffect):
            yield Use("effect", told, types=frozenset({one.type}))
        if isinstance(one, TransitionEffect):
            yield from _moved(one, told, catalog)
        if isinstance(one, NotifyEffect) and one.template in catalog.templates:
            yield Use("effect", told, types=frozenset({catalog.templates[one.template].record}))


def _set_by(record_type: str, effect: Effect) -> list[Name]:
    """The fields that an effect names to set or to show them."""
    if isinstance(effect, SetEffect):
        return [(record_type, name) for name in effect.values]
    if isinstance(effect, CreateEffect | UpdateEffect):
        return [(effect.type, name) for name in effect.values]
    return [(record_type, name) for name in effect.shows] if isinstance(effect, LinkEffect) else []


def _moved(effect: TransitionEffect, told: dict[str, str], catalog: Catalog) -> Iterator[Use]:
    """The states that an effect takes records of another type from and to."""
    workflow = catalog.types[effect.type].workflow if effect.type in catalog.types else None
    if workflow is not None and effect.transition in workflow.transitions:
        other = workflow.transitions[effect.transition]
        yield Use("effect", told, states=frozenset((effect.type, state) for state in (*other.sources, other.target)))
