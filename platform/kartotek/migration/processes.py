"""Processes: what changed occupancies, calendars, contacts, public forms and locks do to the records there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from kartotek.migration.sameness import same as same
from kartotek.migration.step import Step, Subject
from kartotek.model.catalog import RecordType, Validation
from kartotek.model.process import Occupancy, PublicForm

JUDGED = frozenset({"occupancy", "calendar", "contact", "public_forms", "frozen_when", "append_only"})
_STRICTNESS: Mapping[str, int] = MappingProxyType({"warning": 0, "confirm": 1, "error": 2})


def process_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    """The steps of everything named in JUDGED."""
    subject = Subject(new.name)
    yield from _occupancy_steps(subject, old, new)
    yield from _form_steps(subject, old, new)
    yield from _lock_steps(subject, old, new)
    if not same(old.calendar, new.calendar):
        yield subject.step("metadata", "safe", "calendar")
    if not same(old.contact, new.contact):
        yield subject.step("metadata", "safe", "contact")


def is_stricter(old: Validation, new: Validation) -> bool:
    """Whether the rule refuses what it let pass, as far as can be told without looking at records."""
    return old.rule.source.strip() != new.rule.source.strip() or _STRICTNESS[new.level] > _STRICTNESS[old.level]


def _occupancy_steps(subject: Subject, old: RecordType, new: RecordType) -> Iterator[Step]:
    before = {one.name: one for one in old.occupancy}
    after = {one.name: one for one in new.occupancy}
    for name, one in after.items():
        if name not in before:
            yield subject.step("narrow", "ratcheted", "occupancy_new", rule=name)
        elif not same(before[name], one) and _is_looser(before[name], one):
            yield subject.step("metadata", "safe", "occupancy_looser", rule=name)
        elif not same(before[name], one):
            yield subject.step("narrow", "ratcheted", "occupancy_other", rule=name)
    for name in before.keys() - after.keys():
        yield subject.step("metadata", "safe", "occupancy_gone", rule=name)


def _is_looser(old: Occupancy, new: Occupancy) -> bool:
    """Whether no pair of records is in the way of each other that was not before, and what is kept of them still holds."""
    if not same(replace(new, messages=old.messages, calendars=old.calendars, capacity=old.capacity), old):
        return False
    if same(old.capacity, new.capacity):
        return True
    return isinstance(old.capacity, int) and isinstance(new.capacity, int) and new.capacity >= old.capacity


def _form_steps(subject: Subject, old: RecordType, new: RecordType) -> Iterator[Step]:
    wider = [name for name, one in new.public_forms.items() if not _is_within(one, old.public_forms.get(name))]
    for name in wider:
        yield subject.step("rights", "confirm", "form_more", rule=name)
    if not wider and not same(dict(old.public_forms), dict(new.public_forms)):
        yield subject.step("metadata", "safe", "forms_less")


def _is_within(new: PublicForm, old: PublicForm | None) -> bool:
    if old is None or not set(new.fields) <= set(old.fields) or new.transition not in ("", old.transition):
        return False
    return same(dict(new.values), dict(old.values)) and new.limit <= old.limit and new.total <= old.total


def _lock_steps(subject: Subject, old: RecordType, new: RecordType) -> Iterator[Step]:
    if old.append_only and not new.append_only:
        yield subject.step("rights", "confirm", "append_only_gone")
    elif new.append_only and not old.append_only:
        yield subject.step("metadata", "safe", "append_only")
    if same(old.frozen_when, new.frozen_when):
        return
    if old.frozen_when is not None:
        yield subject.step("rights", "confirm", "frozen_other")
    else:
        yield subject.step("metadata", "safe", "frozen")
