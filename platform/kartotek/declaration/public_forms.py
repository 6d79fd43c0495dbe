"""x-record.publicForms: forms for people without an account, and what they may not ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.fit import is_derived
from kartotek.declaration.formulas import Formulas
from kartotek.declaration.given import given_values
from kartotek.declaration.shown import find_field
from kartotek.declaration.suggest import did_you_mean, listed
from kartotek.declaration.texts import texts_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY
from kartotek.model.missing import MISSING
from kartotek.model.process import PublicForm

# A file must be staged by somebody who is known; links are chosen among records that strangers cannot see.
_FILES = frozenset({"file", "image", "files"})
_LINKS = frozenset({"user", "reference", "references"})
_FILLING = frozenset({"autoNumber", "fetchFrom", "defaultExpr"})
_KEY = "publicForms"


def public_forms_of(formulas: Formulas, record_type: RecordType) -> Mapping[str, PublicForm]:
    """{name: form}; their transitions are looked at when the workflow is known."""
    declared = formulas.draft.own.get(_KEY, EMPTY)
    return MappingProxyType({name: _form(formulas, record_type, name, one) for name, one in declared.items()})


def _form(formulas: Formulas, record_type: RecordType, name: str, declared: Mapping[str, Any]) -> PublicForm:
    draft, path = formulas.draft, ("x-record", _KEY, name)
    fields = record_type.by_name
    for index, asked in enumerate(declared["fields"]):
        field = find_field(draft, (*path, "fields", index), asked, fields)
        reason = _unfit(field) if field else ""
        if reason:
            draft.problems.error((*path, "fields", index), "public_form", reason)
    for key in declared.get("set", EMPTY):
        field = find_field(draft, (*path, "set", key), key, fields)
        if field and (is_derived(field.fragment) or field.is_state):
            draft.problems.error((*path, "set", key), "public_form", f"'{key}' cannot be set: it follows from others.")
    names = {name: one for name, one in formulas.about().items() if name not in ("user", "meta")}
    values = given_values(formulas, (*path, "set"), declared.get("set", EMPTY), fields=fields, names=names)
    _check_sendable(formulas, path, declared, fields)
    languages = draft.site.languages
    return PublicForm(
        name=name,
        fields=tuple(declared["fields"]),
        titles=texts_of(declared.get("title"), languages),
        thanks=texts_of(declared.get("thanks"), languages),
        values=MappingProxyType(values),
        transition=declared.get("transition", ""),
        consents=_consents(formulas, (*path, "consents"), declared.get("consents", ()), record_type),
        **{key: declared[key] for key in ("limit", "total") if key in declared},
    )


def _consents(formulas: Formulas, path: Path, names: Sequence[str], record_type: RecordType) -> tuple[str, ...]:
    known = {one.name for one in formulas.draft.site.purposes if one.basis == "consent"}
    if names and record_type.subject is None:
        formulas.draft.problems.error_at_key(path, "public_form", "These records are about nobody ('subject') who could agree to anything.")
        return ()
    for index, name in enumerate(names):
        if name not in known:
            sentence = f"There is no purpose '{name}' in site.yaml that people are asked about.{did_you_mean(name, known)}"
            formulas.draft.problems.error((*path, index), "public_form", sentence)
    return tuple(names)


def _unfit(field: Field) -> str:
    if field.kind in _FILES:
        return f"'{field.name}' takes files, which only people with an account may send."
    if field.kind in _LINKS:
        return f"'{field.name}' is a link, and people without an account have nothing to choose from. Set it, or ask in words."
    if field.read_only or is_derived(field.fragment) or field.is_state:
        return f"'{field.name}' cannot be filled in by anybody."
    if field.kind == "json":
        return f"'{field.name}' is free JSON, which nobody fills in a form."
    kept = [one.name for one in field.fields if one.is_read_by_some or one.write is not None]
    if kept:
        return f"'{field.name}' has {listed(kept)}, which only some roles may see or fill in. Ask for other fields."
    return next((reason for one in field.fields if not one.read_only and (reason := _unfit(one))), "")


def _check_sendable(formulas: Formulas, path: Path, declared: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
    """A required field that neither the form nor the site fills would keep every form from being sent."""
    filled = {*declared["fields"], *declared.get("set", EMPTY)}
    missing = [
        one.name for one in fields.values()
        if one.required and one.name not in filled and one.default is MISSING
        and not is_derived(one.fragment) and not _FILLING & one.fragment.get("x-field", EMPTY).keys()
    ]
    if missing:
        sentence = f"{listed(missing)} is required, and this form neither asks for it nor sets it."
        formulas.draft.problems.error_at_key((*path, "fields"), "public_form", sentence)
