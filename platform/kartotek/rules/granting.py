"""Granting: each role's rule for an action, and what of a rule is left where it holds in some states or records alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Literal

from kartotek.formula import Scope, catalog_scope, check, quote
from kartotek.formula.types import BOOL
from kartotek.kinds.registry import kind_of
from kartotek.model.actor import OWNER, Actor
from kartotek.model.catalog import Action, Grant, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Binary, Formula, Type
from kartotek.model.view import Rules

States = Literal[True] | frozenset[str]  # in which something holds: in all, in some, in none
EVERYWHERE: States = True
NOWHERE: States = frozenset()
_AT_ONCE = 100  # ids in one formula, which may not be of any length


def grants(actor: Actor, record_type: RecordType, action: Action) -> list[tuple[str, Grant]]:
    """(role, rule) of each of the actor's roles that has one, within what limits him.

    A record that he opened in an emergency is granted to the role as which he reads it; one whose person is restricted to none.
    """
    if not in_scope(actor, record_type, action):
        return []
    barred = sorted(id for name, id in actor.barred if name == record_type.name)
    return [(role, _but(rule, barred)) for role, rule in _granted(actor, record_type, action)]


def _granted(actor: Actor, record_type: RecordType, action: Action) -> list[tuple[str, Grant]]:
    if actor.owns_within:
        return [(OWNER, True)]
    asked = ((role, record_type.permissions.get(role, {}).get(action)) for role in sorted(actor.roles))
    found: list[tuple[str, Grant]] = [(role, rule) for role, rule in asked if rule]
    glass = record_type.break_glass
    opened = sorted(id for name, id in actor.glass if name == record_type.name) if action == "read" and glass is not None else ()
    if opened and glass is not None and glass.roles & actor.roles:
        found.append((glass.reads_as, _any_of("meta.id", tuple(opened))))
    return found


def in_scope(actor: Actor, record_type: RecordType, action: Action) -> bool:
    """Whether his token reaches the type with this action; names of users are for everybody."""
    scope = actor.scope
    if scope is None:
        return True
    return (scope.types is None or record_type.name in scope.types) and (scope.actions is None or action in scope.actions)


def states_where(record_type: RecordType, field: Field, role: str, holds: Callable[[str | None], bool]) -> States:
    """In which states something holds that follows from what the role is said to know of the field there."""
    base = holds(None)
    if not any(role in fields.get(field.name, ()) for fields in record_type.state_access.values()):
        return EVERYWHERE if base else NOWHERE
    known = record_type.workflow.states if record_type.workflow is not None else record_type.state_access
    fitting = frozenset(state for state in known if holds(state))
    return EVERYWHERE if base and len(fitting) == len(known) else fitting


def limited(grant: Grant, states: States) -> Grant | None:
    """The rule as it is in these states alone; None where nothing is left."""
    if states is True or not states:
        return grant if states else None
    inside = _any_of("meta.state", tuple(sorted(states)))
    return _both(grant, inside) if isinstance(grant, Formula) else inside if grant else None


def united(found: Iterable[Grant | None]) -> Rules:
    """True, or the formulas of which one must hold."""
    rules: dict[str, Formula] = {}
    for one in found:
        if one is True:
            return True
        if isinstance(one, Formula):
            rules.setdefault(one.source, one)
    return tuple(rules.values())


@lru_cache(maxsize=1024)
def _both(one: Formula, other: Formula) -> Formula:
    """Both formulas at once. Its nodes keep their places, since nothing that was checked can be wrong at one."""
    nullable = one.nullable or other.nullable
    node = Binary("&&", one.node, other.node, BOOL, 0, len(one.source), nullable)
    return Formula(f"({one.source}) && {other.source}", node, BOOL, nullable, one.paths | other.paths, one.fields | other.fields)


def _but(rule: Grant, ids: Sequence[int]) -> Grant:
    """The rule for all records but these."""
    for start in range(0, len(ids), _AT_ONCE):
        others = _none_of(tuple(ids[start:start + _AT_ONCE]))
        rule = _both(rule, others) if isinstance(rule, Formula) else others if rule else rule
    return rule


@lru_cache(maxsize=1024)
def _none_of(ids: tuple[int, ...]) -> Formula:
    return check(f"!(meta.id in {quote(list(ids))})", _system_values(), wanted=BOOL)


@lru_cache(maxsize=1024)
def _any_of(name: str, values: tuple[str | int, ...]) -> Formula:
    """The rule that a system value of the record is one of these."""
    return check(f"{name} in {quote(list(values))}", _system_values(), wanted=BOOL)


@lru_cache(maxsize=1)
def _system_values() -> Scope:
    return catalog_scope({}, names={"meta": Type("meta")}, type_of=lambda field: kind_of(field).formula_type(field))
