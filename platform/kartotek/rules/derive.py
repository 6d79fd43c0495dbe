"""Values that follow from others: defaults, copies through a reference, computed fields, rollups over own rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Record, Row
from kartotek.rules.ruleset import Derivation, Ruleset, is_own_rollup
from kartotek.rules.setting import Setting
from kartotek.rules.settle import Overflow, aggregate, settled

Values = dict[str, Any]


def filled(rules: Ruleset, record: Record, setting: Setting) -> Record:
    """A new record with its defaults: literal ones where the key is absent, then those that a formula says."""
    values = {**rules.defaults, **rules.first_rollups, **record.values}
    record = record.having(values)
    for field in rules.expressed:
        if field.name not in values and field.default_expr is not None:
            said = rules.evaluate(field.default_expr, setting.about(record, None))
            if said is not None:
                values[field.name] = settled(field, said)
    return record


def rows_filled(rules: Ruleset, record: Record, setting: Setting) -> Record:
    """The record with the defaults of each new row of its sub-tables."""
    if not rules.has_rows:
        return record
    values, about = dict(record.values), setting.about(record, None)
    for field in rules.type.fields:
        if field.kind == "rows" and values.get(field.name):
            values[field.name] = tuple(_row_filled(rules, field, row, about) for row in values[field.name])
    return record.having(values)


def _row_filled(rules: Ruleset, field: Field, row: Row, setting: Setting) -> Row:
    if row.id is not None:
        return row
    values = {**rules.row_defaults[field.name], **row.values}
    for inner in field.fields:
        if inner.default_expr is not None and inner.name not in values:
            values[inner.name] = settled(inner, rules.evaluate(inner.default_expr, setting.also(row=Row(values))))
    return Row({name: value for name, value in values.items() if value is not MISSING}, row.id)


def fetched(rules: Ruleset, record: Record, old: Record | None, setting: Setting, *, given: frozenset[str]) -> Record:
    """The record with copies taken through references that were chosen now; what was given by hand stays."""
    if not rules.has_copies:
        return record
    values = dict(record.values)
    before: Mapping[str, Any] = old.values if old else {}
    for field in rules.type.fields:
        if field.fetch_from is not None and field.name not in given:
            _fetch(field, rules.type.by_name[field.fetch_from[0]], (before, values), setting)
        if field.kind == "rows" and any(one.fetch_from for one in field.fields):
            values[field.name] = _rows_fetched(field, values.get(field.name, ()), before.get(field.name, ()), setting)
    return record.having({name: value for name, value in values.items() if value is not MISSING})


def _rows_fetched(field: Field, rows: Any, before: Any, setting: Setting) -> Any:
    inner = {one.name: one for one in field.fields}
    stored = {row.id: row.values for row in before or ()}
    result = []
    for row in rows or ():
        values, old = dict(row.values), stored.get(row.id, {}) if row.id is not None else {}
        for one in field.fields:
            # A sub-table is sent whole, so a value that is there was given by hand.
            if one.fetch_from is not None and one.name not in values:
                _fetch(one, inner[one.fetch_from[0]], ({} if one.name not in old else old, values), setting)
        result.append(Row({name: value for name, value in values.items() if value is not MISSING}, row.id))
    return tuple(result) if rows is not None and rows is not MISSING else rows


def _fetch(field: Field, reference: Field, sides: tuple[Mapping[str, Any], Values], setting: Setting) -> None:
    before, values = sides
    chosen = values.get(reference.name)
    if chosen == before.get(reference.name):
        if field.name in before:
            values.setdefault(field.name, before[field.name])
        return
    assert reference.reference is not None and field.fetch_from is not None
    reached = setting.related.one(reference.reference.target, chosen) if chosen is not None else None
    copied = reached.values.get(field.fetch_from[1]) if reached else None
    values[field.name] = settled(field, copied)


def derived(
    rules: Ruleset, record: Record, old: Record | None, setting: Setting
) -> tuple[Record, tuple[Problem, ...]]:
    """The record with every kept derived value that its own values say, and the problems of those that do not fit."""
    if not rules.stored:
        return record, ()
    values, problems = dict(record.values), []
    record = record.having(values)
    about = setting.about(record, old)
    for one in rules.stored:
        try:
            _derive(rules, one, values, about)
        except Overflow:
            names = (one.rows.name, one.field.name) if one.rows else (one.field.name,)
            problems.append(problem(pointer("fields", *names), "overflow", name=one.field.name))
    return record, tuple(problems)


def _derive(rules: Ruleset, one: Derivation, values: Values, about: Setting) -> None:
    if one.rows is not None:
        rows = values.get(one.rows.name) or ()
        if rows:
            values[one.rows.name] = tuple(_row_derived(rules, one.field, row, about) for row in rows)
    elif one.field.rollup is not None:
        _put(values, one.field.name, _own_rollup(rules, one.field, values, about))
    else:
        assert one.field.compute is not None
        _put(values, one.field.name, settled(one.field, rules.evaluate(one.field.compute, about)))


def _row_derived(rules: Ruleset, field: Field, row: Row, about: Setting) -> Row:
    assert field.compute is not None
    values = dict(row.values)
    _put(values, field.name, settled(field, rules.evaluate(field.compute, about.also(row=row))))
    return Row(values, row.id)


def _own_rollup(rules: Ruleset, field: Field, values: Values, about: Setting) -> Any:
    rollup = field.rollup
    assert rollup is not None
    rows = values.get(rollup.source) or ()
    counted = [
        row for row in rows if rollup.where is None or rules.holds(rollup.where, about.also(item=row))
    ]
    return aggregate(field, rollup, [row.values.get(rollup.field) for row in counted])


def lived(rules: Ruleset, record: Record, setting: Setting) -> Record:
    """The record with its live computed values, which are never kept; one that does not fit is absent."""
    return lived_among(rules, rules.live, record, setting) if rules.live else record


def lived_among(rules: Ruleset, wanted: Iterable[Derivation], record: Record, setting: Setting) -> Record:
    """The record with some of its live values, given in the order in which they can be computed."""
    values = dict(record.values)
    record = record.having(values)
    about = setting.about(record, None)
    for one in wanted:
        try:
            _derive(rules, one, values, about)
        except Overflow:
            values.pop(one.field.name, None)
    return record


def _put(values: Values, name: str, value: Any) -> None:
    if value is MISSING:
        values.pop(name, None)
    else:
        values[name] = value
