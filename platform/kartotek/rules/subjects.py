"""Subjects: whom records are about, by declaration: the way from a record to its person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kartotek.model.catalog import RecordType


@dataclass(frozen=True, slots=True)
class Belonging:
    """Records of `type` belong to whom the record of `target` belongs to that their reference `field` names."""

    type: str
    field: str
    target: str


def subject_path(types: Mapping[str, RecordType], name: str) -> tuple[Belonging, ...] | None:
    """The references from a record of the type to its person: none where it is one itself, None where it is about nobody."""
    found: list[Belonging] = []
    at = types.get(name)
    while at is not None and at.subject:
        reference = at.by_name[at.subject].reference if at.subject in at.by_name else None
        if reference is None or any(one.type == at.name for one in found):
            return None
        found.append(Belonging(at.name, at.subject, reference.target))
        at = types.get(reference.target)
    return tuple(found) if at is not None and at.subject == "" else None


def person_types(types: Mapping[str, RecordType]) -> tuple[str, ...]:
    """The types of which each record is a person."""
    return tuple(name for name, one in types.items() if one.subject == "")
