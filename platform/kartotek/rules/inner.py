"""Inner: what is required or locked within the rows of a sub-table and within a small object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Record
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting


def judged_inside(
    rules: Ruleset, field: Field, sides: tuple[Record | None, Record], setting: Setting, *, free: bool
) -> Iterable[Problem]:
    """The problems of a field's members; with `free` what is locked may be changed. A lock is judged by how the row was."""
    before, after = sides
    now = after.values.get(field.name)
    was = before.values.get(field.name) if before is not None else None
    at = pointer("fields", field.name)
    if field.kind == "rows":
        stored = {row.id: row for row in was or () if row.id is not None}
        for index, row in enumerate(now or ()):
            inside = setting.also(row=row)
            yield from _required(rules, field, row.values, inside, at=at + pointer(index))
            if not free and row.id in stored:
                kept = stored[row.id]
                old = setting.also(record=setting.env["old"], row=kept)
                yield from _locked(rules, field, (kept.values, row.values), old, at=at + pointer(index))
        return
    yield from _required(rules, field, now or {}, setting, at=at)
    if not free and before is not None:
        yield from _locked(rules, field, (was or {}, now or {}), setting.also(record=setting.env["old"]), at=at)


def _required(rules: Ruleset, field: Field, values: Mapping[str, Any], setting: Setting, *, at: str) -> Iterable[Problem]:
    for one in field.fields:
        value = values.get(one.name)
        if one.required_if is None or not (value is None or value in ("", ())):
            continue
        shown = one.show_if is None or rules.holds(one.show_if, setting)
        if shown and rules.holds(one.required_if, setting):
            yield problem(at + pointer(one.name), "required")


def _locked(
    rules: Ruleset, field: Field, sides: tuple[Mapping[str, Any], Mapping[str, Any]], setting: Setting, *, at: str
) -> Iterable[Problem]:
    was, now = sides
    for one in field.fields:
        if one.read_only_if is None or one.is_derived or was.get(one.name, MISSING) == now.get(one.name, MISSING):
            continue
        if rules.holds(one.read_only_if, setting):
            yield problem(at + pointer(one.name), "read_only")
