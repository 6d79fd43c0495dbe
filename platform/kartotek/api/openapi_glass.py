"""The part of the OpenAPI document about records that are opened in an emergency, and of values that are seen in part."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import IDEMPOTENCY_KEY, INSTANT, RECORD_ID, Wire, answered, closed, refusals, sent
from kartotek.engine.sight import Sight

_TEXT: Wire = {"type": "string"}


def glass_paths(name: str, sight: Sight) -> Wire:
    """The path at which this caller opens a record of the type, if he may open any."""
    if not sight.opens:
        return {}
    reason = closed({"reason": {"type": "string", "minLength": 3, "maxLength": 500}}, ["reason"])
    told = closed({"until": INSTANT, "as": _TEXT}, ["until", "as"])
    opening: Wire = {
        "operationId": f"break_glass_{name}",
        "summary": "Read this record for a while as another role does, in an emergency",
        "tags": [name],
        "parameters": [RECORD_ID, IDEMPOTENCY_KEY],
        "requestBody": sent(reason),
        "responses": {"200": answered("It is open; others have been told", told), **refusals(400, 403, 404, 409, 413, 415, 422)},
    }
    ending: Wire = {
        "operationId": f"end_glass_{name}", "summary": "End that before its time", "tags": [name], "parameters": [RECORD_ID],
        "responses": {"204": answered("It is not open any more"), **refusals(400, 403, 404)},
    }
    return {f"{ROOT}/records/{name}/{{id}}/break-glass": {"post": opening, "delete": ending}}


def partly_shown(sight: Sight) -> Wire:
    """What an envelope has besides its fields for a caller who sees some of them masked, or whether they have a value."""
    masked: Wire = closed({one.name: _TEXT | {"description": "A mask of the value."} for one in sight.masked})
    flags: Wire = closed({one.name: {"type": "boolean", "description": "Whether there is a value."} for one in sight.flagged})
    return ({"masked": masked} if sight.masked else {}) | ({"flags": flags} if sight.flagged else {})
