"""A record whose rollups have moved: what follows from them, and whether its rules still hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Record
from kartotek.rules.derive import derived, lived
from kartotek.rules.levels import sentence_of
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting
from kartotek.rules.settle import Overflow, settled
from kartotek.rules.validate import broken, differing

Settle = Callable[[Ruleset, Record, Mapping[str, Any], Setting], tuple[Record, frozenset[str], tuple[Problem, ...]]]


def resettled(
    rules: Ruleset, before: Record, rolled: Mapping[str, Any], setting: Setting
) -> tuple[Record, frozenset[str], tuple[Problem, ...]]:
    """(record after, names of the derived fields that changed, problems). Versions and history are not touched.

    A rule that was broken before stays let, one that breaks now is a problem: so `remaining >= 0` cannot be overdrawn.
    """
    after, problems = _again(rules, before, rolled, setting)
    changed = differing(before, after)
    if not changed or problems:
        return after, changed, problems
    about = setting.about(lived(rules, after, setting), lived(rules, before, setting))
    # Whoever writes the child cannot be asked about the parent: what would want a reason refuses, what would warn is silent.
    strict = (one for one in broken(rules, before, after, about) if one.level != "warning")
    return after, changed, tuple(sentence_of(one, "validation", setting.actor.language) for one in strict)


def unjudged(
    rules: Ruleset, before: Record, rolled: Mapping[str, Any], setting: Setting
) -> tuple[Record, frozenset[str], tuple[Problem, ...]]:
    """The same where only time has passed: nobody could be told of a problem. What does not fit is left as it was."""
    return (*recounted(rules, before, rolled, setting), ())


def recounted(
    rules: Ruleset, before: Record, rolled: Mapping[str, Any], setting: Setting
) -> tuple[Record, frozenset[str]]:
    """(record after, names of the derived fields that changed), judged by nothing; what does not fit is left as it was."""
    after, problems = _again(rules, before, rolled, setting)
    return (before, frozenset()) if problems else (after, differing(before, after))


def _again(
    rules: Ruleset, before: Record, rolled: Mapping[str, Any], setting: Setting
) -> tuple[Record, tuple[Problem, ...]]:
    values = dict(before.values)
    for name, value in rolled.items():
        try:
            kept = MISSING if value is MISSING else settled(rules.type.by_name[name], value)
        except Overflow:
            return before, (problem(pointer("fields", name), "overflow", name=name),)
        if kept is MISSING:
            values.pop(name, None)
        else:
            values[name] = kept
    return derived(rules, replace(before, values=values), before, setting)
