"""What a write comes to: the Change, or every Problem at once. Pure: the record before comes in, the record after goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kartotek.errors import Conflict, Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.catalog import Action
from kartotek.model.problem import Problem, anonymous, pointer, problem
from kartotek.model.record import Change, Record
from kartotek.model.view import Rules
from kartotek.rules import foreign
from kartotek.rules.access import type_view
from kartotek.rules.asked import Asked, not_his
from kartotek.rules.derive import derived, fetched, filled, lived, rows_filled
from kartotek.rules.levels import unfit_reasons, weighed
from kartotek.rules.locks import refuse_locked
from kartotek.rules.rows import continued, remains
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting
from kartotek.rules.states import editable, entered
from kartotek.rules.unchanged import let_stand
from kartotek.rules.validate import broken, differing, judged


def create(rules: Ruleset, asked: Asked, setting: Setting, drawn: Mapping[str, Any]) -> Change:
    """The change that adds a record; its id is 0 until it is stored. `drawn` are its numbers. Raises Forbidden, Invalid."""
    permitted(rules, "create", setting.actor)
    if rules.verdict is not None:
        return foreign.created(rules, asked, setting)
    record = Record(
        type=rules.type.name, id=0, values={**asked.values, **drawn},
        created_at=setting.now, created_by=setting.actor.id, updated_at=setting.now, updated_by=setting.actor.id,
    )
    record = filled(rules, entered(rules.type, record, asked.state), setting)
    after, problems = completed(rules, (None, record), asked, setting)
    note = refuse(rules, (None, after), _also(asked, problems), setting)
    row_permitted(rules, "create", (after, None), setting)
    return Change(
        action="create", before=None, after=after, by=setting.actor.id, at=setting.now,
        changed=frozenset(after.values), note=note,
    )


def update(rules: Ruleset, before: Record, asked: Asked, setting: Setting, *, current: Mapping[str, Any]) -> Change:
    """The change of a record that the actor can read. `current` is its wire values. Raises Forbidden, Conflict, Invalid.

    A value sent as it stands is not judged again, so an old record that breaks a newer rule can still be edited elsewhere.
    """
    permitted(rules, "write", setting.actor)
    row_permitted(rules, "write", (before, before), setting)
    if not editable(rules.type, before.state, setting.actor):
        raise Forbidden("In this state you may not change this record.", problems=[problem("", "state_locked")])
    refuse_locked(rules, before, setting)
    if rules.verdict is not None:
        return foreign.updated(rules, before, asked, setting)
    record, asked = merged(rules, before, asked, setting, current=current)
    after, problems = completed(rules, (before, record), asked, setting)
    note = refuse(rules, (before, after), _also(asked, problems), setting)
    changed = differing(before, after)
    if changed:
        row_permitted(rules, "write", (after, before), setting)
        after = replace(after, version=before.version + 1, updated_at=setting.now, updated_by=setting.actor.id)
    return Change(
        action="update", before=before, after=after, by=setting.actor.id, at=setting.now, changed=changed, note=note
    )


def _also(asked: Asked, problems: tuple[Problem, ...]) -> Asked:
    return replace(asked, problems=(*asked.problems, *problems)) if problems else asked


def merged(
    rules: Ruleset, before: Record, asked: Asked, setting: Setting, *, current: Mapping[str, Any]
) -> tuple[Record, Asked]:
    """The record with what is asked for put in, and the input without what stands there already."""
    asked = let_stand(rules, before, asked, current, actor=setting.actor)
    values = {name: value for name, value in before.values.items() if name not in asked.unset} | dict(asked.values)
    for field in rules.type.fields:
        if field.fields and field.name in asked.names:
            sent, kept = asked.values.get(field.name), not_his(rules.type, field, setting.actor)
            if sent is not None:
                values[field.name] = continued(field, before.values.get(field.name), sent, kept)
            elif rest := remains(field, before.values.get(field.name), kept):
                values[field.name] = rest
    return replace(before, values=values), asked


def delete(rules: Ruleset, before: Record, setting: Setting) -> Change:
    """The change that puts a record into the trash. Raises Forbidden, Conflict (frozen)."""
    permitted(rules, "delete", setting.actor)
    row_permitted(rules, "delete", (before, before), setting)
    refuse_locked(rules, before, setting)
    after = replace(
        before, version=before.version + 1, deleted_at=setting.now, updated_at=setting.now, updated_by=setting.actor.id
    )
    return Change(action="delete", before=before, after=after, by=setting.actor.id, at=setting.now)


def restore(rules: Ruleset, before: Record, setting: Setting) -> Change:
    """The change that takes a record out of the trash. Raises Forbidden, Conflict when it is not there."""
    permitted(rules, "delete", setting.actor)
    if before.deleted_at is None:
        raise Conflict("This record is not in the trash.", problems=[Problem("", "state", "This record is not in the trash.")])
    row_permitted(rules, "delete", (before, before), setting)
    if rules.type.append_only:
        refuse_locked(rules, before, setting)
    after = replace(
        before, version=before.version + 1, deleted_at=None, updated_at=setting.now, updated_by=setting.actor.id
    )
    return Change(action="restore", before=before, after=after, by=setting.actor.id, at=setting.now)


def permitted(rules: Ruleset, action: Action, actor: Actor) -> None:
    """Whether the actor may do this to some record of the type. Raises Forbidden, or NotFound where the type is hidden."""
    if rules.may(actor, action):
        return
    if not rules.may(actor, "read"):
        raise NotFound("There is no such record type.")
    raise Forbidden(f"You may not {_VERBS[action]} records of this type.")


def readable(rules: Ruleset, record: Record, setting: Setting) -> bool:
    """Whether the actor may know of this record."""
    return allows(rules, rules.may(setting.actor, "read"), (record, None), setting)


def allows(rules: Ruleset, granted: Rules, sides: tuple[Record, Record | None], setting: Setting) -> bool:
    """Whether one of the rules holds; `sides` are the record and how it was, None where that does not matter."""
    if isinstance(granted, bool):
        return granted
    if not granted:
        return False
    record, old = sides
    about = setting.about(lived(rules, record, setting), old)
    return any(rules.holds(formula, about) for formula in granted)


def row_permitted(rules: Ruleset, action: Action, sides: tuple[Record, Record | None], setting: Setting) -> None:
    """Whether the actor may do this to this record. Raises Forbidden."""
    if not allows(rules, rules.may(setting.actor, action), sides, setting):
        raise Forbidden(f"You may not {_VERBS[action]} this record.", problems=[problem("", "row_forbidden")])


def completed(
    rules: Ruleset, sides: tuple[Record | None, Record], asked: Asked, setting: Setting
) -> tuple[Record, tuple[Problem, ...]]:
    """The record with all that follows from what was set; `sides` are the one before and the one with it."""
    before, record = sides
    record = rows_filled(rules, record, setting)
    record = fetched(rules, record, before, setting, given=asked.names)
    return derived(rules, record, before, setting)


def refuse(
    rules: Ruleset, sides: tuple[Record | None, Record], asked: Asked, setting: Setting
) -> Mapping[str, Any]:
    """What history is to say of rules that were overridden or only warn; raises Invalid with all that is wrong."""
    before, after = sides
    rights = refused(rules, sides, asked, setting)
    # A record whose own values were refused is not judged as a whole: its sentences would only repeat the cause.
    found = (*asked.problems, *rights, *unfit_reasons(rules, asked.confirm))
    old = lived(rules, before, setting) if before is not None else None
    about = setting.about(lived(rules, after, setting), old)
    known = {one.path for one in found if one.code != "unknown_field"}  # whoever names what is hidden is told all that others are
    judgement = judged(rules, before, after, about, named=asked.names - asked.unlocked, unlocked=asked.unlocked)
    problems, note = weighed(broken(rules, before, after, about), asked.confirm, setting.actor)
    found += tuple(one for one in (*judgement, *problems) if one.path not in known)
    if found:
        raise Invalid([discreet(rules, one, asked, setting.actor) for one in found])
    return note


def refused(
    rules: Ruleset, sides: tuple[Record | None, Record], asked: Asked, setting: Setting
) -> tuple[Problem, ...]:
    """The problems of fields that the actor may set in some records and not in this one."""
    before, after = sides
    return tuple(
        problem(pointer("fields", name), "forbidden_value", name=name)
        for name, granted in asked.conditional.items()
        if not allows(rules, granted, (before or after, before), setting)
    )


def discreet(rules: Ruleset, found: Problem, asked: Asked, actor: Actor) -> Problem:
    """The problem as this actor may know it: without the name of a field or member that he did not name and cannot see."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in found.path.split("/")[2:]]
    if not steps or found.code == "unknown_field" or not found.path.startswith("/fields/"):
        return found
    seen = type_view(actor, rules.type)
    named = steps[0] in asked.wire or steps[0] in asked.unset
    unknown = any(one.code == "unknown_field" and one.path == pointer("fields", steps[0]) for one in asked.problems)
    if not ((named and not unknown) or steps[0] in seen.fields):
        return anonymous(found)
    hidden = next((at for at, step in enumerate(steps) if seen.inner.get((steps[0], step), True) is not True), 0)
    return anonymous(found, pointer("fields", *steps[:hidden])) if hidden else found


_VERBS = {"read": "read", "create": "add", "write": "change", "delete": "delete", "transition": "move"}
