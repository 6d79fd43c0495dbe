"""Breaches, as OpenAPI describes them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import RECORD_ID, Wire, answered, closed, in_query, names, ref, refusals

_TEXT: Wire = {"type": "string"}
BROKEN = names(
    "broken", "Records that break a rule which is younger than they are: fields' paths and rules' names, or `*` for any.",
    {"type": "string", "pattern": "^[^,]*$"},
)


def breach_paths(types: list[str]) -> Wire:
    """How many records break what."""
    named: Wire = {"enum": types} if types else _TEXT
    listing = {
        "operationId": "breaches_count", "summary": "How many records break rules that are younger than they are",
        "tags": ["site"], "parameters": [in_query("type", named, "Those of one type.")],
        "responses": {"200": answered("Names of what is broken", ref("kartotek.breaches")), **refusals(400, 404)},
    }
    return {f"{ROOT}/breaches": {"get": listing}}


def record_breach_paths(name: str) -> Wire:
    """What one record breaks."""
    shown = {
        "operationId": f"breaches_{name}", "summary": "What it breaks of rules that are younger than it is", "tags": [name],
        "parameters": [RECORD_ID],
        "responses": {"200": answered("What it breaks", ref("kartotek.record_breaches")), **refusals(400, 404)},
    }
    return {f"{ROOT}/records/{name}/{{id}}/breaches": {"get": shown}}


def breach_schemas() -> Wire:
    """What the lists hold."""
    counted = {"type": _TEXT, "name": _TEXT, "title": _TEXT, "records": {"type": "integer", "minimum": 1}}
    found = {"name": _TEXT, "path": _TEXT, "code": _TEXT, "message": _TEXT, "params": {"type": "object"}}

    def items(entry: Wire) -> Wire:
        listed = {"items": {"type": "array", "items": closed(entry, entry)}}
        return closed(listed, listed)

    return {"kartotek.breaches": items(counted), "kartotek.record_breaches": items(found)}
