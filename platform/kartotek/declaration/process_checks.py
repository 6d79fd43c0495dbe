"""What can be said of occupancies, forms and entries only when all types and workflows are known."""

from __future__ import annotations

from collections.abc import Mapping

from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.suggest import did_you_mean
from kartotek.model.catalog import RecordType
from kartotek.model.process import PublicForm
from kartotek.model.workflow import Transition

Types = Mapping[str, RecordType]


def check_processes(drafts: Mapping[str, Draft], types: Types, flawed: frozenset[str] = frozenset()) -> None:
    """Adds a problem for calendars that are none, for transitions of forms that do not exist, for entries that would change.

    `flawed` are types whose workflow has problems, so that transitions may be missing.
    """
    spaces: dict[str, tuple[str, str]] = {}
    for draft in drafts.values():
        _check_calendars(draft, types)
        if draft.name not in flawed:
            _check_transitions(draft, types[draft.name])
        _check_forms(draft, types[draft.name], types)
        _check_entries(draft, types[draft.name])
        _check_spaces(draft, types, spaces)


def _check_calendars(draft: Draft, types: Types) -> None:
    for key in ("occupancy",):
        for index, declared in enumerate(draft.own.get(key, ())):
            for at, name in enumerate(declared.get("calendars", ())):
                path: Path = ("x-record", key, index, "calendars", at)
                if name not in types:
                    draft.problems.error(path, "unknown_type", f"There is no record type '{name}'.{did_you_mean(name, types)}")
                elif types[name].calendar is None:
                    _not_a_calendar(draft, path, name, types)


def _not_a_calendar(draft: Draft, path: Path, name: str, types: Types) -> None:
    others = [one.name for one in types.values() if one.calendar is not None]
    if not _may_have(types, name):
        sentence = f"'{name}' has no \"calendar\" under x-record.{did_you_mean(name, others)}"
        draft.problems.error(path, "calendar", sentence)


def _may_have(types: Types, name: str) -> bool:
    """Whether the type is one of which nothing is known, because its file is broken."""
    return not types[name].builtin and not types[name].fields


def _check_transitions(draft: Draft, record_type: RecordType) -> None:
    for name, form in record_type.public_forms.items():
        path: Path = ("x-record", "publicForms", name)
        workflow = record_type.workflow
        if form.transition and workflow is None:
            draft.problems.error((*path, "transition"), "unknown_transition", f"'{draft.name}' has no workflow.")
        elif form.transition and workflow and form.transition not in workflow.transitions:
            hint = did_you_mean(form.transition, workflow.transitions)
            sentence = f"The workflow has no transition '{form.transition}'.{hint}"
            draft.problems.error((*path, "transition"), "unknown_transition", sentence)
        elif form.transition and workflow and workflow.initial not in workflow.transitions[form.transition].sources:
            sentence = f"'{form.transition}' does not lead from '{workflow.initial}', where new records begin."
            draft.problems.error((*path, "transition"), "unknown_transition", sentence)
        elif form.transition and workflow:
            _check_required(draft, (*path, "transition"), form, workflow.transitions[form.transition])


def _check_forms(draft: Draft, record_type: RecordType, types: Types) -> None:
    for name in record_type.public_forms:
        path: Path = ("x-record", "publicForms", name)
        other = next((one.name for one in types.values() if one.name != draft.name and name in one.public_forms), "")
        if other and other < draft.name:
            sentence = f"'{other}' has a form '{name}' already, and both would have the address /p/{name}."
            draft.problems.error_at_key(path, "duplicate_name", sentence)


def _check_required(draft: Draft, path: Path, form: PublicForm, transition: Transition) -> None:
    missing = [one for one in transition.require if one not in form.fields and one not in form.values]
    if missing:
        sentence = f"'{transition.name}' requires '{missing[0]}', which the form neither asks for nor sets."
        draft.problems.error(path, "public_form", sentence)


def _check_entries(draft: Draft, record_type: RecordType) -> None:
    if not record_type.append_only:
        return
    path: Path = ("x-record", "appendOnly")
    if record_type.workflow is not None:
        sentence = f"'{draft.name}' has a workflow, whose transitions change records. It cannot be append-only."
        draft.problems.error(path, "append_only", sentence)
    for spot in draft.spots():
        reference = spot.field.reference
        if reference and reference.on_delete == "setNull":
            sentence = f"An entry never changes, so '{spot.field.name}' cannot be emptied. Use 'restrict'."
            draft.problems.error((*spot.path, "x-field", "onDelete"), "append_only", sentence)


def _check_spaces(draft: Draft, types: Types, spaces: dict[str, tuple[str, str]]) -> None:
    """Occupancies that share a space must speak of the same things, or their keys would be mistaken for each other."""
    for one in types[draft.name].occupancy:
        if not one.space:
            continue
        kinds = tuple(_key_kind(types[draft.name], one.rows, name) for name in one.key)
        known, where = spaces.setdefault(one.space, (str(kinds), draft.name))
        if known != str(kinds):
            sentence = f"In the space '{one.space}' the key means something else in '{where}'."
            draft.problems.error_at_key(("x-record", "occupancy"), "occupancy", sentence)


def _key_kind(record_type: RecordType, rows: str, name: str) -> str:
    columns = {one.name: one for one in record_type.by_name[rows].fields} if rows else {}
    field = columns.get(name) or record_type.by_name[name]
    return field.reference.target if field.reference else field.kind
