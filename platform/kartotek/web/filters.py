"""Filters: the columns of a list that have few values, as choices above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext

from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.web.current import engine
from kartotek.web.shown import text_of
from kartotek.web.whole import whole

Choices = list[tuple[str, str]]
_KINDS = frozenset({"choice", "boolean", "reference"})
_MOST = 6


def filters(
    visitor: Actor, record_type: RecordType, columns: Sequence[Field], chosen: Mapping[str, str]
) -> list[tuple[Field, Choices, str]]:
    """(field, its choices as (text of the filter, title), what is chosen); of a reference only the chosen one is named."""
    few = [one for one in columns if one.kind in _KINDS and not one.is_live][:_MOST]
    return [(field, _choices(visitor, record_type, field, chosen.get(field.name, "")), chosen.get(field.name, "")) for field in few]


def _choices(visitor: Actor, record_type: RecordType, field: Field, chosen: str) -> Choices:
    if field.kind == "boolean":
        return [("true", gettext("Yes")), ("false", gettext("No"))]
    if field.kind == "choice":
        return [(str(one.value), text_of(field, one.value, visitor.language)) for one in field.options]
    if (id := whole(chosen)) is None:
        return []
    found = engine().options(visitor, record_type.name, (field.name,), ids=(id,))
    return [(str(one["id"]), one["title"]) for one in found]
