"""Places: whether what is stored for one field can stay as it is for another, and reads as the same value there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kartotek.kinds.conversion_scalars import FORMED, FREE
from kartotek.kinds.decimal import DEFAULT_SCALE
from kartotek.kinds.fragments import type_of
from kartotek.kinds.kind import ColumnSpec
from kartotek.kinds.markdown import MARKDOWN
from kartotek.kinds.options import option_key
from kartotek.kinds.registry import kind_of
from kartotek.kinds.unlimited import skeleton
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY

_POINTING = frozenset({"reference", "references", "user"})
# {new kind: old kinds} whose values are the same, where their columns are of one sort.
_SAME: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(FREE, FREE | FORMED | {"markdown", "choice"})
    | {
        "integer": frozenset({"rating", "choice"}), "number": frozenset({"choice"}), "boolean": frozenset({"choice"}),
        "file": frozenset({"image"}), "image": frozenset({"file"}),
    }
)


def stays(old: Field, new: Field) -> bool:
    """Whether the column, the join or the sub-table goes on as it is."""
    if old.is_live or new.is_live or _column(old) != _column(new):
        return False
    if old.kind == new.kind:
        return _means_the_same(old, new)
    if old.kind == "boolean" and new.kind == "choice":
        return {option_key(True), option_key(False)} <= {option_key(one.value) for one in new.options}
    if old.kind in ("choices", "choice") and new.kind == "json":
        return not skeleton(new)
    return old.kind in _SAME.get(new.kind, ())


def _pointed(field: Field) -> str:
    """The type that a reference points to."""
    return field.reference.target if field.reference else "user" if field.kind == "user" else ""


def other_currency(old: Field, new: Field) -> bool:
    """Whether amounts of the one would be read as amounts of another currency."""
    before, after = old.settings.get("currency", ""), new.settings.get("currency", "")
    return bool(before and after and before != after)


def _means_the_same(old: Field, new: Field) -> bool:
    if old.kind in _POINTING:
        return _pointed(old) == _pointed(new)
    if old.kind == "markdown":
        return bool(old.settings.get("media_type", MARKDOWN) == new.settings.get("media_type", MARKDOWN))
    if old.kind == "json":
        before, after = _json_sorts(old), _json_sorts(new)
        return all(one == other or not one or not other for one, other in zip(before, after, strict=True))
    return not other_currency(old, new)


def _json_sorts(field: Field) -> tuple[str, str]:
    """Of which sort the JSON is, and its elements, where that is said; null is a matter of limits."""
    found = skeleton(field)
    return type_of(found), type_of(found.get("items", EMPTY))


def _column(field: Field) -> tuple[object, ...]:
    """Its sort; how many digits a decimal may have before the point is a limit."""
    spec: ColumnSpec | None = kind_of(field).column(field)
    if spec is None:
        return (field.kind,)
    return (spec.type, field.settings.get("scale", DEFAULT_SCALE) if spec.type == "decimal" else 0, field.blind)
