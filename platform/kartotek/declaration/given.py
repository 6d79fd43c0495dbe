"""Given values: what a declaration writes into fields, constants or formulas behind an equals sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.formulas import Formulas, Names, type_of
from kartotek.declaration.problems import Problems, parts
from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.formula import Type

_PARTS = frozenset({"rows", "object", "files", "file", "image"})


def is_formula(value: Any) -> bool:
    """Whether the value is "=formula"; a text that begins with an equals sign itself is written with two."""
    return isinstance(value, str) and value.startswith("=") and not value.startswith("==")


def plain(value: Any) -> Any:
    """The constant without the second equals sign that kept it from being read as a formula."""
    return value[1:] if isinstance(value, str) and value.startswith("==") else value


def wanted_type(field: Field) -> Type:
    """What a formula must give to be written into the field."""
    if field.reference is None:
        return type_of(field)
    record = Type("record", record=field.reference.target)
    return Type("list", of=record) if field.kind == "references" else record


def given_value(formulas: Formulas, path: Path, value: Any, *, field: Field, names: Names) -> Any:
    """The formula, or the constant as it would be sent; None and a problem for what does not fit the field."""
    if is_formula(value):
        if field.kind in _PARTS:
            sentence = f"A formula cannot give a value of the kind {field.kind}."
            formulas.draft.problems.error(path, "value", sentence)
            return None
        return formulas.check_given(path, names, wanted_type(field))
    constant = plain(value)
    return constant if fits(formulas.draft.problems, path, constant, field=field) else None


def fits(problems: Problems, path: Path, value: Any, *, field: Field) -> bool:
    """Whether the field takes the constant; problems say why not."""
    if value is None:
        if not field.nullable and field.required:
            problems.error(path, "value", f"'{field.name}' is required, so it cannot be emptied.")
            return False
        return True
    try:
        kind_of(field).parse(field)(value)
    except Refused as refused:
        for one in refused.problems:
            problems.error((*path, *parts(one.path)), "value", f"'{field.name}' does not take this: {one.message}")
        return False
    return True


def given_values(
    formulas: Formulas, path: Path, declared: Mapping[str, Any], *, fields: Mapping[str, Field], names: Names
) -> dict[str, Any]:
    """{field name: formula or constant} of those declared that are right; for fields that exist."""
    found = {
        name: given_value(formulas, (*path, name), value, field=fields[name], names=names)
        for name, value in declared.items() if name in fields
    }
    return {name: value for name, value in found.items() if value is not None or declared[name] is None}
