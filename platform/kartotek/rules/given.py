"""What effects write: a formula's value, or a constant, in the shape in which a person would have sent it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Record
from kartotek.model.workflow import Given
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting
from kartotek.rules.settle import Overflow, settled


def given_wire(
    rules: Ruleset, values: Mapping[str, Given], fields: Mapping[str, Field], about: Setting
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """({field name: wire}, problems) of what an effect of this type writes into `fields`; None where a formula is unknown."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, given in values.items():
        try:
            found[name] = _wire(rules, fields[name], given, about)
        except Overflow:
            problems.append(problem(pointer("fields", name), "overflow", name=name))
    return found, tuple(problems)


def _wire(rules: Ruleset, field: Field, given: Given, about: Setting) -> Any:
    if not isinstance(given, Formula):
        return given
    value = rules.evaluate(given, about)
    if isinstance(value, (list, tuple)):
        return [_id(one) for one in value]
    value = settled(field, _id(value))
    if value is MISSING:
        return None
    wire = kind_of(field).wire(field)
    return wire(value) if wire is not None else value


def reached(rules: Ruleset, target: Formula, about: Setting) -> tuple[int, ...]:
    """The ids of the records that the formula leads to, each once; () where it leads nowhere."""
    value = rules.evaluate(target, about)
    several: Iterable[Any] = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(dict.fromkeys(_id(one) for one in several if one is not None))


def _id(value: Any) -> Any:
    return value.id if isinstance(value, Record) else value
