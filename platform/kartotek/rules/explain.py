"""Explain: why somebody may know or do something, step by step. Pure; the answer is the one that `access` gives.

Each step asks `access` for one of the roles alone, and the answer asks it for all of them, as every door does. Nothing is
decided here, so that an explanation cannot say what no door would do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as given
from typing import Any, Literal

from kartotek.model.actor import Actor
from kartotek.model.catalog import Action, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.frozen import empty
from kartotek.model.view import Rules
from kartotek.model.workflow import Transition
from kartotek.rules.access import may, type_view, writable
from kartotek.rules.granting import in_scope
from kartotek.rules.states import editable
from kartotek.rules.transitions import runners

Path = tuple[str | int, ...]
Verdict = Literal["none", "flag", "mask", "read", "yes", "no"]
# Whether one of the rules holds for the record that is asked about; without one, None where that depends on the record.
Decide = Callable[[Rules], bool | None]


@dataclass(frozen=True, slots=True)
class Reason:
    """One step: its sentence's code and parameters, whether it speaks for it, and where the declaration stands that says so.

    `of` is the document: "type", "workflow" or "site"; `at` the path in it. `holds` is None where it depends on the record.
    """

    code: str
    holds: bool | None
    params: Mapping[str, Any] = given(default_factory=empty)
    at: Path = ()
    of: Literal["type", "workflow", "site"] = "type"


@dataclass(frozen=True, slots=True)
class Explanation:
    """`verdict` is None where it depends on the record and none is asked about."""

    verdict: Verdict | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked about, and what: a type, the state of the record, and how its rules are decided."""

    actor: Actor
    type: RecordType
    decide: Decide
    state: str | None = None

    def alone(self, role: str) -> Actor:
        """The actor with one of his roles, within the same limits."""
        return replace(self.actor, roles=frozenset({role}), glass=frozenset())

    @property
    def closed(self) -> Asked:
        """The same without the records that he has opened for himself."""
        return replace(self, actor=replace(self.actor, glass=frozenset()))


_GLASS = Reason("glass", True, at=("x-record", "breakGlass"))


def explain_field(asked: Asked, field: Field) -> Explanation:
    """What of the field's value is known: "read", "mask", "flag" or "none"."""
    reasons = [*_rows(asked, "read")]
    if field.write_only:
        reasons.append(Reason("write_only", False, at=("properties", field.name)))
    reasons += [one for role in sorted(asked.actor.roles) for one in _clearances(asked, field, role)]
    limits = dict(asked.actor.scope.fields) if asked.actor.scope is not None else {}
    if field.name not in limits.get(asked.type.name, asked.type.by_name):
        reasons.append(Reason("scope_field", False))
    found = known(asked, field.name)
    if asked.actor.glass and found != known(asked.closed, field.name):
        reasons.append(_GLASS)
    return Explanation(found, tuple(reasons))


def known(asked: Asked, name: str) -> Verdict | None:
    """The answer alone, as every door finds it: the row first, then the value, its mask, and whether there is one."""
    seen = type_view(asked.actor, asked.type)
    row = asked.decide(seen.rows)
    if row is False:
        return "none"
    unsure = row is None
    for verdict, level in _LEVELS:
        held = asked.decide(getattr(seen, level).get(name, ()))
        if held and not unsure:
            return verdict
        unsure = unsure or held is None
    return None if unsure and any(getattr(seen, level).get(name) for _, level in _LEVELS) else "none"


_LEVELS: tuple[tuple[Verdict, str], ...] = (("read", "fields"), ("mask", "masked"), ("flag", "flagged"))


def explain_action(asked: Asked, action: Action) -> Explanation:
    """Whether the actor may do this to the record, whatever its fields: "yes" or "no"."""
    locks = [*_locks(asked, action)]
    # Nobody changes what he may not come upon.
    needed: tuple[Action, ...] = (action,) if action in ("read", "create") else ("read", action)
    held, closed = ([asked.decide(may(one.actor, asked.type, each)) for each in needed] for one in (asked, asked.closed))
    reasons = [*(each for one in needed for each in _rows(asked, one)), *locks, *((_GLASS,) if held != closed else ())]
    return Explanation(_yes(_all(*held, *(one.holds for one in locks))), tuple(reasons))


def explain_setting(asked: Asked, field: Field, action: Action) -> Explanation:
    """Whether the actor may set the field when he creates or writes the record."""
    row = explain_action(asked, action)
    reasons = [*row.reasons]
    if field.read_only or field.is_derived:
        reasons.append(Reason("read_only", False, at=("properties", field.name)))
    for role in sorted(asked.actor.roles):
        held = asked.decide(writable(asked.alone(role), asked.type, action).get(field.name, ()))
        told = {"role": role, "field": field.name}
        reasons.append(Reason("sets_not" if held is False else "sets", held, told, _setting_at(asked, field, role)))
    value = asked.decide(writable(asked.actor, asked.type, action).get(field.name, ()))
    return Explanation(_yes(_all(value, None if row.verdict is None else row.verdict == "yes")), tuple(reasons))


def _locks(asked: Asked, action: Action) -> Iterator[Reason]:
    """What keeps people from changing the record whatever they are granted."""
    if action not in ("write", "delete"):
        return
    if asked.type.append_only:
        yield Reason("append_only", False, at=("x-record", "appendOnly"))
    frozen = asked.type.frozen_when
    if frozen is not None and (held := asked.decide((frozen,))) is not False:
        yield Reason("frozen", None if held is None else False, {"rule": frozen.source}, ("x-record", "frozenWhen"))
    if action == "write" and asked.state is not None and not editable(asked.type, asked.state, asked.actor):
        state = asked.type.workflow.states[asked.state] if asked.type.workflow else None
        roles = ", ".join(sorted(state.edit or ())) if state else ""
        yield Reason("state_locked", False, {"state": asked.state, "roles": roles}, ("states", asked.state, "edit"), "workflow")


def _all(*held: bool | None) -> bool | None:
    return False if False in held else None if None in held else True


def explain_transition(asked: Asked, transition: Transition) -> Explanation:
    """Whether the actor may run the transition, its guard and the record's state aside."""
    reasons = [*_rows(asked, "read")]
    for role in sorted(asked.actor.roles):
        if role in transition.roles or asked.alone(role).owns_within:
            rules = runners(asked.alone(role), asked.type, transition)
            restricted = "transition" in asked.type.permissions.get(role, {})
            at: Path = ("x-record", "permissions", role, "transition") if restricted else ("transitions", transition.name, "roles")
            reasons.append(Reason("runs", asked.decide(rules), {"role": role, "rule": _source(rules)}, at, "type" if restricted else "workflow"))
        else:
            reasons.append(Reason("runs_not", False, {"role": role}, ("transitions", transition.name, "roles"), "workflow"))
    held = asked.decide(may(asked.actor, asked.type, "read")), asked.decide(runners(asked.actor, asked.type, transition))
    return Explanation(_yes(_all(*held)), tuple(reasons))


def _rows(asked: Asked, action: Action) -> Iterator[Reason]:
    if not asked.actor.roles:
        yield Reason("no_roles", False)
    if not in_scope(asked.actor, asked.type, action):
        yield Reason("scope", False, {"action": action})
    for role in sorted(asked.actor.roles):
        rules = may(asked.alone(role), asked.type, action)
        at: Path = ("x-record", "permissions", role, action)
        if asked.alone(role).owns_within:
            yield Reason("owner", asked.decide(rules))
        elif asked.type.builtin:
            yield Reason("builtin", asked.decide(rules))
        elif not rules:
            yield Reason("row_not", False, {"role": role, "action": action}, at)
        else:
            said = "row" if rules is True else "row_when"
            yield Reason(said, asked.decide(rules), {"role": role, "action": action, "rule": _source(rules)}, at)


def _clearances(asked: Asked, field: Field, role: str) -> Iterator[Reason]:
    """What one role knows of the field in records that it may read."""
    if asked.alone(role).owns_within or asked.type.builtin or not may(asked.alone(role), asked.type, "read"):
        return
    level = asked.type.clearance(field, role, asked.state)
    verdict = known(replace(asked, actor=asked.alone(role)), field.name)
    told = {"role": role, "field": field.name, "level": level, "state": asked.state or ""}
    said = "level_state" if role in asked.type.said(field, asked.state) else "level"
    yield Reason(said, verdict if verdict is None else verdict != "none", told, _clearance_at(asked, field, role))


def _clearance_at(asked: Asked, field: Field, role: str) -> Path:
    """Where the declaration says what the role knows of the field."""
    extension: Path = ("properties", field.name, "x-field")
    if role in asked.type.said(field, asked.state):
        return ("x-record", "stateAccess", asked.state or "", field.name, role)
    if role in field.access:
        return (*extension, "access", role)
    if field.read is not None and role not in field.read:
        return (*extension, "read")
    if field.mask is not None and field.mask.excepted is not None and role not in field.mask.excepted:
        return (*extension, "mask")
    return (*extension, "read") if field.read is not None else ("x-record", "permissions", role, "read")


def _setting_at(asked: Asked, field: Field, role: str) -> Path:
    if role in asked.type.said(field, asked.state) or role in field.access or field.write is None:
        return _clearance_at(asked, field, role)
    return ("properties", field.name, "x-field", "write")


def _yes(held: bool | None) -> Verdict | None:
    return None if held is None else "yes" if held else "no"


def _source(rules: Rules) -> str:
    return "true" if rules is True else " || ".join(one.source for one in rules if isinstance(one, Formula))
