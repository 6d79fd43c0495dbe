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
from kartotek.rules.access import inner_writable, type_view, writable
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
    allowed = writable(actor, rules.type, action)
    seen = type_view(actor, rules.type)
    shown = seen.fields
    members = Members(seen.inner, inner_writable(actor, rules.type, action))
    names = tuple(dict.fromkeys([*wire, *unset]))
    refusals = {name: _refusal(rules.type.by_name.get(name), allowed, shown) for name in names}
    problems = [problem(pointer("fields", name), code, name=name) for name, code in refusals.items() if code]
    taken = {name: value for name, value in wire.items() if not refusals[name]}
    values, found = load({name: _without_refused(rules.type.by_name[name], value, members) for name, value in taken.items()})
    problems += [one.under("/fields") for one in found]
    for name, value in taken.items():
        problems += _inner_refusals(rules.type.by_name[name], value, pointer("fields", name), members)
    removed = frozenset(name for name in unset if not refusals[name])
    removed |= frozenset(name for name, value in values.items() if value is MISSING)
    conditional = {name: granted for name in names if isinstance(granted := allowed.get(name), tuple)}
    kept = {name: value for name, value in values.items() if value is not MISSING}
    return Asked(kept, wire, removed, tuple(problems), conditional)


def by_effect(load: Load, wire: Mapping[str, Any]) -> Asked:
    """What an effect sets, with the site's rights: only the shape of the values is judged. None removes a value."""
    values, found = load(wire)
    removed = frozenset(name for name, value in values.items() if value is MISSING)
    kept = {name: value for name, value in values.items() if value is not MISSING}
    unlocked = frozenset(kept) | removed
    return Asked(kept, wire, removed, tuple(one.under("/fields") for one in found), unlocked=unlocked)


NOTHING = Asked({}, {}, frozenset(), ())


@dataclass(frozen=True, slots=True)
class Members:
    """The rights to members of sub-tables and small objects, where they differ from the field's."""

    shown: Mapping[tuple[str, str], Rules]
    allowed: Mapping[tuple[str, str], Rules]

    def refusal(self, outer: Field, one: Field) -> str:
        """The code of the problem of naming this member, or ""."""
        key = (outer.name, one.name)
        # A right that depends on the record is not given to members: rows would be half readable and half writable.
        if self.shown.get(key, True) is not True and self.allowed.get(key, True) is not True:
            return "unknown_field"
        if one.read_only or one.is_derived:
            return "read_only"
        return "" if self.allowed.get(key, True) is True else "forbidden_value"


def not_his(record_type: RecordType, field: Field, actor: Actor) -> frozenset[str]:
    """The members of a sub-table or small object that the actor may not set or not see: what he sends says nothing of them."""
    shown, allowed = type_view(actor, record_type).inner, inner_writable(actor, record_type, "write")
    keys = {one.name: (field.name, one.name) for one in field.fields}
    locked = {one.name for one in field.fields if one.read_only and not one.is_derived}
    out = {name for name, key in keys.items() if not (shown.get(key, True) is True and allowed.get(key, True) is True)}
    return frozenset(locked | out)


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


def _refusal(field: Field | None, allowed: Mapping[str, Rules], shown: Mapping[str, Rules]) -> str:
    """The code of the problem of naming this field, or "". What cannot be seen cannot be told from what is not there."""
    if field is None or (field.name not in allowed and field.name not in shown):
        return "unknown_field"
    if field.name in allowed:
        return ""
    return "read_only" if field.read_only or field.is_derived else "forbidden_value"
