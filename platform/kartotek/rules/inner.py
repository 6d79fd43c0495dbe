"""Inner: what is required or locked within the rows of a sub-table and within a small object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Record
from kartotek.rules.demanded import demanded, is_empty, is_repeatable
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
            kept = stored.get(row.id) if row.id is not None else None
            then = setting.also(record=setting.env["old"], row=kept) if kept is not None else None
            yield from _required(rules, field, (kept.values if kept else {}, row.values), (then, inside), at=at + pointer(index))
            if not free and kept is not None:
                old = setting.also(record=setting.env["old"], row=kept)
                yield from _locked(rules, field, (kept.values, row.values), old, at=at + pointer(index))
        return
    then = setting.also(record=setting.env["old"]) if before is not None else None
    yield from _required(rules, field, (was or {}, now or {}), (then, setting), at=at)
    if not free and before is not None:
        yield from _locked(rules, field, (was or {}, now or {}), setting.also(record=setting.env["old"]), at=at)


def _required(
    rules: Ruleset, field: Field, sides: tuple[Mapping[str, Any], Mapping[str, Any]],
    settings: tuple[Setting | None, Setting], *, at: str,
) -> Iterable[Problem]:
    """What was demanded and lacking before, in the setting of then, may go on to lack."""
    (was, now), (then, setting) = sides, settings
    for one in field.fields:
        if one.required_if is None or not is_empty(now.get(one.name)) or not demanded(rules, one, setting):
            continue
        if then is None or not is_empty(was.get(one.name)) or not (is_repeatable(one) and demanded(rules, one, then)):
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
