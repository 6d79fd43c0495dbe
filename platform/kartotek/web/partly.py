"""Partly: what stands on a page in the place of a value of which its reader knows a part: a mask, or that there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from markupsafe import Markup

from kartotek.engine.sight import Sight
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY
from kartotek.web.shown import NOTHING

_MASK = Markup('<span class="k-masked" title="{}"><span class="visually-hidden">{}: </span>{}</span>')
_FLAG = Markup('<span class="k-flag" title="{}">{}</span>')


def may_be_partly_shown(record_type: RecordType, field: Field) -> bool:
    """Whether anybody may see the field so."""
    return field.is_read_by_some or any(field.name in fields for fields in record_type.state_access.values())


def partly(field: Field, record: Mapping[str, Any]) -> Markup:
    """The markup of what the reader knows of the field in this record; "" where he knows the value itself, or nothing."""
    mask = record.get("masked", EMPTY).get(field.name)
    if mask is not None:
        said = gettext("Shown in part")
        return _MASK.format(said, said, mask)
    flag = record.get("flags", EMPTY).get(field.name)
    if flag is None:
        return Markup("")
    return _FLAG.format(gettext("You may know that something stands here, and not what."), gettext("filled in")) if flag else NOTHING


def told_in_part(sight: Sight, record: Mapping[str, Any] | None) -> list[tuple[Field, Markup]]:
    """(field, markup) of what the reader knows in part of a record, in declared order."""
    known = {**(record or {}).get("masked", EMPTY), **(record or {}).get("flags", EMPTY)}
    return [(field, partly(field, record or {})) for field in sight.seen if field.name in known]
