"""Unchanged: what of an input stands in the record already is not judged again, be it a field, a row's member or a part of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem
from kartotek.model.record import Record
from kartotek.rules.asked import Asked, not_his
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.standing import altered_json, composed_again, steps_of
from kartotek.rules.validate import same

# What says that it is not for this person stands, whatever was sent.
_REFUSALS = frozenset({"unknown_field", "read_only", "forbidden_value"})


def let_stand(rules: Ruleset, before: Record, asked: Asked, current: Mapping[str, Any], *, actor: Actor) -> Asked:
    """The input without what stands there already, and without the problems that the record has had so far.

    `current` is the record's wire. A new rule thus keeps nobody from editing another field, row or member.
    """
    unchanged = {name for name, wire in asked.wire.items() if same(current.get(name, MISSING), wire)}
    problems = tuple(one for one in asked.problems if one.code in _REFUSALS or _field_of(one) not in unchanged)
    values = {name: value for name, value in asked.values.items() if name not in unchanged}
    if problems:
        problems, values = _partly(rules, before, replace(asked, values=values, problems=problems), current, actor=actor)
    return replace(asked, values=values, problems=problems)


def _partly(
    rules: Ruleset, before: Record, asked: Asked, current: Mapping[str, Any], *, actor: Actor
) -> tuple[tuple[Problem, ...], dict[str, Any]]:
    """(problems, values) where some of what is wrong is within values of which a part was changed."""
    problems, values = asked.problems, dict(asked.values)
    for name in dict.fromkeys(map(_field_of, asked.problems)):
        field = rules.type.by_name.get(name)
        mine = [one for one in asked.problems if _field_of(one) == name]
        if field is None or name not in current or name not in asked.wire or any(one.code in _REFUSALS for one in mine):
            continue
        again = _again(rules, field, (before.values.get(name), current[name], asked.wire[name]), mine, actor=actor)
        if again is not None:
            value, left = again
            problems = (*(one for one in problems if _field_of(one) != name), *left)
            values |= {name: value} if value is not MISSING else {}
    return problems, values


def _again(
    rules: Ruleset, field: Field, sides: tuple[Any, Any, Any], problems: list[Problem], *, actor: Actor
) -> tuple[Any, tuple[Problem, ...]] | None:
    _, was, now = sides
    if field.kind == "json":
        return altered_json(field, (was, now), problems)
    return composed_again(rules, field, sides, problems, kept=not_his(rules.type, field, actor)) if field.fields else None


def _field_of(one: Problem) -> str:
    steps = steps_of(one.path)
    return steps[1] if len(steps) > 1 else ""
