"""Suggestions, as OpenAPI describes them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import IDEMPOTENCY_KEY, INSTANT, RECORD_ID, VERSION, Wire, answered, closed, in_query, ref, refusals, sent
from kartotek.engine.sight import Sight

_TEXT: Wire = {"type": "string"}
_TEXTS: Wire = {"type": "array", "items": _TEXT}
_WHICH: Wire = {"name": "suggestion", "in": "path", "required": True, "schema": VERSION}


def suggesting_paths(name: str, sight: Sight) -> Wire:
    """The path at which this caller proposes values for records of the type, if he may propose any."""
    if not sight.proposable:
        return {}
    fields = {one: {"description": "As in the record."} for one in sorted(sight.proposable)}
    body = closed({"fields": closed(fields), "unset": _TEXTS, "comment": {"type": "string", "maxLength": 500}}, ["fields"])
    making: Wire = {
        "operationId": f"suggest_{name}", "summary": "Propose values that somebody else has to accept", "tags": [name],
        "parameters": [RECORD_ID, IDEMPOTENCY_KEY], "requestBody": sent(body),
        "responses": {"201": answered("It waits", closed({"id": VERSION}, ["id"])), **refusals(400, 403, 404, 409, 413, 415, 422)},
    }
    return {f"{ROOT}/records/{name}/{{id}}/suggestions": {"post": making}}


def suggestion_paths(types: list[str]) -> Wire:
    """What waits, and what becomes of it."""
    named: Wire = {"enum": types} if types else _TEXT
    parameters = [
        in_query("type", named, "Those of one type."), in_query("record", VERSION, "Those of one record, beside `type`."),
        in_query("cursor", _TEXT, "The `next` of the page before."), in_query("limit", {"type": "integer", "minimum": 1, "maximum": 500}),
    ]
    listing = {
        "operationId": "suggestions_list", "summary": "Proposed values that the caller made or may decide", "tags": ["site"],
        "parameters": parameters, "responses": {"200": answered("Suggestions", ref("kartotek.suggestions")), **refusals(400, 404)},
    }
    reason = closed({"reason": {"type": "string", "maxLength": 500}})
    return {
        f"{ROOT}/suggestions": {"get": listing},
        f"{ROOT}/suggestions/{{suggestion}}": {"delete": _ended("withdraw", "Take back one's own")},
        f"{ROOT}/suggestions/{{suggestion}}/accept": {"post": _ended("accept", "Set the values in the caller's name", closed({}))},
        f"{ROOT}/suggestions/{{suggestion}}/refuse": {"post": _ended("refuse", "Leave the record as it is", reason)},
    }


def suggestion_schemas() -> Wire:
    """What the list holds."""
    entry = {
        "id": VERSION, "type": _TEXT, "record_id": VERSION, "title": _TEXT, "fields": _TEXTS, "was": {"type": "object"},
        "now": {"type": "object"}, "comment": _TEXT, "by": VERSION, "by_name": _TEXT, "at": INSTANT,
        "mine": {"type": "boolean"}, "may_decide": {"type": "boolean"},
    }
    page = {"items": {"type": "array", "items": closed(entry, entry)}, "next": {"type": ["string", "null"]}}
    return {"kartotek.suggestions": closed(page, page)}


def _ended(name: str, summary: str, body: Wire | None = None) -> Wire:
    made: Wire = {
        "operationId": f"suggestion_{name}", "summary": summary, "tags": ["site"],
        "parameters": [_WHICH, *([IDEMPOTENCY_KEY] if body is not None else [])],
        "responses": {"204": answered("Done"), **refusals(400, 403, 404, 409, *((413, 415, 422) if body is not None else ()))},
    }
    return made | ({"requestBody": sent(body) | {"required": False}} if body is not None else {})
