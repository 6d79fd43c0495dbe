"""Conflicts, as OpenAPI describes them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import INSTANT, VERSION, Wire, answered, closed, in_query, ref, refusals

_TEXT: Wire = {"type": "string"}


def conflict_paths(types: list[str]) -> Wire:
    """The list of records that break a rule because something else has changed."""
    named: Wire = {"enum": types} if types else _TEXT
    parameters = [
        in_query("type", named, "Those of one type."), in_query("cursor", _TEXT, "The `next` of the page before."),
        in_query("limit", {"type": "integer", "minimum": 1, "maximum": 500}),
    ]
    listing = {
        "operationId": "conflicts_list", "summary": "Records that break a rule since something else changed",
        "tags": ["site"], "parameters": parameters,
        "responses": {"200": answered("Conflicts", ref("kartotek.conflicts")), **refusals(400, 404)},
    }
    return {f"{ROOT}/conflicts": {"get": listing}}


def conflict_schemas() -> Wire:
    """What the list holds."""
    entry = {
        "type": _TEXT, "id": VERSION, "title": _TEXT, "validation": _TEXT, "sentence": _TEXT, "field": _TEXT,
        "since": INSTANT,
    }
    page = {"items": {"type": "array", "items": closed(entry, entry)}, "next": {"type": ["string", "null"]}}
    return {"kartotek.conflicts": closed(page, page)}
