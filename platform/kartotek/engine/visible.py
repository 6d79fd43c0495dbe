"""What of one loaded record an actor may see: rows and fields whose rights depend on the record itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.engine.moment import Moment
from kartotek.model.formula import Formula
from kartotek.model.missing import MISSING
from kartotek.model.record import Record
from kartotek.model.view import Rules, TypeView
from kartotek.rules.access import may
from kartotek.rules.decide import allows
from kartotek.rules.setting import Setting


def visible(moment: Moment, record: Record, setting: Setting) -> bool:
    """Whether the actor may know of the record at all."""
    compiled = moment.compiled.type(record.type)
    return allows(compiled.rules, moment.view.of(record.type).rows, (record, None), setting)


def reachable(moment: Moment, record: Record, setting: Setting) -> bool:
    """Whether the actor may come upon the record; a deleted one is for those who may delete it."""
    if not visible(moment, record, setting):
        return False
    rules = moment.compiled.type(record.type).rules
    return record.deleted_at is None or allows(rules, may(moment.actor, rules.type, "delete"), (record, None), setting)


def names_shown(
    compiled: CompiledType, seen: TypeView, record: Record, setting: Setting, *, asked: Sequence[str]
) -> list[str]:
    """Those of the asked fields that are readable in this record, in the order asked."""
    if all(seen.fields.get(name) is True for name in asked):
        return list(asked)
    answers: dict[int, bool] = {}
    return [name for name in asked if _shown(compiled, seen.fields.get(name, ()), record, setting, answers=answers)]


def _shown(
    compiled: CompiledType, granted: Rules, record: Record, setting: Setting, *, answers: dict[int, bool]
) -> bool:
    if isinstance(granted, bool):
        return granted
    for formula in granted:
        if id(formula) not in answers:
            answers[id(formula)] = allows(compiled.rules, (formula,), (record, None), setting)
    return any(answers[id(formula)] for formula in granted)


def conditional_formulas(seen: TypeView, names: Iterable[str]) -> list[Formula]:
    """The formulas that decide field by field, to foresee what they reach."""
    fields: Mapping[str, Rules] = seen.fields
    return [formula for name in names if isinstance(rules := fields.get(name, ()), tuple) for formula in rules]


def without_hidden(seen: TypeView, fields: dict[str, Any]) -> dict[str, Any]:
    """The wire of fields without the members of sub-tables and small objects that are not for this reader."""
    # A right that depends on the record is not given to members, see rules.asked.
    return without_members([pair for pair, rules in seen.inner.items() if rules is not True], fields)


def without_members(hidden: Iterable[tuple[str, str]], fields: dict[str, Any]) -> dict[str, Any]:
    """The wire of fields without these members, each named by its field and its own name."""
    for outer, inner in hidden:
        if fields.get(outer):
            value = fields[outer]
            fields[outer] = [_pruned(row, inner) for row in value] if isinstance(value, list) else _pruned(value, inner)
            if fields[outer] is MISSING or (isinstance(value, list) and MISSING in fields[outer]):
                del fields[outer]
    return fields


def _pruned(row: Any, name: str) -> Any:
    """The row without a member; of what history keeps of another kind nobody can tell what of it became the member."""
    return {key: value for key, value in row.items() if key != name} if isinstance(row, dict) else MISSING
