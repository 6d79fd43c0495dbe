"""Arrivals: the steps of a type or a field that is new, or that comes back with the values it had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kartotek.migration.keeping import found_again, found_type, was_declared
from kartotek.migration.returning_rights import is_wider, rights_of
from kartotek.migration.step import Step, Subject
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.kept import Kept
from kartotek.model.missing import MISSING


def arriving(new: RecordType, kept: Sequence[Kept]) -> Iterator[Step]:
    """The step of a type that is new; of one that comes back also what its records may not hold of what is declared now."""
    subject = Subject(new.name)
    back = found_type(new, kept)
    if back is None:
        yield subject.step("create_type", "safe", "create_type")
        return
    yield subject.step("restore_type", "safe", "restore_type", kept=back.id)
    if is_wider(back.declared.get("rights"), rights_of(new)):
        yield subject.step("rights", "confirm", "restored_type_more")
    before = back.declared["as"]
    for field in new.fields:
        inside = replace(subject, path=(field.name,), former=(field.name,))
        if field.name not in before:
            yield from added(inside, field, ())
        elif not was_declared(before[field.name], field):
            yield inside.step("narrow", "ratcheted", "restored_otherwise")


def added(subject: Subject, field: Field, kept: Sequence[Kept]) -> Iterator[Step]:
    """What it demands of the records there are, what it opens, and the step that adds it or brings it back."""
    back = found_again(subject.type, subject.path, field, kept)
    yield from _coming(subject, field) if back is None else _back(subject, field, back)
    missing = field.default is MISSING and not field.is_derived and field.kind != "autonumber"
    if (field.required and missing and not field.is_state) or field.required_if is not None:
        yield subject.step("require", "ratcheted", "require_new" if back is None else "require")
    if field.unique and field.default is not MISSING:
        yield subject.step("unique", "ratcheted", "unique_default")
    elif field.unique and back is not None:
        yield subject.step("unique", "ratcheted", "unique")
    if field.declassify:
        yield subject.step("rights", "confirm", "new_declassified")
    if field.account:
        yield subject.step("rights", "confirm", "new_account")


def opened_again(new: RecordType, found: Iterable[Step], kept: Sequence[Kept]) -> Iterator[Step]:
    """The held steps of fields whose values come back as they were to more people than had them before."""
    known = {one.id: one for one in kept}
    for one in found:
        if "kept" in one.params and one.path and is_wider(known[one.params["kept"]].declared.get("rights"), rights_of(new, one.path)):
            yield Subject(new.name, one.path, one.former or one.path).step("rights", "confirm", "restored_more")


def _coming(subject: Subject, field: Field) -> Iterator[Step]:
    kept = subject.path[:1] if field.is_derived and not field.is_live else ()
    if field.default is MISSING or field.default is None:
        step = subject.step("add_field", "safe", "add_field", kind=field.kind)
    else:
        step = subject.step("add_field", "safe", "add_default", kind=field.kind, value=repr(field.default))
    yield replace(step, recompute=kept)


def _back(subject: Subject, field: Field, back: Kept) -> Iterator[Step]:
    subject = replace(subject, former=back.path)
    yield subject.step("restore_field", "safe", "restore_field", kept=back.id)
    if not was_declared(back.declared["as"], field):
        yield subject.step("narrow", "ratcheted", "restored_otherwise")
