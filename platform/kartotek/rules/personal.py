"""Personal: which fields say something about a person, by declaration or because they are made of such."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kartotek.model.catalog import RecordType
from kartotek.model.formula import formulas_in
from kartotek.model.naming import row_path
from kartotek.model.order import Key, owned, reads
from kartotek.model.workflow import CreateEffect, SetEffect, UpdateEffect, Workflow


def personal_fields(types: Mapping[str, RecordType]) -> frozenset[Key]:
    """Declared ones, all within them, and what is copied, computed, prefilled or written by effects from any of these."""
    return _spread(types, {(owner, field.name) for one in types.values() for owner, field in owned(one) if field.personal})


def sensitive_fields(types: Mapping[str, RecordType]) -> frozenset[Key]:
    """The same of those that nobody looks at unnoticed; what is declassified may be looked at."""
    if not any(field.sensitive for one in types.values() for _, field in owned(one)):
        return frozenset()
    declared = {(owner, field.name) for one in types.values() for owner, field in owned(one) if field.sensitive}
    opened = frozenset((owner, field.name) for one in types.values() for owner, field in owned(one) if field.declassify)
    return _spread(types, declared, opened - declared)


def sensitive_names(types: Mapping[str, RecordType]) -> Mapping[str, frozenset[str]]:
    """{type: its sensitive fields, and those with a sensitive member}, of types that have any."""
    found = sensitive_fields(types)
    if not found:
        return {}
    owners = {owner for owner, _ in found}
    named = {
        one.name: frozenset(
            field.name for field in one.fields if (one.name, field.name) in found or row_path(one.name, field.name) in owners
        )
        for one in types.values()
    }
    return {name: names for name, names in named.items() if names}


def _spread(types: Mapping[str, RecordType], found: set[Key], never: frozenset[Key] = frozenset()) -> frozenset[Key]:
    """The fields with all within them and all that is made of any of these, but those that never count."""
    sources = _sources(types)
    inner = {(owner, field.name): [(row_path(owner, field.name), one.name) for one in field.fields] for one in types.values() for owner, field in owned(one)}
    while True:
        reached = {key for key, of in sources.items() if of & found} | {key for holder in found for key in inner.get(holder, ())}
        reached -= never
        if reached <= found:
            return frozenset(found)
        found |= reached


def _sources(types: Mapping[str, RecordType]) -> dict[Key, set[Key]]:
    """{field: the fields that its value is made of}."""
    found: dict[Key, set[Key]] = {key: set(of) for key, of in reads(types).items()}

    def add(key: Key, of: Iterable[Key]) -> None:
        found.setdefault(key, set()).update(of)

    for one in types.values():
        beside: dict[str, dict[str, str]] = {}
        for owner, field in owned(one):
            if field.reference is not None:
                beside.setdefault(owner, {})[field.name] = field.reference.target
        for owner, field in owned(one):
            if field.fetch_from is not None:
                link, name = field.fetch_from
                add((owner, field.name), [(beside.get(owner, {}).get(link, ""), name)])
            if field.default_expr is not None:
                add((owner, field.name), field.default_expr.fields)
        if one.workflow is not None:
            for key, of in _written(one.name, one.workflow):
                add(key, of)
    return found


def _written(record_type: str, workflow: Workflow) -> Iterator[tuple[Key, frozenset[Key]]]:
    """What effects write into which field, of which fields it is made."""
    effects = [one for transition in workflow.transitions.values() for one in transition.effects]
    effects += [one for schedule in workflow.schedules.values() for one in schedule.effects]
    effects += [one for clock in workflow.clocks.values() for limit in clock.limits for one in limit.effects]
    for effect in effects:
        if isinstance(effect, SetEffect | CreateEffect | UpdateEffect):
            target = record_type if isinstance(effect, SetEffect) else effect.type
            for name, given in effect.values.items():
                for formula in formulas_in(given):
                    yield (target, name), formula.fields
