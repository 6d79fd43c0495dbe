"""Choices: what a reference may be set to, searched for by the picker as someone types."""

from __future__ import annotations

from flask import request

from kartotek.engine.sight import Sight
from kartotek.errors import NotFound
from kartotek.web.current import engine
from kartotek.web.lists import sight_of
from kartotek.web.visitor import actor

_MOST = 20


def choices(type_name: str) -> dict[str, list[dict[str, object]]]:
    """`/r/<type>/choices?field=/lines/0/item&search=…`: `{"items": [{"id", "title"}]}`."""
    visitor = actor()
    names = _names(sight_of(visitor, type_name), request.args.get("field", ""))
    found = engine().options(visitor, type_name, names, search=request.args.get("search", "").strip(), limit=_MOST)
    return {"items": [{"id": one["id"], "title": one["title"]} for one in found]}


def _names(sight: Sight, path: str) -> tuple[str, ...]:
    """The names of the readable fields on the way to a control. Raises NotFound."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    names: list[str] = []
    fields = {one.name: one for one in sight.readable}
    while parts:
        field = fields.get(parts.pop(0))
        if field is None:
            raise NotFound("There is no such field.")
        names.append(field.name)
        if field.kind == "rows":
            parts = parts[1:]
        fields = {one.name: one for one in field.fields}
    return tuple(names)
