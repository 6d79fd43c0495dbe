"""Previews: how a text that is being typed will look, cleaned as on the record's page."""

from __future__ import annotations

from flask import request

from kartotek.errors import NotFound
from kartotek.web.lists import sight_of
from kartotek.web.visitor import actor
from kartotek.web.vocabulary import rendered_markdown

_LONGEST = 200_000


def preview(type_name: str) -> str:
    """`POST /r/<type>/preview` with `path` and `text`: a part of a page. Writes nothing."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in request.form.get("path", "").split("/")[1:]]
    fields = {one.name: one for one in sight_of(actor(), type_name).readable}
    field = fields.get(parts[0]) if parts else None
    if field is not None and field.fields and len(parts) > 1:
        field = next((one for one in field.fields if one.name == parts[-1]), None)
    if field is None or field.kind != "markdown":
        raise NotFound("There is no such field.")
    return str(rendered_markdown(field, request.form.get("text", "")[:_LONGEST]))
