"""Judging a whole record: required fields, locked fields, what may be chosen, and which declared rules are broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kartotek.model.catalog import Validation
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Record
from kartotek.rules.demanded import demanded, is_empty, is_repeatable
from kartotek.rules.inner import judged_inside
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting


Find = Callable[[str, int], Record | None]


def judged(
    rules: Ruleset, before: Record | None, after: Record, setting: Setting,
    *, named: frozenset[str] = frozenset(), unlocked: frozenset[str] = frozenset(),
) -> Iterable[Problem]:
    """Every problem of single fields of the record as it would be. The setting is about both, with their live values.

    What was already so before and was not touched is let stand (ratcheting). `named` are the fields somebody set by hand:
    he may choose only records that he can see, where a declared default may know more than he does. `unlocked` are those
    that effects set: what is locked is locked to people.
    """
    changed = differing(before, after) if before is not None else frozenset()
    for field in rules.judged:
        yield from _required(rules, field, (before, after), setting)
        if before is not None and field.name in changed - unlocked:
            yield from _locked(rules, field, setting)
        if field.name in rules.conditional_inside:
            yield from judged_inside(rules, field, (before, after), setting, free=field.name in unlocked)
        if field.name in rules.choosing:
            find = setting.related.choosable if field.name in named else setting.related.chosen
            yield from _chosen(rules, field, (before, after), setting, find=find)


def judged_anew(rules: Ruleset, record: Record, setting: Setting, names: frozenset[str]) -> Iterator[Problem]:
    """What of some of its fields would be refused if the record were new, as far as that has not to do with other records."""
    for field in rules.judged:
        if field.name not in names:
            continue
        yield from _required(rules, field, (None, record), setting)
        if field.name in rules.conditional_inside:
            yield from judged_inside(rules, field, (None, record), setting, free=True)
        if field.name in rules.choosing:
            found = _chosen(rules, field, (None, record), setting, find=setting.related.chosen)
            # Who has what can no longer be chosen is meant to keep it, and what is deleted is no fault of the record.
            yield from (one for one in found if one.code == "not_selectable")


def broken(rules: Ruleset, before: Record | None, after: Record, setting: Setting) -> Iterator[Validation]:
    """The rules that do not hold for the record as it would be; one that did not hold before and was not touched stands."""
    moved = before is not None and before.state != after.state
    for validation in rules.type.validations:
        if rules.broken(validation, setting):
            changed = differing(before, after)
            touched = _reads(rules, validation, changed) or (moved and "meta" in validation.rule.roots)
            if before is None or touched or not _was_broken(rules, validation, setting):
                yield validation


def judged_alone(
    rules: Ruleset, sides: tuple[Record, Record], setting: Setting, named: frozenset[str]
) -> Iterable[Problem]:
    """The problems of the fields that somebody set by hand, each looked at by itself: locked, or not to be chosen."""
    before, after = sides
    changed = differing(before, after)
    for field in rules.type.fields:
        if field.name in named & changed:
            yield from _locked(rules, field, setting)
            yield from _chosen(rules, field, (before, after), setting, find=setting.related.choosable)


def differing(before: Record | None, after: Record) -> frozenset[str]:
    """The names of the fields whose values are not the same; all that are there where nothing was before."""
    if before is None:
        return frozenset(after.values)
    names = {*before.values, *after.values}
    return frozenset(name for name in names if not same(before.values.get(name, MISSING), after.values.get(name, MISSING)))


def same(old: Any, new: Any) -> bool:
    """Equality as JSON means it: in Python True == 1."""
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _required(
    rules: Ruleset, field: Field, sides: tuple[Record | None, Record], setting: Setting
) -> Iterable[Problem]:
    before, after = sides
    if field.required and not _is_there(field, after) and not field.is_derived:
        if before is None or _is_there(field, before):
            yield problem(pointer("fields", field.name), "required")
    elif field.required_if is not None and is_empty(after.values.get(field.name)) and demanded(rules, field, setting):
        if before is None or not (is_empty(before.values.get(field.name)) and _was_demanded(rules, field, setting)):
            yield problem(pointer("fields", field.name), "required")


def _was_demanded(rules: Ruleset, field: Field, setting: Setting) -> bool:
    return is_repeatable(field) and demanded(rules, field, setting.also(record=setting.env["old"]))


def _is_there(field: Field, record: Record) -> bool:
    value = record.values.get(field.name, MISSING)
    return value is not MISSING and (value is not None or field.nullable)


def _locked(rules: Ruleset, field: Field, setting: Setting) -> Iterable[Problem]:
    if field.read_only_if is None or field.is_derived:
        return
    # Locked by how the record was: otherwise one could unlock a field in the same breath as changing it.
    if rules.holds(field.read_only_if, setting.also(record=setting.env["old"])):
        yield problem(pointer("fields", field.name), "read_only")


def _chosen(
    rules: Ruleset, field: Field, sides: tuple[Record | None, Record], setting: Setting, *, find: Find
) -> Iterable[Problem]:
    before, after = sides
    old: Mapping[str, Any] = before.values if before else {}
    if field.kind == "rows":
        stored = {row.id: row.values for row in old.get(field.name) or ()}
        for index, row in enumerate(after.values.get(field.name) or ()):
            for inner in field.fields:
                path = pointer("fields", field.name, index, inner.name)
                was: Mapping[str, Any] = stored.get(row.id, {}) if row.id is not None else {}
                yield from _selectable(rules, inner, (was, row.values), setting.also(row=row), at=path, find=find)
        return
    yield from _selectable(rules, field, (old, after.values), setting, at=pointer("fields", field.name), find=find)


def _selectable(
    rules: Ruleset, field: Field, values: tuple[Mapping[str, Any], Mapping[str, Any]], setting: Setting,
    *, at: str, find: Find,
) -> Iterable[Problem]:
    if field.kind == "object":
        sides = values[0].get(field.name) or {}, values[1].get(field.name) or {}
        for inner in field.fields:
            yield from _selectable(rules, inner, sides, setting, at=at + pointer(inner.name), find=find)
    yield from _retired(field, values, at)
    if field.reference is None:
        return
    old, new = _several(values[0].get(field.name)), _several(values[1].get(field.name))
    for index, one in enumerate(new):
        if one in old:
            continue
        path = at if field.kind != "references" else at + pointer(index)
        reached = find(field.reference.target, one)
        if reached is None:
            yield problem(path, "no_record")
        elif field.reference.filter is not None and not rules.holds(field.reference.filter, setting.also(item=reached)):
            yield problem(path, "not_selectable")


def _retired(field: Field, values: tuple[Mapping[str, Any], Mapping[str, Any]], at: str) -> Iterable[Problem]:
    """The problems of choosing now what can no longer be chosen; who had it keeps it."""
    retired = [one.value for one in field.options if one.deprecated]
    if not retired:
        return
    old, new = (_several(side.get(field.name)) for side in values)
    for index, one in enumerate(new):
        if any(same(one, value) for value in retired) and not any(same(one, value) for value in old):
            yield problem(at + pointer(index) if field.kind == "choices" else at, "deprecated_choice")


def _several(value: Any) -> tuple[Any, ...]:
    return () if value is None else value if isinstance(value, tuple) else (value,)


def _reads(rules: Ruleset, validation: Validation, names: frozenset[str]) -> bool:
    """Whether the rule looks at one of the fields, be it through a value that is computed of them, or at how the record was."""
    return bool(rules.looked_at(validation.rule) & names) or "old" in validation.rule.roots


def _was_broken(rules: Ruleset, validation: Validation, setting: Setting) -> bool:
    return rules.broken(validation, setting.also(record=setting.env["old"]))
