"""Fields: the steps from the fields of a type, of a sub-table or of a small object to those of the new declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields as attributes
from typing import Any

from kartotek.migration import limits, rights
from kartotek.migration.rights import Path
from kartotek.migration.step import Step
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.missing import MISSING

# What may differ without any step: words, looks, and what concerns values that are still to come.
_FREE = frozenset({
    "title", "description", "placeholder", "labels", "deprecated", "default", "default_expr", "fetch_from", "show_if",
    "widget", "row_key", "index", "fragment", "place", "aliases",
})
# What the functions below look at. An attribute that stands nowhere is held: nobody has thought about it.
_JUDGED = frozenset({
    "name", "kind", "column", "required", "nullable", "read_only", "write_only", "settings", "options", "unique",
    "fields", "reference", "compute", "stored", "rollup", "required_if", "read_only_if", "read", "write", "declassify",
    "account", "is_state",
})
_TEXTS = frozenset({"text", "longtext", "choice"})  # what may have held states before a workflow did


def steps(record_type: str, old: Sequence[Field], new: Sequence[Field], above: Path = ()) -> Iterator[Step]:
    """The steps in the order of the new fields, those that are gone last; `above` is the path of what they stand in."""
    before = {one.name: one for one in old}
    for field in new:
        path = (*above, field.name)
        if field.name in before:
            yield from _changed(record_type, path, before.pop(field.name), field)
        else:
            yield from _added(record_type, path, field)
    for gone in before:
        path = (*above, gone)
        yield Step(record_type, "remove_field", "confirm", f"{record_type}: the field {'.'.join(path)} is gone.", path)


def _added(record_type: str, path: Path, field: Field) -> Iterator[Step]:
    name = ".".join(path)
    missing = field.default is MISSING and not field.is_derived and field.kind != "autonumber"
    if (field.required and missing and not field.is_state) or field.required_if is not None:
        yield Step(record_type, "require", "ratcheted", f"{record_type}: {name} is required, but no record has it.", path)
    if field.unique and field.default is not MISSING:
        yield Step(record_type, "unique", "ratcheted", f"{record_type}: {name} is unique, all would get its default.", path)
    if field.declassify or field.account:
        words = "shows what it is computed from" if field.declassify else "ties records to accounts"
        yield Step(record_type, "rights", "confirm", f"{record_type}: the new field {name} {words}.", path)
    kept = path[:1] if field.is_derived and not field.is_live else ()
    yield Step(record_type, "add_field", "safe", f"{record_type}: add {name} ({field.kind}).", path, kept)


def _changed(record_type: str, path: Path, old: Field, new: Field) -> Iterator[Step]:
    name = ".".join(path)
    if old == new:
        return
    judges = _JUDGES if not new.is_state else (_state, rights.field_steps)
    found = [step for judge in judges for step in judge(record_type, path, old, new)]
    if old.is_state and not new.is_state:
        words = f"{record_type}: {name} would not show the state any more, and people could write it."
        found.append(Step(record_type, "retype", "confirm", words, path))
    yield from found
    unknown = [
        one.name for one in attributes(Field)
        if one.name not in _FREE | _JUDGED and getattr(old, one.name) != getattr(new, one.name)
    ]
    if unknown:
        words = f"{record_type}: {name} changes in {', '.join(unknown)}."
        yield Step(record_type, "retype", "confirm", words, path)
    if not found and not unknown:
        yield Step(record_type, "metadata", "safe", f"{record_type}: {name} looks different.", path)


def _shape(record_type: str, path: Path, old: Field, new: Field) -> Iterator[Step]:
    name = ".".join(path)
    if old.kind != new.kind and (old.kind, new.kind) != ("text", "longtext"):
        yield Step(record_type, "retype", "confirm", f"{record_type}: {name} changes from {old.kind} to {new.kind}.", path)
    elif old.is_derived != new.is_derived or (old.rollup is None) != (new.rollup is None):
        words = "is computed now" if new.is_derived else "is not computed any more"
        yield Step(record_type, "retype", "confirm", f"{record_type}: {name} {words}.", path)
    elif old.column != new.column:
        yield Step(record_type, "retype", "confirm", f"{record_type}: {name} would move to another column.", path)


def _state(record_type: str, path: Path, old: Field, new: Field) -> Iterator[Step]:
    """The field that shows the state: its options follow the workflow, whose own steps say where records go."""
    name = ".".join(path)
    if not old.is_state and (old.kind not in _TEXTS or old.is_derived):
        yield Step(record_type, "retype", "confirm", f"{record_type}: {name} changes from {old.kind} to the state.", path)
    elif old.column != new.column:
        yield Step(record_type, "retype", "confirm", f"{record_type}: {name} would move to another column.", path)
    elif not old.is_state:
        yield Step(record_type, "metadata", "safe", f"{record_type}: {name} shows the state now.", path)


def _limits(record_type: str, path: Path, old: Field, new: Field) -> Iterator[Step]:
    name = ".".join(path)
    if old.kind != new.kind:
        return
    for shown, change in limits.changes(old, new):
        if change == "narrower":
            yield Step(record_type, "narrow", "ratcheted", f"{record_type}: {name} takes less than before: {shown}.", path)
        elif change == "wider":
            yield Step(record_type, "widen", "safe", f"{record_type}: {name} takes more than before: {shown}.", path)
        else:
            yield Step(record_type, "metadata", "safe", f"{record_type}: {name} has {shown}.", path)


def _demands(record_type: str, path: Path, old: Field, new: Field) -> Iterator[Step]:
    name = ".".join(path)
    if new.required and not old.required:
        yield Step(record_type, "require", "ratcheted", f"{record_type}: {name} becomes required.", path)
    if old.required and not new.required:
        yield Step(record_type, "widen", "safe", f"{record_type}: {name} is no longer required.", path)
    if new.required_if is not None and _source(old.required_if) != _source(new.required_if):
        yield Step(record_type, "require", "ratcheted", f"{record_type}: {name} becomes required by another rule.", path)
    if new.unique and not old.unique:
        yield Step(record_type, "unique", "ratcheted", f"{record_type}: {name} becomes unique.", path)
    if old.unique and not new.unique:
        yield Step(record_type, "widen", "safe", f"{record_type}: {name} is no longer unique.", path)


def _references(record_type: str, path: Path, old: Field, new: Field) -> Iterator[Step]:
    name = ".".join(path)
    before, after = old.reference, new.reference
    if before is None or after is None:
        return
    if before.target != after.target:
        words = f"{record_type}: {name} points to {after.target} instead of {before.target}."
        yield Step(record_type, "reference", "confirm", words, path)
    if before.on_delete != after.on_delete:
        effects = f"{before.on_delete} → {after.on_delete}"
        words = f"{record_type}: deleting what {name} points to has another effect ({effects})."
        yield Step(record_type, "reference", "confirm", words, path)


def _derivation(record_type: str, path: Path, old: Field, new: Field) -> Iterator[Step]:
    name = ".".join(path)
    if not (old.is_derived and new.is_derived):
        return
    same = _derived_by(old) == _derived_by(new)
    if same and old.stored == new.stored:
        return
    if new.declassify:
        yield Step(record_type, "rights", "confirm", f"{record_type}: {name}, declassified, is computed otherwise.", path)
    kept = () if new.is_live else path[:1]
    yield Step(record_type, "recompute", "safe", f"{record_type}: {name} is computed otherwise.", path, kept)


def _inner(record_type: str, path: Path, old: Field, new: Field) -> Iterator[Step]:
    if old.kind == new.kind:
        yield from steps(record_type, old.fields, new.fields, path)


def _derived_by(field: Field) -> Any:
    rollup = field.rollup
    if rollup is None:
        return _source(field.compute)
    return rollup.source, rollup.function, rollup.field, _source(rollup.where)


def _source(formula: Formula | None) -> str | None:
    return formula.source if formula is not None else None


_JUDGES: tuple[Callable[[str, Path, Field, Field], Iterator[Step]], ...] = (
    _shape, _limits, _demands, _references, _derivation, _inner, rights.field_steps,
)
