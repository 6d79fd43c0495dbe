"""Values that an effect writes: into which fields it may, and what a new record must be given."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.declaration.formulas import Names
from kartotek.declaration.given import given_values, is_formula
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.workflow import Given


def values_of(
    flow: Flow, path: Path, declared: Mapping[str, Any], *, owner: str, names: Names, creates: bool = False
) -> Mapping[str, Given]:
    """{field: formula or constant} of those that fit."""
    fields: dict[str, Field] = {}
    for name in declared:
        field = flow.field((*path, name), name, owner, at_key=True)
        reason = _fixed(flow, field, owner) if field else ""
        if reason:
            flow.problems.error_at_key((*path, name), "fixed_field", reason)
        elif field and isinstance(declared[name], list | dict) and _has_formula(declared[name]):
            sentence = "A formula cannot stand inside a list or a table of values; write constants, or another effect."
            flow.problems.error((*path, name), "value", sentence)
        elif field:
            fields[name] = field
    if creates:
        _check_needed(flow, path, declared, owner)
    if flow.types[owner].builtin:
        return MappingProxyType({})
    return MappingProxyType(given_values(flow.formulas, path, declared, fields=fields, names=names))


def _fixed(flow: Flow, field: Field, owner: str) -> str:
    """Why nothing can be written into the field, or ""."""
    if flow.types[owner].builtin:
        return f"'{owner}' is built in; its records are not changed by workflows."
    if field.is_state:
        how = "'to' of this transition" if owner == flow.record else "the effect 'transition'"
        return f"'{field.name}' shows the state, which only transitions move. Use {how}."
    if field.is_derived:
        return f"'{field.name}' is computed, so nothing can be written into it."
    if field.kind == "autonumber":
        return f"'{field.name}' is numbered by itself, so nothing can be written into it."
    return ""


def _has_formula(value: Any) -> bool:
    """Whether a formula stands anywhere in it, where it would be taken for a text."""
    if isinstance(value, list | dict):
        return any(_has_formula(one) for one in (value.values() if isinstance(value, dict) else value))
    return is_formula(value)


def _check_needed(flow: Flow, path: Path, declared: Mapping[str, Any], owner: str) -> None:
    missing = [one.name for one in flow.types[owner].fields if _is_needed(one) and one.name not in declared]
    is_misspelt = any(name not in flow.types[owner].by_name for name in declared)
    if missing and not is_misspelt and not flow.is_doubtful(owner):
        named = ", ".join(f"'{name}'" for name in missing)
        sentence = f"A record of '{owner}' needs {named}, so this could never be created."
        flow.problems.error_at_key(path[:-1], "missing_value", sentence)


def _is_needed(field: Field) -> bool:
    is_filled = field.default is not MISSING or field.default_expr is not None or field.fetch_from is not None
    return field.required and not is_filled and not field.is_derived and field.kind != "autonumber"
