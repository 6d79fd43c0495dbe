"""The search in every type, as OpenAPI describes it."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import VERSION, Wire, answered, closed, in_query, ref, refusals

_TEXT: Wire = {"type": "string"}


def search_paths() -> Wire:
    """One address."""
    parameters = [
        in_query("q", _TEXT, "What is looked for; names, initials, pinyin, parts of numbers and codes."),
        in_query("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 5}, "How many of each type; more than 20 are never given."),
    ]
    searching = {
        "operationId": "search", "summary": "The best few records of each type in which a text is found",
        "tags": ["site"], "parameters": parameters,
        "responses": {"200": answered("What was found", ref("kartotek.found")), **refusals(400)},
    }
    return {f"{ROOT}/search": {"get": searching}}


def search_schemas() -> Wire:
    """What is found."""
    item = {"id": VERSION, "title": _TEXT}
    group = {
        "type": _TEXT, "title": _TEXT, "items": {"type": "array", "items": closed(item, item)}, "more": {"type": "boolean"},
    }
    found = {"groups": {"type": "array", "items": closed(group, group)}}
    return {"kartotek.found": closed(found, found)}
