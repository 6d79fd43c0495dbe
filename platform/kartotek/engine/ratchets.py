"""Ratchets: what of one type records that are older than its rules may break, and what has to be looked at to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.engine.related import record_paths
from kartotek.model.field import Field
from kartotek.model.problem import Problem
from kartotek.model.record import Record
from kartotek.rules.breaches import breaches, tops
from kartotek.model.formula import formulas_in
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting


@dataclass(frozen=True, slots=True)
class Ratchet:
    """`fields` are those whose values are judged, `paths` what rules reach from a record, `chosen` fields with a filter."""

    names: frozenset[str]
    fields: tuple[str, ...]
    paths: frozenset[tuple[str, ...]]
    chosen: tuple[Field, ...]


def ratchet(compiled: Compiled, record_type: str) -> Ratchet | None:
    """What records of the type may break, None where no rule is younger than its records."""
    names = compiled.catalog.ratcheted.get(record_type)
    if not names or record_type not in compiled.types:
        return None
    if record_type not in compiled.ratchets:
        compiled.ratchets[record_type] = _ratchet(compiled.type(record_type).rules, names)
    found: Ratchet = compiled.ratchets[record_type]
    return found


def _ratchet(rules: Ruleset, names: frozenset[str]) -> Ratchet:
    fields = [rules.type.by_name[one] for one in tops(rules.type, names)]
    ruled = [one.rule for one in rules.type.validations if one.name in names]
    conditions = [(one.required_if, one.show_if) for field in fields for one in (field, *field.fields)]
    paths = record_paths([*ruled, *formulas_in(tuple(conditions))])
    chosen = tuple(one for one in fields if one.reference is not None and one.reference.filter is not None)
    return Ratchet(names, tuple(one.name for one in fields), frozenset(paths), chosen)


def broken(compiled: CompiledType, ratchet: Ratchet, records: Sequence[Record], setting: Setting) -> dict[int, dict[str, Problem]]:
    """{record: {name: problem}} of what the records break; a query per hop for all of them."""
    if ratchet.paths:
        setting.related.prefetch(compiled.type.name, records, ratchet.paths)
    for field in ratchet.chosen:
        assert field.reference is not None
        values = [one.values.get(field.name) for one in records]
        setting.related.fetch(field.reference.target, [id for one in values for id in (one if isinstance(one, tuple) else (one,))])
    found = {}
    for one in records:
        wire = compiled.codec.wire(one.values, None if compiled.type.foreign else ratchet.fields)
        found[one.id] = breaches(compiled.rules, one, setting, load=compiled.load, wire=wire, names=ratchet.names)
    return found
