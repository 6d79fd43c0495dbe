"""Processes: what changed occupancies, calendars, contacts, public forms and locks do to the records there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.migration.step import Step
from kartotek.model.catalog import RecordType, Validation
from kartotek.model.formula import Formula
from kartotek.model.process import Occupancy, PublicForm

JUDGED = frozenset({"occupancy", "calendar", "contact", "public_forms", "frozen_when", "append_only"})
_STRICTNESS: Mapping[str, int] = MappingProxyType({"warning": 0, "confirm": 1, "error": 2})


def process_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    """The steps of everything named in JUDGED."""
    yield from _occupancy_steps(old, new)
    yield from _form_steps(old, new)
    yield from _lock_steps(old, new)
    if not same(old.calendar, new.calendar):
        yield Step(new.name, "metadata", "safe", f"{new.name}: when somebody is there follows from other fields.")
    if not same(old.contact, new.contact):
        yield Step(new.name, "metadata", "safe", f"{new.name}: messages reach these records in another way.")


def is_stricter(old: Validation, new: Validation) -> bool:
    """Whether the rule refuses what it let pass, as far as can be told without looking at records."""
    return old.rule.source != new.rule.source or _STRICTNESS[new.level] > _STRICTNESS[old.level]


def _occupancy_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    before = {one.name: one for one in old.occupancy}
    after = {one.name: one for one in new.occupancy}
    for name, one in after.items():
        if name not in before:
            words = f"{new.name}: the records there are may overlap, and '{name}' would forbid it."
            yield Step(new.name, "narrow", "ratcheted", words)
        elif not same(before[name], one):
            looser = _is_looser(before[name], one)
            words = f"{new.name}: '{name}' lets more records be at the same time, or differs in words alone."
            held = f"{new.name}: the records there are may overlap in another way under the new '{name}'."
            yield Step(new.name, "metadata" if looser else "narrow", "safe" if looser else "ratcheted", words if looser else held)
    for name in before.keys() - after.keys():
        yield Step(new.name, "metadata", "safe", f"{new.name}: '{name}' is gone, records may overlap.")


def _is_looser(old: Occupancy, new: Occupancy) -> bool:
    """Whether no pair of records is in the way of each other that was not before, and what is kept of them still holds."""
    if not same(replace(new, messages=old.messages, calendars=old.calendars, capacity=old.capacity), old):
        return False
    if same(old.capacity, new.capacity):
        return True
    return isinstance(old.capacity, int) and isinstance(new.capacity, int) and new.capacity >= old.capacity


def _form_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    wider = [name for name, one in new.public_forms.items() if not _is_within(one, old.public_forms.get(name))]
    for name in wider:
        yield Step(new.name, "rights", "confirm", f"{new.name}: everybody could send the form '{name}', or more with it than before.")
    if not wider and not same(dict(old.public_forms), dict(new.public_forms)):
        yield Step(new.name, "metadata", "safe", f"{new.name}: public forms take less, or read otherwise.")


def _is_within(new: PublicForm, old: PublicForm | None) -> bool:
    if old is None or not set(new.fields) <= set(old.fields) or new.transition not in ("", old.transition):
        return False
    return same(dict(new.values), dict(old.values)) and new.limit <= old.limit and new.total <= old.total


def _lock_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    if old.append_only and not new.append_only:
        yield Step(new.name, "rights", "confirm", f"{new.name}: records could be changed and deleted now.")
    elif new.append_only and not old.append_only:
        yield Step(new.name, "metadata", "safe", f"{new.name}: records can no longer be changed or deleted.")
    if same(old.frozen_when, new.frozen_when):
        return
    if old.frozen_when is not None:
        yield Step(new.name, "rights", "confirm", f"{new.name}: records that were frozen may be changed, under another rule.")
    else:
        yield Step(new.name, "metadata", "safe", f"{new.name}: some records can no longer be changed.")


def same(old: Any, new: Any) -> bool:
    """Whether two declarations mean the same; of formulas the source counts and not where in it things stand."""
    return bool(_plain(old) == _plain(new))


def _plain(value: Any) -> Any:
    if isinstance(value, Formula):
        return ("formula", value.source.strip())
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(_plain(inner) for inner in value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
