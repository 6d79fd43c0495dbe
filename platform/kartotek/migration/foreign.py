"""The steps from one version of a foreign schema to the next: what its columns hold decides, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

from kartotek.kinds.registry import kind_of
from kartotek.migration.step import Step
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field


def foreign_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    """A stricter schema is safe: records there are stay as they are and are judged when they are changed."""
    before = {one.name: one for one in old.fields}
    for field in new.fields:
        known = before.pop(field.name, None)
        if known is None or _column(known) == "":
            if _column(field):
                words = f"{new.name}: add {field.name} ({field.kind})."
                yield Step(new.name, "add_field", "safe", words, (field.name,), refill=True)
        elif _column(field) != _column(known):
            words = f"{new.name}: {field.name} changes from {known.kind} to {field.kind}."
            yield Step(new.name, "retype", "confirm", words, (field.name,))
    for gone in before.values():
        if _column(gone):
            words = f"{new.name}: the property {gone.name} is gone, and records have values for it."
            yield Step(new.name, "remove_field", "confirm", words, (gone.name,))
    if old.schema != new.schema:
        yield Step(new.name, "metadata", "safe", f"{new.name}: the schema is another; records are judged by it from now on.")


def _column(field: Field) -> str:
    """What its column is and of which type; "" where it has none."""
    spec = kind_of(field).column(field)
    return f"{field.column} {spec.type}" if spec is not None else ""
