"""Adds the checked formulas to a record type: of its fields, its rules, its rights and its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.declaration.contacts import calendar_of, contact_of
from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.formulas import Formulas, Names, type_of
from kartotek.declaration.grants import grants_of
from kartotek.declaration.occupancies import occupancies_of
from kartotek.declaration.public_forms import public_forms_of
from kartotek.declaration.rollups import rollup_of
from kartotek.declaration.shown import find_field
from kartotek.declaration.subjects import retention_of, subject_of
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.texts import labels_of, plain_text
from kartotek.formula.types import BOOL
from kartotek.kinds.computed import can_be_computed
from kartotek.model.catalog import RecordType, Tab, Unique, Validation
from kartotek.model.field import Field
from kartotek.model.formula import Formula, Type
from kartotek.model.naming import row_path

_X = "x-field"


def with_formulas(formulas: Formulas, record_type: RecordType, types: Mapping[str, RecordType]) -> RecordType:
    """The record type with every formula that is right; the problems of the others are in the draft."""
    fields = _Fields(formulas, types).attached(("properties",), record_type.fields, record_type.name)
    record_type = replace(record_type, fields=fields)
    record_type = replace(record_type, subject=subject_of(formulas, record_type))
    moments = {name: one for name, one in formulas.about().items() if name != "user"}
    return replace(
        record_type,
        unique=tuple(_unique(formulas, index, one) for index, one in enumerate(record_type.unique)),
        validations=_validations(formulas, {field.name: field for field in fields}),
        permissions=grants_of(formulas),
        occupancy=occupancies_of(formulas, record_type),
        calendar=calendar_of(formulas, record_type),
        contact=contact_of(formulas, record_type),
        public_forms=public_forms_of(formulas, record_type),
        frozen_when=formulas.check(("x-record", "frozenWhen"), moments, BOOL),
        retention=retention_of(formulas, record_type),
        append_only=formulas.draft.own.get("appendOnly", False),
        form=tuple(_tab(formulas, ("x-record", "form", index), one) for index, one in enumerate(record_type.form)),
    )


class _Fields:
    """Adds formulas to fields, those inside others included."""

    def __init__(self, formulas: Formulas, types: Mapping[str, RecordType]) -> None:
        self._formulas = formulas
        self._types = types

    def attached(self, path: Path, fields: Sequence[Field], owner: str) -> tuple[Field, ...]:
        return tuple(self._field((*path, field.name), field, owner) for field in fields)

    def _field(self, path: Path, field: Field, owner: str) -> Field:
        own, formulas = (*path, _X), self._formulas
        is_column = len(path) > 3 and path[-3] == "items"  # of a table inside the record
        here = formulas.in_row(owner) if is_column else formulas.about()
        rules = {**here, "old": Type("record", record=formulas.draft.name)}
        below = (*path, "items", "properties") if field.kind == "rows" else (*path, "properties")
        return replace(
            field,
            compute=_compute(formulas, (*own, "compute"), field, here),
            default_expr=formulas.check((*own, "defaultExpr"), here, type_of(field)),
            show_if=formulas.check((*own, "showIf"), rules, BOOL),
            required_if=formulas.check((*own, "requiredIf"), rules, BOOL),
            read_only_if=formulas.check((*own, "readOnlyIf"), rules, BOOL),
            reference=_reference(formulas, (*own, "filter"), field, here),
            rollup=rollup_of(formulas, (*own, "rollup"), field, self._types),
            fields=self.attached(below, field.fields, row_path(owner, field.name)),
        )


def _compute(formulas: Formulas, path: Path, field: Field, here: Names) -> Formula | None:
    formula = formulas.check(path, here, type_of(field) if can_be_computed(field.kind) else None)
    if formula and not can_be_computed(field.kind):
        formulas.draft.problems.error(
            path, "not_supported", f"Computing a field of the kind {field.kind} is not supported yet."
        )
    return formula


def _reference(formulas: Formulas, path: Path, field: Field, here: Names) -> Any:
    if field.reference is None:
        return None
    item = Type("record", record=field.reference.target)
    return replace(field.reference, filter=formulas.check(path, {**here, "item": item}, BOOL))


def _unique(formulas: Formulas, index: int, unique: Unique) -> Unique:
    path = ("x-record", "unique", index, "where")
    where = formulas.queried(path, {"record": Type("record", record=formulas.draft.name)})
    return replace(unique, where=where)


def _validations(formulas: Formulas, fields: Mapping[str, Field]) -> tuple[Validation, ...]:
    draft = formulas.draft
    found, names = [], set()
    for index, declared in enumerate(draft.own.get("validations", ())):
        path: Path = ("x-record", "validations", index)
        name = declared.get("name", f"rule_{index + 1}")
        if name in names:
            draft.problems.error((*path, "name"), "duplicate_name", f"There is a validation '{name}' already.")
        names.add(name)
        if "field" in declared:
            find_field(draft, (*path, "field"), declared["field"], fields)
        _check_override(draft, path, declared)
        rule = formulas.check((*path, "rule"), formulas.about(old=True), BOOL)
        if rule:
            found.append(_validation(draft, declared, name, rule))
    return tuple(found)


def _check_override(draft: Draft, path: Path, declared: Mapping[str, Any]) -> None:
    if "override" in declared and declared.get("level") != "confirm":
        sentence = "Only a rule of the level 'confirm' can be overridden. Add \"level\": \"confirm\"."
        draft.problems.error_at_key((*path, "override"), "override", sentence)
    for index, role in enumerate(declared.get("override", ())):
        if role not in draft.site.role_names:
            hint = did_you_mean(role, draft.site.role_names)
            sentence = f"There is no role '{role}' in site.yaml.{hint}"
            draft.problems.error((*path, "override", index), "unknown_role", sentence)


def _validation(draft: Draft, declared: Mapping[str, Any], name: str, rule: Formula) -> Validation:
    return Validation(
        name,
        rule,
        plain_text(declared["message"], draft.site.languages),
        declared.get("field", ""),
        MappingProxyType(dict(labels_of(declared))),
        declared.get("level", "error"),
        frozenset(declared["override"]) if "override" in declared else None,
    )


def _tab(formulas: Formulas, path: Path, tab: Tab) -> Tab:
    names = formulas.about(old=True)
    sections = tuple(
        replace(one, show_if=formulas.check((*path, "sections", index, "showIf"), names, BOOL))
        for index, one in enumerate(tab.sections)
    )
    return replace(tab, sections=sections, show_if=formulas.check((*path, "showIf"), names, BOOL))
