"""Inbox and outbox, as OpenAPI describes them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import (
    IDEMPOTENCY_KEY,
    INSTANT,
    VERSION,
    Wire,
    answered,
    closed,
    in_query,
    names,
    ref,
    refusals,
    sent,
)
from kartotek.engine.outbox import STATES
from kartotek.model.query import DEFAULT_LIMIT, MAX_LIMIT

_TEXT: Wire = {"type": "string"}
_NUMBER: Wire = {"type": "integer"}
_MESSAGE: Wire = {"name": "message", "in": "path", "required": True, "schema": VERSION}
_PAGED: list[Wire] = [
    in_query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
    in_query("cursor", _TEXT, "The `next` of the page before."),
]


def message_paths(*, is_owner: bool) -> Wire:
    """The paths of the caller's inbox, and for owners those of the outbox."""
    unread = in_query("unread", {"type": "boolean"}, "Only what is not read.")
    paths: Wire = {
        f"{ROOT}/inbox": {"get": _asking("inbox_list", "Your messages", "inbox", [unread, *_PAGED])},
        f"{ROOT}/inbox/read": {"post": _doing("inbox_read_all", "Mark all as read", _count("read"), [])},
        f"{ROOT}/inbox/{{message}}/read": {"post": _doing("inbox_read", "Mark one as read", _count("read"), [_MESSAGE])},
    }
    return paths | (_outbox_paths() if is_owner else {})


def message_schemas() -> Wire:
    """The component schemas of messages."""
    record = {"type": _TEXT, "id": VERSION, "title": _TEXT}
    entry = {
        "id": VERSION, "at": INSTANT, "read_at": _or_null(INSTANT), "subject": _or_null(_TEXT), "text": _or_null(_TEXT),
        "record": _or_null(closed(record, record)),
    }
    opening = {"by": {"type": "integer"}, "by_name": _TEXT, "reason": _TEXT, "until": INSTANT}
    told = closed(entry | {"opening": closed(opening, opening)}, entry)
    inbox = {"items": {"type": "array", "items": told}, "next": _or_null(_TEXT), "unread": _NUMBER}
    outbox = {"items": {"type": "array", "items": ref("kartotek.outgoing")}, "next": _or_null(_TEXT)}
    return {
        "kartotek.inbox": closed(inbox, inbox),
        "kartotek.outbox": closed(outbox, outbox),
        "kartotek.outgoing": _outgoing(),
    }


def _outbox_paths() -> Wire:
    state = names("state", "Only those in these states.", {"enum": [*STATES, ""]})
    held = {"release": ("released", "Send what was held because it is late"), "drop": ("dropped", "Never send what was held")}
    one = {"resend": "Send it once more", "drop": "Never send it"}
    return {
        f"{ROOT}/outbox": {"get": _asking("outbox_list", "What is sent, was sent or is not", "outbox", [state, *_PAGED], 403)},
        f"{ROOT}/outbox/{{message}}": {
            "get": _asking("outbox_get", "One of them, with what it would say now", "outgoing", [_MESSAGE], 403, 404)
        },
        **{
            f"{ROOT}/outbox/{verb}": {"post": _doing(f"outbox_{verb}_held", words, _count(done), [], 403)}
            for verb, (done, words) in held.items()
        },
        **{
            f"{ROOT}/outbox/{{message}}/{verb}": {
                "post": _doing(f"outbox_{verb}", words, ref("kartotek.outgoing"), [_MESSAGE], 403)
            }
            for verb, words in one.items()
        },
    }


def _asking(operation: str, words: str, schema: str, parameters: list[Wire], *more: int) -> Wire:
    return {
        "operationId": operation, "summary": words, "tags": ["messages"], "parameters": parameters,
        "responses": {"200": answered(words, ref(f"kartotek.{schema}")), **refusals(400, *more)},
    }


def _doing(operation: str, words: str, schema: Wire, parameters: list[Wire], *more: int) -> Wire:
    found = (404,) if parameters else ()
    return {
        "operationId": operation, "summary": words, "tags": ["messages"], "parameters": [*parameters, IDEMPOTENCY_KEY],
        "requestBody": sent(closed({}), required=False),
        "responses": {"200": answered(words, schema), **refusals(400, 409, 413, 415, 422, *found, *more)},
    }


def _outgoing() -> Wire:
    about = {"type": _TEXT, "id": VERSION, "version": VERSION}
    to = {"anyOf": [closed({"user": VERSION}, ["user"]), closed({"type": _TEXT, "id": VERSION}, ["type", "id"])]}
    entry = {"at": INSTANT, "code": _TEXT, "message": _TEXT, "params": {"type": "object"}}
    preview = closed({"subject": _TEXT, "text": _TEXT, "language": _TEXT, "body": _TEXT})
    properties = {
        "id": VERSION, "kind": {"enum": ["message", "webhook"]}, "record": closed(about, about), "state": {"enum": list(STATES)},
        "due": INSTANT, "meant_at": _or_null(INSTANT), "done_at": _or_null(INSTANT), "tries": _NUMBER,
        "reason": _or_null(_TEXT), "log": {"type": "array", "items": closed(entry, entry)},
    }
    optional = {
        "template": _TEXT, "channel": _TEXT, "to": to, "event": _TEXT, "endpoint": _TEXT, "preview": _or_null(preview),
    }
    return closed(properties | optional, properties)


def _count(name: str) -> Wire:
    return closed({name: _NUMBER}, [name])


def _or_null(schema: Wire) -> Wire:
    return {"anyOf": [schema, {"type": "null"}]}
