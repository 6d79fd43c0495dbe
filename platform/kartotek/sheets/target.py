"""Target: the record type as far as a spreadsheet is concerned, small enough to be handed to another process."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from kartotek.kinds.schema import is_demanded
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.settings import SiteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`fields` are those the actor may know of, without their formulas; `unique` the fields that identify a record.

    What stands in the fields of `older` is not judged here: records that are changed may have broken a younger rule all along.
    """

    name: str
    fields: tuple[Field, ...]
    settings: SiteSettings
    writable: frozenset[str]
    demanded: frozenset[str]
    unique: frozenset[str]
    older: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        record_type: RecordType,
        settings: SiteSettings,
        *,
        writable: Collection[str],
        readable: Collection[str] = (),
        older: Collection[str] = (),
    ) -> Target:
        """What may be filled is `writable`; a header that names a field in neither collection counts as unknown."""
        known = [one for one in record_type.fields if one.name in writable or one.name in readable]
        may = {one.name for one in known if one.name in writable and not (one.read_only or one.is_derived)}
        return cls(
            name=record_type.name,
            fields=tuple(_bare(one) for one in known),
            settings=settings,
            older=frozenset(older),
            writable=frozenset(may),
            demanded=frozenset(one.name for one in known if one.name in may and is_demanded(one)),
            unique=frozenset(one.name for one in known if one.unique)
            | frozenset(name for rule in record_type.unique for name in rule.fields),
        )


def _bare(field: Field) -> Field:
    """The field without what only the engine evaluates."""
    return replace(
        field,
        compute=None,
        rollup=None,
        default_expr=None,
        show_if=None,
        required_if=None,
        read_only_if=None,
        reference=None,
        place=None,
        read_only=field.read_only or field.is_derived,
        fields=tuple(_bare(one) for one in field.fields),
    )
