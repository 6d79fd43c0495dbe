"""The audit, as OpenAPI describes it to those who may know it."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import INSTANT, Wire, answered, closed, in_query, ref, refusals
from kartotek.model.query import DEFAULT_LIMIT, MAX_LIMIT

_TEXT: Wire = {"type": "string"}
_NUMBER: Wire = {"type": "integer"}


def audit_paths(*, may_audit: bool) -> Wire:
    """The paths of the audit."""
    if not may_audit:
        return {}
    listing: Wire = {
        "operationId": "audit_list", "summary": "Who did and looked at what, newest first", "tags": ["audit"],
        "parameters": [
            in_query("user", {"type": "integer", "minimum": 0, "maximum": 10**15}, "The number of the user who did it."),
            in_query("action", _TEXT, "What was done, with commas between several, e.g. read,export."),
            in_query("type", _TEXT, "The type of a record that it is about."),
            in_query("id", {"type": "integer", "minimum": 0, "maximum": 10**15}, "The record's number; needs type."),
            in_query("since", {**_TEXT, "format": "date-time"}, "From this moment on."),
            in_query("until", {**_TEXT, "format": "date-time"}, "Before this moment."),
            in_query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
            in_query("cursor", {**_TEXT, "pattern": "^[0-9]{1,18}$"}, "The `next` of the page before."),
        ],
        "responses": {"200": answered("Entries", ref("kartotek.audit")), **refusals(400, 404)},
    }
    head: Wire = {
        "operationId": "audit_head", "summary": "The last entry, to be kept elsewhere", "tags": ["audit"],
        "responses": {"200": answered("The last entry", ref("kartotek.audit_head")), **refusals(400, 404)},
    }
    return {f"{ROOT}/audit": {"get": listing}, f"{ROOT}/audit/head": {"get": head}}


def audit_schemas() -> Wire:
    """The component schemas of the audit."""
    entry = {
        "seq": _NUMBER, "at": INSTANT, "by": _NUMBER, "name": _TEXT, "via": _TEXT, "action": _TEXT, "type": _TEXT,
        "id": {"anyOf": [_NUMBER, {"type": "null"}]}, "fields": {"type": "array", "items": _TEXT}, "body": {"type": "object"},
        "also": {"type": "array", "items": closed({"type": _TEXT, "id": _NUMBER}, ["type", "id"])},
        "session": _TEXT, "address": _TEXT, "request": _TEXT, "sentence": _TEXT,
    }
    following = {"anyOf": [_TEXT, {"type": "null"}]}
    head = {"seq": _NUMBER, "mac": _TEXT, "line": _TEXT}
    return {
        "kartotek.audit_entry": closed(entry, entry),
        "kartotek.audit": closed({"items": {"type": "array", "items": ref("kartotek.audit_entry")}, "next": following}, ["items", "next"]),
        "kartotek.audit_head": closed(head, head),
    }
