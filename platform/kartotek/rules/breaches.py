"""Breaches: what of its type's own rules a stored record breaks, because the rules are younger than it is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kartotek.model.catalog import RecordType
from kartotek.model.problem import Problem
from kartotek.model.record import Record
from kartotek.rules.asked import Load
from kartotek.rules.derive import lived
from kartotek.rules.levels import sentence_of
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting
from kartotek.rules.standing import steps_of
from kartotek.rules.validate import judged_anew

WHOLE = "*"  # what is broken where no field can be named; among what may be broken, everything


def breaches(
    rules: Ruleset, record: Record, setting: Setting, *, load: Load, wire: Mapping[str, Any], names: Collection[str]
) -> dict[str, Problem]:
    """{name: the first problem} of those of the names that the record breaks; `wire` are its values at least of their fields, which `load` parses.

    A name is a field's dotted path or that of a rule over the record. With "*" among them a foreign record is judged whole,
    and its breaches go by the names of its properties.
    """
    if rules.verdict is not None:
        return _first(rules.type, rules.verdict.every(wire)) if WHOLE in names else {}
    found = {
        name: one for name, one in _first(rules.type, _of_fields(rules, record, setting, load=load, wire=wire, names=names)).items()
        if name in names
    }
    about = setting.about(lived(rules, record, setting), lived(rules, record, setting))
    for one in rules.type.validations:
        if one.name in names and one.level != "warning" and rules.broken(one, about):
            found.setdefault(one.name, sentence_of(one, "validation", setting.actor.language))
    return found


def tops(record_type: RecordType, names: Collection[str]) -> list[str]:
    """The fields that the names are about, or are in; of a foreign type all that it declares."""
    if record_type.foreign:
        return []
    first = {name.split(".")[0] for name in names} | set(names)
    return [one.name for one in record_type.fields if one.name in first and not one.is_derived]


def _of_fields(
    rules: Ruleset, record: Record, setting: Setting, *, load: Load, wire: Mapping[str, Any], names: Collection[str]
) -> Iterator[Problem]:
    fields = tops(rules.type, names)
    if not fields:
        return
    _, problems = load({name: wire[name] for name in fields if name in wire})
    yield from (one.under("/fields") for one in problems)
    alive = lived(rules, record, setting)
    yield from judged_anew(rules, alive, setting.about(alive, None), frozenset(fields))


def _first(record_type: RecordType, problems: Any) -> dict[str, Problem]:
    found: dict[str, Problem] = {}
    for one in problems:
        found.setdefault(name_of(record_type, one.path), one)
    return found


def name_of(record_type: RecordType, path: str) -> str:
    """The name under which what is wrong at a path is kept: "lines.price" for /fields/lines/0/price."""
    steps = steps_of(path)
    if record_type.foreign:
        return steps[0] if steps else WHOLE
    parts, fields = [], record_type.by_name
    for step in steps[1:]:
        if step in fields:
            parts.append(step)
            fields = {one.name: one for one in fields[step].fields}
        elif not step.isdecimal() or not fields:
            break
    return ".".join(parts) or WHOLE
