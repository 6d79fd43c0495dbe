"""Going on: whether a field under its name or its alias is still the same thing, or another that has taken its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kartotek.kinds.conversion import Conversion, conversion
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY


def goes_on(old: Field, new: Field, targets: Mapping[str, str] = EMPTY) -> bool:
    """Whether records keep something of what they have; else the old field is one that goes and the new one that comes.

    `targets` is {old name: new name} of the types that fields refer to.
    """
    if old.is_derived:
        return new.is_derived or (not old.is_live and going_over(old, new, targets).fit != "none")
    return not new.is_derived and (new.is_state or going_over(old, new, targets).fit != "none")


def going_over(old: Field, new: Field, targets: Mapping[str, str] = EMPTY) -> Conversion:
    """How the values go over, the types that they refer to taken by their new names."""
    return conversion(pointing(old, targets), new)


def pointing(field: Field, targets: Mapping[str, str]) -> Field:
    """The field, and all that is in it, with references to the types as they are called now."""
    reference = field.reference
    if reference is not None and reference.target in targets:
        field = replace(field, reference=replace(reference, target=targets[reference.target]))
    return replace(field, fields=tuple(pointing(one, targets) for one in field.fields)) if field.fields else field


def same_sort(old: Field, new: Field) -> bool:
    """Whether both are kept in a column of the same sort."""
    return old.kind == new.kind and kind_of(old).column(old) == kind_of(new).column(new)


def sort_words(field: Field) -> str:
    """The kind of a field for people; of a decimal with its places, and its currency if it has one."""
    if field.kind != "decimal":
        return field.kind
    spec = kind_of(field).column(field)
    details = [str(spec.scale) if spec is not None else "", field.settings.get("currency", "")]
    return f"decimal({', '.join(one for one in details if one)})"
