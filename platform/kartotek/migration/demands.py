"""Demands: the steps from what a field must hold to what it must hold now, and to how alone it stands with its value."""

from __future__ import annotations

from collections.abc import Iterator

from kartotek.migration.step import Step, Subject
from kartotek.model.field import Field
from kartotek.model.formula import Formula


def steps(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    """What becomes required or unique, and what need not be any more."""
    if new.required and not old.required:
        yield subject.step("require", "ratcheted", "require")
    if old.required and not new.required:
        yield subject.step("widen", "safe", "not_required")
    if new.required_if is not None and _source(old.required_if) != _source(new.required_if):
        yield subject.step("require", "ratcheted", "require_rule")
    elif new.required_if is not None and old.show_if is not None and _source(old.show_if) != _source(new.show_if):
        yield subject.step("require", "ratcheted", "require_shown")
    if new.unique and not old.unique:
        yield subject.step("unique", "ratcheted", "unique")
    if old.unique and not new.unique:
        yield subject.step("widen", "safe", "not_unique")


def _source(formula: Formula | None) -> str | None:
    return formula.source if formula is not None else None
