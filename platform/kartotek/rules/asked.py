"""Asked: what a client wants set, parsed, with the problems found so far; and whether he may set it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as given
from typing import Any

from kartotek.model.actor import Actor
from kartotek.model.catalog import Action, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.frozen import empty
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.view import Rules
from kartotek.rules.access import inner_writable, type_view
from kartotek.rules.rights import Members
from kartotek.rules.ruleset import Ruleset

Load = Callable[[Mapping[str, Any]], tuple[dict[str, Any], tuple[Problem, ...]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """`values` are the parsed ones by field name, `wire` all that was sent, `unset` the names to be removed.

    `conditional` are the fields that may be set only in rows for which one of the formulas holds, `unlocked` those that
    effects set: what is locked is locked to people. `confirm` is {rule: reason} of what is to be saved in spite of a rule.
    `state` is where a new record is to stand, which only background work may say.
    """

    values: Mapping[str, Any]
    wire: Mapping[str, Any]
    unset: frozenset[str]
    problems: tuple[Problem, ...]
    conditional: Mapping[str, tuple[Formula, ...]] = given(default_factory=empty)
    unlocked: frozenset[str] = frozenset()
    confirm: Mapping[str, str] = given(default_factory=empty)
    state: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The fields it touches."""
        return frozenset(self.values) | self.unset


def asked(
    rules: Ruleset, load: Load, actor: Actor, action: Action, *, wire: Mapping[str, Any], unset: Iterable[str] = ()
) -> Asked:
    """The input judged as far as that can be done without looking at what is stored. Paths are /fields/<name>/…"""
    rights = rules.rights(actor.standing, action)
    names = dict.fromkeys([*wire, *unset]) if unset else wire
    refusals = {} if rights.open.issuperset(names) else {name: code for name in names if (code := rights.refusal(name))}
    problems = [problem(pointer("fields", name), code, name=name) for name, code in refusals.items()]
    taken = {name: value for name, value in wire.items() if name not in refusals} if refusals else wire
    composed = [name for name in taken if name in rules.composed]
    values, found = load(_without_members(rules.type, taken, composed, rights.members) if composed else taken)
    problems += [one.under("/fields") for one in found]
    for name in composed:
        problems += _inner_refusals(rules.type.by_name[name], taken[name], pointer("fields", name), rights.members)
    removed = frozenset(name for name in unset if name not in refusals)
    if MISSING in values.values():
        removed |= frozenset(name for name, value in values.items() if value is MISSING)
    conditional = {name: granted for name, granted in rights.conditional.items() if name in names}
    kept = {name: value for name, value in values.items() if value is not MISSING} if removed else values
    return Asked(kept, wire, removed, tuple(problems), conditional)


def by_effect(load: Load, wire: Mapping[str, Any]) -> Asked:
    """What an effect sets, with the site's rights: only the shape of the values is judged. None removes a value."""
    values, found = load(wire)
    removed = frozenset(name for name, value in values.items() if value is MISSING)
    kept = {name: value for name, value in values.items() if value is not MISSING}
    unlocked = frozenset(kept) | removed
    return Asked(kept, wire, removed, tuple(one.under("/fields") for one in found), unlocked=unlocked)


NOTHING = Asked({}, {}, frozenset(), ())


def not_his(record_type: RecordType, field: Field, actor: Actor) -> frozenset[str]:
    """The members of a sub-table or small object that the actor may not set or not see: what he sends says nothing of them."""
    shown, allowed = type_view(actor, record_type).inner, inner_writable(actor, record_type, "write")
    keys = {one.name: (field.name, one.name) for one in field.fields}
    locked = {one.name for one in field.fields if one.read_only and not one.is_derived}
    out = {name for name, key in keys.items() if not (shown.get(key, True) is True and allowed.get(key, True) is True)}
    return frozenset(locked | out)


def _without_members(
    record_type: RecordType, wire: Mapping[str, Any], composed: Iterable[str], members: Members
) -> Mapping[str, Any]:
    """The input with those of its values pruned that have members."""
    return {**wire, **{name: _without_refused(record_type.by_name[name], wire[name], members) for name in composed}}


def _without_refused(field: Field, wire: Any, members: Members) -> Any:
    """The value without the members that are refused anyway: what else is wrong with them would tell that they exist."""
    refused = {one.name for one in field.fields if members.refusal(field, one)}
    if not refused:
        return wire
    if isinstance(wire, list):
        return [_without_refused(field, row, members) if isinstance(row, dict) else row for row in wire]
    return {name: value for name, value in wire.items() if name not in refused} if isinstance(wire, dict) else wire


def _inner_refusals(field: Field, wire: Any, path: str, members: Members) -> Iterable[Problem]:
    if isinstance(wire, list):
        for index, row in enumerate(wire if field.fields else ()):
            yield from _inner_refusals(field, row, path + pointer(index), members)
    elif isinstance(wire, dict):
        for one in field.fields:
            if one.name in wire:
                code = members.refusal(field, one)
                at = path + pointer(one.name)
                yield from (problem(at, code, name=one.name),) if code else _inner_refusals(one, wire[one.name], at, members)
