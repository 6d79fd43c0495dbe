"""Demanded: whether a field has to be filled in because a formula says so."""

from __future__ import annotations

from typing import Any

from kartotek.model.field import Field
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting


def demanded(rules: Ruleset, field: Field, setting: Setting) -> bool:
    """Whether its `requiredIf` holds and it is shown, in the record or row that the setting is about."""
    if field.required_if is None or not (field.show_if is None or rules.holds(field.show_if, setting)):
        return False
    return rules.holds(field.required_if, setting)


def is_repeatable(field: Field) -> bool:
    """Whether the formula can be asked of how the record was: not if it compares a record with how it was itself."""
    return field.required_if is None or "old" not in field.required_if.roots


def is_empty(value: Any) -> bool:
    """Whether a value counts as not filled in."""
    return value is None or value in ("", ())
