"""Choices: what a reference may be set to, searched for by the picker as someone types."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from kartotek.engine.sight import Sight
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.web.current import engine
from kartotek.web.lists import sight_of
from kartotek.web.visitor import actor

_MOST = 20


def choices(type_name: str) -> dict[str, object]:
    """`/r/<type>/choices?field=/lines/0/item&search=…`: `{"items": [{"id", "title"}], "make"?: {"title", "href", "field"}}`."""
    visitor = actor()
    names, field = _named(sight_of(visitor, type_name), request.args.get("field", ""))
    found = engine().options(visitor, type_name, names, search=request.args.get("search", "").strip(), limit=_MOST)
    items = [{"id": one["id"], "title": one["title"]} for one in found]
    return {"items": items} | _make(visitor, field)


def _make(visitor: Actor, field: Field) -> dict[str, object]:
    """Where what is missing can be made, and the field that a title typed in vain goes into, for those who may make it."""
    target = engine().catalog().types.get(field.reference.target) if field.reference else None
    if target is None or target.builtin:
        return {}
    try:
        seen = engine().sight(visitor, target.name)
    except NotFound:
        return {}
    if not seen.create:
        return {}
    named = [name for name in target.title_template[1::2] if name in seen.creatable and target.by_name[name].kind == "text"]
    title = gettext("New: %(type)s", type=target.label(visitor.language))
    return {"make": {"title": title, "href": f"/r/{target.name}/new", "field": named[0] if named else ""}}


def _named(sight: Sight, path: str) -> tuple[tuple[str, ...], Field]:
    """The names of the readable fields on the way to a control, and its field. Raises NotFound."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    names: list[str] = []
    field: Field | None = None
    fields = {one.name: one for one in sight.readable}
    while parts:
        field = fields.get(parts.pop(0))
        if field is None:
            raise NotFound("There is no such field.")
        names.append(field.name)
        if field.kind == "rows":
            parts = parts[1:]
        fields = {one.name: one for one in field.fields}
    if field is None:
        raise NotFound("There is no such field.")
    return tuple(names), field
