"""Timers, as OpenAPI describes them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import (
    IDEMPOTENCY_KEY,
    INSTANT,
    RECORD_ID,
    VERSION,
    Wire,
    answered,
    closed,
    in_query,
    ref,
    refusals,
    sent,
)
from kartotek.api.timers import STATES
from kartotek.engine.sight import Sight
from kartotek.model.catalog import RecordType
from kartotek.model.query import DEFAULT_LIMIT, MAX_LIMIT

_TEXT: Wire = {"type": "string"}


def timer_paths(*, is_owner: bool) -> Wire:
    """The paths of the whole site's timers, which are the owner's."""
    if not is_owner:
        return {}
    listing: Wire = {
        "operationId": "timers_list", "summary": "What is still to happen by itself, or what failed", "tags": ["timers"],
        "parameters": [
            in_query("state", {"enum": list(STATES)}, "Those still to come, or those that failed (default: waiting)."),
            in_query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
            in_query("cursor", _TEXT, "The `next` of the page before."),
        ],
        "responses": {"200": answered("Timers", ref("kartotek.timers")), **refusals(400, 403)},
    }
    retry: Wire = {
        "operationId": "timer_retry", "summary": "Try one that failed again at once", "tags": ["timers"],
        "parameters": [{"name": "timer", "in": "path", "required": True, "schema": VERSION}, IDEMPOTENCY_KEY],
        "requestBody": sent(closed({}), required=False),
        "responses": {"200": answered("The timer", ref("kartotek.timer")), **refusals(400, 403, 404, 409, 413, 415, 422)},
    }
    return {f"{ROOT}/timers": {"get": listing}, f"{ROOT}/timers/{{timer}}/retry": {"post": retry}}


def upcoming_paths(record_type: RecordType, sight: Sight) -> Wire:
    """The path of what is to happen to a record."""
    if record_type.workflow is None:
        return {}
    name = record_type.name
    listing: Wire = {
        "operationId": f"timers_{name}", "summary": "What is to happen by itself", "tags": [name], "parameters": [RECORD_ID],
        "responses": {"200": answered("The earliest first", ref("kartotek.upcoming")), **refusals(400, 404)},
    }
    return {f"{ROOT}/records/{name}/{{id}}/timers": {"get": listing}}


def timer_schemas() -> Wire:
    """The component schemas of timers."""
    timer = {
        "id": VERSION, "type": _TEXT, "record_id": {"anyOf": [VERSION, {"type": "null"}]}, "name": _TEXT, "title": _TEXT,
        "due": INSTANT, "meant_at": INSTANT, "failures": {"type": "integer"}, "error": _TEXT, "dead": {"type": "boolean"},
    }
    entry = {"what": {"enum": ["transition", "schedule", "clock"]}, "name": _TEXT, "title": _TEXT, "due": INSTANT}
    following = {"anyOf": [_TEXT, {"type": "null"}]}
    return {
        "kartotek.timer": closed(timer, timer),
        "kartotek.timers": closed({"items": {"type": "array", "items": ref("kartotek.timer")}, "next": following}, ["items", "next"]),
        "kartotek.upcoming": closed({"items": {"type": "array", "items": closed(entry, entry)}}, ["items"]),
    }
