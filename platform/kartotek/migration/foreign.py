"""The steps from one version of a foreign schema to the next: what its columns hold decides, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kartotek.kinds.registry import kind_of
from kartotek.migration.rights import permission_steps
from kartotek.migration.step import Path, Step, Subject
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field


def foreign_steps(
    old: RecordType, was: RecordType, new: RecordType, lineage: Mapping[Path, Path]
) -> Iterator[Step]:
    """A stricter schema is safe: records there are stay as they are and are judged when they are changed.

    `was` is the old type in today's names, `lineage` {new path: old path}.
    """
    before = {one.name: one for one in old.fields}
    for field in new.fields:
        former = lineage.get((field.name,), ())
        known = before.pop(former[-1], None) if former else None
        yield from _field_steps(Subject(new.name, (field.name,), former or (field.name,)), known, field)
    for gone in before.values():
        if _column(gone):
            yield Subject(new.name, (gone.name,), (gone.name,)).step("remove_field", "confirm", "remove_property")
    yield from permission_steps(was, new)
    if old.schema != new.schema:
        yield Subject(new.name).step("metadata", "safe", "schema")


def _field_steps(subject: Subject, known: Field | None, field: Field) -> Iterator[Step]:
    if known is not None and known.name != field.name and _column(known):
        yield subject.step("rename_field", "safe", "rename_field", former=known.name)
    if known is None or _column(known) == "":
        if _column(field):
            yield replace(subject.step("add_field", "safe", "add_field", kind=field.kind), refill=True)
    elif _column(field) != _column(replace(known, column=field.column)):
        yield subject.step("retype", "confirm", "retype_foreign", before=known.kind, after=field.kind)


def _column(field: Field) -> str:
    """What its column is and of which type; "" where it has none."""
    spec = kind_of(field).column(field)
    return f"{field.column} {spec.type}" if spec is not None else ""
