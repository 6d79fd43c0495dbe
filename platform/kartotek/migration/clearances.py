"""Clearances: whether anybody may know or do more of a field than before, in whatever state its records go to."""

from __future__ import annotations

from collections.abc import Iterator

from kartotek.migration.sameness import same
from kartotek.migration.step import Step, Subject
from kartotek.migration.workflows import stands
from kartotek.model.catalog import RecordType
from kartotek.model.clearance import BreakGlass, Mask, rank
from kartotek.model.field import Field

_OTHERS = "*"  # stands for every role that nothing names; no role is called so


def field_clearance_steps(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    """A held step where a level or a mask of a field lets somebody know or do more; readers and writers are judged elsewhere."""
    if same(old.access, new.access) and old.mask == new.mask:
        return
    wider = [one for one in _roles(old, new) if rank(new.clearance(one)) > rank(old.clearance(one)) or _sets_more(old, new, one)]
    if wider or _shows_more(old.mask, new.mask):
        yield subject.step("rights", "confirm", "clearance_more")


def clearance_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    """The same for what states say, and for who may open records in an emergency."""
    subject = Subject(new.name)
    found = list(_state_steps(subject, old, new))
    if not same(old.break_glass, new.break_glass) and _opens_more(old.break_glass, new.break_glass):
        found.append(subject.step("rights", "confirm", "glass_more"))
    yield from found
    if not found and not (same(old.state_access, new.state_access) and same(old.break_glass, new.break_glass)):
        yield subject.step("metadata", "safe", "rights_less")


def _state_steps(subject: Subject, old: RecordType, new: RecordType) -> Iterator[Step]:
    was = {*old.state_access, *(old.workflow.states if old.workflow is not None else ())}
    goes = {state: _goes_to(old, new, state) for state in was}
    fresh = sorted(new.state_access.keys() - set(goes.values()))
    for field in new.fields:
        before = old.by_name.get(field.name)
        if before is None:
            continue
        wider = [now for state, now in sorted(goes.items()) if _is_wider(old, new, (before, field), (state, now))]
        # A state that is new has no records yet; who may know more there than in any other might before is asked about.
        wider += [one for one in fresh if all(_is_wider(old, new, (before, field), (state, one)) for state in (None, *was))]
        for state in dict.fromkeys(wider):
            yield subject.step("rights", "confirm", "state_clearance_more", rule=state, of=field.name)


def _is_wider(old: RecordType, new: RecordType, fields: tuple[Field, Field], states: tuple[str | None, str]) -> bool:
    """Whether somebody may more of the new field in the one state than of the old one in the other, where a state says anything."""
    (was, field), (before, now) = fields, states
    said = {**old.said(was, before), **new.said(field, now)}
    if same(old.said(was, before), new.said(field, now)):
        return False
    return any(rank(new.clearance(field, one, now)) > rank(old.clearance(was, one, before)) for one in {*_roles(was, field), *said})


def _goes_to(old: RecordType, new: RecordType, state: str) -> str:
    """The state in which records of one are from now on."""
    return (stands(new.workflow, state, old.workflow) if new.workflow is not None else None) or state


def _roles(old: Field, new: Field) -> frozenset[str]:
    named = [one for field in (old, new) for one in (field.read, field.write, field.access, field.mask and field.mask.excepted) if one]
    return frozenset((_OTHERS,)).union(*named)


def _sets_more(old: Field, new: Field, role: str) -> bool:
    return new.is_set_unseen(role) and not old.is_set_unseen(role) and old.clearance(role) != "write"


def _shows_more(old: Mask | None, new: Mask | None) -> bool:
    return old is not None and new is not None and new.show not in (old.show, "none")


def _opens_more(old: BreakGlass | None, new: BreakGlass | None) -> bool:
    if old is None or new is None:
        return new is not None
    less = new.roles <= old.roles and new.minutes <= old.minutes and new.notify >= old.notify
    return not less or new.reads_as != old.reads_as
