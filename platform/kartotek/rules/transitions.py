"""What a transition comes to: who may run it, what stands in its way, and the Change that it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kartotek.errors import Conflict, Forbidden, Invalid
from kartotek.kinds.storable import is_storable
from kartotek.model.actor import Actor
from kartotek.model.catalog import Grant, RecordType
from kartotek.model.formula import Formula
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Change, Record
from kartotek.model.view import Rules
from kartotek.model.workflow import SetEffect, Transition
from kartotek.rules.access import writable
from kartotek.rules.asked import Asked, Load, by_effect
from kartotek.rules.decide import allows, completed, discreet, merged, permitted, refuse, refused, row_permitted
from kartotek.rules.derive import derived, lived
from kartotek.rules.given import given_wire
from kartotek.rules.granting import in_scope
from kartotek.rules.locks import is_frozen, refuse_moved
from kartotek.rules.rows import continued
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting
from kartotek.rules.states import placed
from kartotek.rules.unchanged import let_stand
from kartotek.rules.validate import differing, judged_alone

LONGEST_COMMENT = 2000


def runners(actor: Actor, record_type: RecordType, transition: Transition) -> Rules:
    """True, or the formulas of which one must hold for the record so that the actor may run it; () is never."""
    if not in_scope(actor, record_type, "transition"):
        return ()
    if actor.owns_within:
        return True
    found: dict[str, Formula] = {}
    for role in sorted(actor.roles & transition.roles):
        grants: Mapping[Any, Grant] = record_type.permissions.get(role, {})
        grant = grants.get("transition", True)
        if grant is True:
            return True
        if isinstance(grant, Formula):
            found.setdefault(grant.source, grant)
    return tuple(found.values())


def may_run(rules: Ruleset, record: Record, transition: Transition, setting: Setting) -> bool:
    """Whether this actor may run it on this record."""
    return allows(rules, runners(setting.actor, rules.type, transition), (record, record), setting)


def is_offered(actor: Actor, transition: Transition) -> bool:
    """Whether it is shown to the actor, be it with what keeps him from it: what only forms and links run is not."""
    return actor.owns_within or bool(transition.roles) or transition.timer is not None


def guarded(rules: Ruleset, sides: tuple[Record, Record], transition: Transition, setting: Setting) -> bool:
    """Whether the guard lets it pass; unknown does not. `sides` are the stored record and the one with the dialog's fields."""
    if transition.guard is None:
        return True
    before, record = sides
    return rules.holds(transition.guard, setting.about(lived(rules, record, setting), lived(rules, before, setting)))


def blockers(rules: Ruleset, record: Record, transition: Transition, setting: Setting) -> tuple[Problem, ...]:
    """All that keeps this actor from running it now.

    Of one who may not run it at all the guard is not asked: it may look at what is hidden from him.
    """
    if not may_run(rules, record, transition, setting):
        return (problem("", "transition_forbidden"),)
    found: tuple[Problem, ...] = ()
    if not guarded(rules, (record, record), transition, setting):
        found = (_guard(transition, setting),)
    if any(isinstance(one, SetEffect) for one in transition.effects) and is_frozen(rules, record, setting):
        found += (problem("", "frozen"),)
    return found


def dialog(actor: Actor, record_type: RecordType, transition: Transition) -> tuple[str, ...]:
    """The fields that the actor may fill in when running it."""
    allowed = writable(actor, record_type, "write")
    return tuple(name for name in transition.fields if name in allowed)


def formulas_of(transition: Transition) -> list[Formula]:
    """What is evaluated when it is run: its guard, and what its set effects say."""
    sets = [one for one in transition.effects if isinstance(one, SetEffect)]
    found = (transition.guard, *(one.when for one in sets), *(value for one in sets for value in one.values.values()))
    return [one for one in found if isinstance(one, Formula)]


def only_asked(asked: Asked, transition: Transition) -> Asked:
    """The input with a problem for each field that the dialog does not have, told alike whether there is such a field."""
    wrong = [name for name in dict.fromkeys((*asked.wire, *asked.unset)) if name not in transition.fields]
    kept = tuple(one for one in asked.problems if one.path.split("/")[2:3] not in [[_escaped(name)] for name in wrong])
    return replace(asked, problems=(*(problem(pointer("fields", name), "not_asked", name=name) for name in wrong), *kept))


def transit(
    rules: Ruleset, before: Record, transition: Transition, asked: Asked,
    *, setting: Setting, current: Mapping[str, Any], load: Load, comment: str = "",
) -> Change:
    """The change that moves a record the actor can read. `current` is its wire values, `load` parses what effects set.

    Raises Conflict (wrong_state, guard), Forbidden, Invalid.
    """
    refuse_elsewhere(before, transition)
    if not may_run(rules, before, transition, setting):
        raise Forbidden("You may not do this.", problems=[problem("", "transition_forbidden")])
    filled, asked, problems = _dialog(rules, before, asked, setting=setting, current=current)
    missing = (*_missing(filled, transition, comment), *_unfit(rules, transition, asked, current, load=load))
    if asked.problems or problems or missing:
        found = (*asked.problems, *problems, *missing)
        raise Invalid([discreet(rules, one, asked, setting.actor) for one in found])
    if not guarded(rules, (before, filled), transition, setting):
        raise Conflict(_guard(transition, setting).message, problems=[_guard(transition, setting)])
    sides = before, placed(rules.type, filled, transition.target)
    moved, by_sets, problems = _set(rules, sides, transition, setting, load=load, current=current)
    after, more = derived(rules, moved, before, setting)
    note = refuse(rules, (before, after), replace(asked, problems=(*problems, *more), unlocked=by_sets), setting)
    refuse_moved(rules, before, after, setting)
    after = replace(after, version=before.version + 1, updated_at=setting.now, updated_by=setting.actor.id)
    return Change(
        action="transition", before=before, after=after, by=setting.actor.id, at=setting.now,
        changed=differing(before, after), transition=transition.name, comment=comment, note=note,
    )


def refuse_elsewhere(record: Record, transition: Transition) -> None:
    """Raises Conflict where the transition does not lead from the record's state."""
    if record.state not in transition.sources:
        found = problem("", "wrong_state", state=record.state)
        raise Conflict(found.message, problems=[found])


def skipped(before: Record, transition: Transition, setting: Setting) -> Change:
    """The note in history that a timer fired and the guard did not let it pass."""
    return Change(
        action="skipped", before=before, after=before, by=setting.actor.id, at=setting.now, transition=transition.name
    )


def _guard(transition: Transition, setting: Setting) -> Problem:
    sentence = transition.message(setting.actor.language)
    found = problem("", "guard")
    params = {"name": transition.name}
    return replace(found, message=sentence or found.message, params=params | ({"sentence": sentence} if sentence else {}))


def _dialog(
    rules: Ruleset, before: Record, asked: Asked, *, setting: Setting, current: Mapping[str, Any]
) -> tuple[Record, Asked, tuple[Problem, ...]]:
    """The record with what the dialog says, judged as any other change of these fields would be."""
    if not (asked.wire or asked.unset):
        return before, asked, ()
    permitted(rules, "write", setting.actor)
    row_permitted(rules, "write", (before, before), setting)
    record, asked = merged(rules, before, asked, setting, current=current)
    filled, problems = completed(rules, (before, record), asked, setting)
    problems += refused(rules, (before, filled), asked, setting)
    about = setting.about(lived(rules, filled, setting), lived(rules, before, setting))
    problems += tuple(judged_alone(rules, (before, filled), about, asked.names))
    if differing(before, filled):
        row_permitted(rules, "write", (filled, before), setting)
    return filled, asked, problems


def _missing(record: Record, transition: Transition, comment: str) -> tuple[Problem, ...]:
    absent = [name for name in transition.require if record.values.get(name) in (None, "", ())]
    found = [problem(pointer("fields", name), "required") for name in absent]
    if transition.comment == "required" and not comment.strip():
        found.append(problem("/comment", "required"))
    if len(comment) > LONGEST_COMMENT:
        found.append(problem("/comment", "max_length", limit=LONGEST_COMMENT))
    if not is_storable(comment):
        found.append(problem("/comment", "text_nul"))
    return tuple(found)


def _unfit(
    rules: Ruleset, transition: Transition, asked: Asked, current: Mapping[str, Any], *, load: Load
) -> tuple[Problem, ...]:
    """The problems that fields which the transition demands have had for long: other old breaches do not stand in its way."""
    demanded = [rules.type.by_name[name] for name in transition.require if name in current and name not in asked.names]
    _, problems = load({one.name: current[one.name] for one in demanded if not (one.is_derived or one.read_only)})
    return tuple(one.under("/fields") for one in problems)


def _set(
    rules: Ruleset, sides: tuple[Record, Record], transition: Transition, setting: Setting,
    *, load: Load, current: Mapping[str, Any],
) -> tuple[Record, frozenset[str], tuple[Problem, ...]]:
    """The record after the set effects in their order, the names of the fields they set, and what was wrong with the values."""
    before, record = sides
    names: frozenset[str] = frozenset()
    problems: list[Problem] = []
    for effect in transition.effects:
        if not isinstance(effect, SetEffect):
            continue
        about = setting.about(lived(rules, record, setting), lived(rules, before, setting))
        if effect.when is not None and not rules.holds(effect.when, about):
            continue
        wire, wrong = given_wire(rules, effect.values, rules.type.by_name, about)
        asked = by_effect(load, wire)
        if asked.problems:
            stored = {name: one for name, one in current.items() if record.values.get(name) == before.values.get(name)}
            asked = let_stand(rules, before, asked, stored, actor=setting.actor)
        record, more = completed(rules, (before, _with(rules, record, asked)), asked, setting)
        names |= asked.names
        problems += [*wrong, *asked.problems, *more]
    return record, names, tuple(problems)


def _with(rules: Ruleset, record: Record, asked: Asked) -> Record:
    values = {name: value for name, value in record.values.items() if name not in asked.unset} | dict(asked.values)
    for name in asked.values:
        field = rules.type.by_name[name]
        if field.fields:
            values[name] = continued(field, record.values.get(name), asked.values[name])
    return replace(record, values=values)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
