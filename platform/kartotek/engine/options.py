"""Options: what a reference may point to, and which records point to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kartotek.engine.asking import unknown_field
from kartotek.engine.envelopes import members_shown
from kartotek.engine.moment import Moment
from kartotek.engine.reading import find, page
from kartotek.engine.titles import titles
from kartotek.model.field import Field
from kartotek.model.query import Condition, Page, Query
from kartotek.model.record import Record

# So many candidates are looked at before the declared filter has chosen enough of them.
_LOOKED_AT = 10


def options(
    moment: Moment, conn: Any, record_type: str, path: Sequence[str], *, search: str, limit: int, ids: Sequence[int]
) -> list[dict[str, Any]]:
    """[{"id", "title"}] of what the field at the path may hold, as far as the actor may read it. Raises Malformed."""
    field = _field(moment, record_type, path)
    assert field.reference is not None
    target = field.reference.target
    if target not in moment.view.types:
        return []
    setting = moment.setting(conn)
    if ids:
        given = titles(moment, target, ids, setting)
        return [{"id": id, "title": given[id]} for id in ids if id in given]
    query = Query(search=search, limit=limit * (_LOOKED_AT if field.reference.filter else 1), fields=())
    seen = page(moment, conn, target, query, secret=b"").items
    if field.reference.filter is not None:
        setting.related.fetch(target, [one["id"] for one in seen])
        seen = [one for one in seen if _selectable(moment, record_type, field, one["id"], setting=setting)]
    return [{"id": one["id"], "title": one["title"]} for one in seen[:limit]]


def inverses(
    moment: Moment, conn: Any, record_type: str, id: int, *, limit: int, secret: bytes
) -> list[dict[str, Any]]:
    """[{"type", "field", "name", "title", "page"}] of the lists seen from a record the actor can read. Raises NotFound."""
    compiled, _ = moment.type(record_type)
    record = find(moment, conn, record_type, id)
    found = []
    for link in compiled.type.inverses.values():
        if link.field in moment.view.of(link.type).fields:
            child = moment.compiled.type(link.type)
            found.append({
                "type": link.type, "field": link.field, "name": link.name,
                "title": child.type.plural_label(moment.actor.language),
                "page": _linked(moment, conn, link.type, link.field, record=record, limit=limit, secret=secret),
            })
    return found


def _linked(
    moment: Moment, conn: Any, record_type: str, field: str, *, record: Record, limit: int, secret: bytes
) -> Page:
    operator: Any = "contains" if moment.compiled.type(record_type).type.by_name[field].kind == "references" else "eq"
    query = Query(conditions=(Condition((field,), operator, str(record.id)),), limit=limit, titles=True)
    return page(moment, conn, record_type, query, secret=secret)


def _field(moment: Moment, record_type: str, path: Sequence[str]) -> Field:
    compiled, seen = moment.type(record_type)
    field = compiled.type.by_name.get(path[0]) if path and path[0] in seen.fields else None
    for name in path[1:]:
        field = next((one for one in members_shown(seen, field) if one.name == name), None) if field else None
    if field is None or field.reference is None:
        raise unknown_field(".".join(path), "field")
    return field


def _selectable(moment: Moment, record_type: str, field: Field, id: int, *, setting: Any) -> bool:
    if field.reference is None or field.reference.filter is None:
        return True
    rules = moment.compiled.type(record_type).rules
    about = setting.about(Record(type=record_type, id=0), None)
    return rules.holds(field.reference.filter, about.also(item=setting.related.one(field.reference.target, id)))
