"""Judging a whole record: required fields, locked fields, what may be chosen, and the declared validations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kartotek.model.catalog import Validation
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Record
from kartotek.rules.ruleset import Ruleset


Find = Callable[[str, int], Record | None]


def judged(
    rules: Ruleset, before: Record | None, after: Record, env: Mapping[str, Any], related: Any,
    *, named: frozenset[str] = frozenset(),
) -> Iterable[Problem]:
    """Every problem of the record as it would be. `env` has `record` and `old`, both with their live values.

    What was already so before and was not touched is let stand (ratcheting). `named` are the fields somebody set by hand:
    he may choose only records that he can see, where a declared default may know more than he does.
    """
    changed = differing(before, after)
    for field in rules.type.fields:
        yield from _required(rules, field, before, after, env, related)
        yield from _locked(rules, field, before, changed, env, related)
        find = related.choosable if field.name in named else related.chosen
        yield from _chosen(rules, field, (before, after), find, env, related)
    for validation in rules.type.validations:
        if rules.broken(validation, env, related) and not _stood(rules, validation, before, changed, env, related):
            yield _sentence(validation)


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
    rules: Ruleset, field: Field, before: Record | None, after: Record, env: Mapping[str, Any], related: Any
) -> Iterable[Problem]:
    value = after.values.get(field.name, MISSING)
    there = value is not MISSING and (value is not None or field.nullable)
    stood = before is not None and field.name not in before.values
    if field.required and not there and not stood and not field.is_derived:
        yield problem(pointer("fields", field.name), "required")
    elif field.required_if is not None and (value is MISSING or value is None or value in ("", ())):
        shown = field.show_if is None or rules.holds(field.show_if, env, related)
        if shown and rules.holds(field.required_if, env, related):
            yield problem(pointer("fields", field.name), "required")


def _locked(
    rules: Ruleset, field: Field, before: Record | None, changed: frozenset[str], env: Mapping[str, Any], related: Any
) -> Iterable[Problem]:
    if before is None or field.read_only_if is None or field.name not in changed or field.is_derived:
        return
    # Locked by how the record was: otherwise one could unlock a field in the same breath as changing it.
    if rules.holds(field.read_only_if, {**env, "record": env["old"]}, related):
        yield problem(pointer("fields", field.name), "read_only")


def _chosen(
    rules: Ruleset, field: Field, sides: tuple[Record | None, Record], find: Find, env: Mapping[str, Any], related: Any
) -> Iterable[Problem]:
    before, after = sides
    old: Mapping[str, Any] = before.values if before else {}
    if field.kind == "rows":
        stored = {row.id: row.values for row in old.get(field.name) or ()}
        for index, row in enumerate(after.values.get(field.name) or ()):
            for inner in field.fields:
                path = pointer("fields", field.name, index, inner.name)
                was: Mapping[str, Any] = stored.get(row.id, {}) if row.id is not None else {}
                yield from _selectable(rules, inner, path, (was, row.values), find, ({**env, "row": row}, related))
        return
    yield from _selectable(rules, field, pointer("fields", field.name), (old, after.values), find, (env, related))


def _selectable(
    rules: Ruleset, field: Field, path: str, values: tuple[Mapping[str, Any], Mapping[str, Any]],
    find: Find, at_hand: tuple[Mapping[str, Any], Any],
) -> Iterable[Problem]:
    env, related = at_hand
    if field.reference is None:
        return
    old, new = _ids(values[0].get(field.name)), _ids(values[1].get(field.name))
    for index, one in enumerate(new):
        if one in old:
            continue
        at = path if field.kind != "references" else path + pointer(index)
        reached = find(field.reference.target, one)
        if reached is None:
            yield problem(at, "no_record")
        elif field.reference.filter is not None and not rules.holds(field.reference.filter, {**env, "item": reached}, related):
            yield problem(at, "not_selectable")


def _ids(value: Any) -> tuple[int, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _stood(
    rules: Ruleset, validation: Validation, before: Record | None, changed: frozenset[str],
    env: Mapping[str, Any], related: Any,
) -> bool:
    """Whether the rule was broken before in the same way: none of the fields it reads changed."""
    if before is None or "old" in validation.rule.roots:
        return False
    read = {path[1] for path in validation.rule.paths if path[0] == "record" and len(path) > 1}
    return not read & changed and rules.broken(validation, {**env, "record": env["old"]}, related)


def _sentence(validation: Validation) -> Problem:
    path = pointer("fields", validation.field) if validation.field else ""
    return problem(path, "validation", sentence=validation.message, name=validation.name)
