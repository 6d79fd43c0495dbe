"""Rights: whether a changed declaration lets anybody do more; what cannot be proved narrower counts as wider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kartotek.formula.narrower import is_narrower
from kartotek.migration.sameness import same
from kartotek.migration.step import Step, Subject
from kartotek.model.catalog import Action, Grant, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula

_NONE: Mapping[Action, Grant] = {}


def permission_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    """A held step for each grant that may be wider, and one that is safe where grants became narrower alone."""
    if same(old.permissions, new.permissions):
        return
    subject = Subject(new.name)
    wider = [
        (role, action)
        for role, grants in sorted(new.permissions.items())
        for action, grant in grants.items()
        if not is_within(grant, _granted(old, role, action))
    ]
    wider += [(role, "transition") for role in sorted(old.permissions) if _takes_back(old, new, role)]
    for role, action in wider:
        both = [one.permissions.get(role, _NONE).get(action) for one in (old, new)]
        code = "right_other" if all(isinstance(grant, Formula) for grant in both) else "right_more"
        yield subject.step("rights", "confirm", code, role=role, action=action)
    if not wider:
        yield subject.step("metadata", "safe", "rights_less")


def field_steps(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    """The same for the rights of one field."""
    for code, before, after in (("read_more", old.read, new.read), ("written_more", old.write, new.write)):
        if before != after and not (before is None or (after is not None and after <= before)):
            yield subject.step("rights", "confirm", code)
    opened = {
        "writable": old.read_only and not new.read_only,
        "shown": old.write_only and not new.write_only,
        "declassified": new.declassify and not old.declassify,
        "account": old.account != new.account,
        "relocked": old.read_only_if is not None and _differ(old.read_only_if, new.read_only_if),
        "not_personal": getattr(old, "personal", False) and not getattr(new, "personal", False),
        "not_sensitive": old.sensitive and not new.sensitive,
    }
    for code, holds in opened.items():
        if holds:
            yield subject.step("rights", "confirm", code)


def member_steps(subject: Subject, old: Field, new: Field) -> Iterator[Step]:
    """The same where a table or a small object becomes something else: what only some might see of it is not for all now."""
    for member in old.fields:
        if member.is_live:
            continue
        into = next((one for one in new.fields if one.name == member.name or member.name in one.aliases), new)
        inside = subject if into is new else replace(subject, path=(*subject.path, into.name), former=(*subject.former, member.name))
        yield from field_steps(inside, member, into)
        yield from member_steps(inside, member, into)


def read_by_rights(record_type: RecordType) -> frozenset[tuple[str, str]]:
    """The fields, as (type, name), that a type's grants look at."""
    formulas = (grant for grants in record_type.permissions.values() for grant in grants.values())
    return frozenset(field for grant in formulas if isinstance(grant, Formula) for field in grant.fields)


def _granted(record_type: RecordType, role: str, action: Action) -> Grant | None:
    """What the role has; of transitions, what the workflow gives it, where nothing restricts that."""
    return record_type.permissions.get(role, _NONE).get(action, True if action == "transition" else None)


def _takes_back(old: RecordType, new: RecordType, role: str) -> bool:
    """Whether what restricted the transitions of a role is gone."""
    restricted = "transition" in old.permissions[role] and old.permissions[role]["transition"] is not True
    return restricted and "transition" not in new.permissions.get(role, _NONE)


def is_within(new: Grant, old: Grant | None) -> bool:
    """Whether the new grant holds only where the old one did, as far as its text proves."""
    if new is False or old is True:
        return True
    if old is None or isinstance(old, bool):
        return False
    return isinstance(new, Formula) and is_narrower(new, old)


def _differ(old: Formula | None, new: Formula | None) -> bool:
    return (old.source if old else None) != (new.source if new else None)
