"""Subjects: whom records are about, by declaration: from a record to its person, and from a person to all that is hers."""

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


def belongings(types: Mapping[str, RecordType], person: str) -> tuple[Belonging, ...]:
    """What belongs to the people of a type, nearest first: each after what it leads to her through."""
    paths = {name: path for name in types if (path := subject_path(types, name)) and path[-1].target == person}
    return tuple(paths[name][0] for name in sorted(paths, key=lambda name: (len(paths[name]), name)))


def reached_from(types: Mapping[str, RecordType], name: str) -> str | None:
    """The type of the person whom records of a type are about; None for nobody."""
    path = subject_path(types, name)
    return None if path is None else path[-1].target if path else name
