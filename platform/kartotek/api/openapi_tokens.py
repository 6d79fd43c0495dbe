"""What the OpenAPI document holds about tokens, for those who may make them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import IDEMPOTENCY_KEY, INSTANT, VERSION, Wire, answered, closed, ref, refusals, sent
from kartotek.model.catalog import ACTIONS

_TEXT: Wire = {"type": "string"}
_NAMES: Wire = {"type": "array", "items": _TEXT}


def token_paths() -> Wire:
    """List, make, end."""
    secret = {"allOf": [ref("kartotek.token"), {"properties": {"secret": _TEXT}, "required": ["secret"]}]}
    location = {"Location": {"schema": _TEXT, "required": True}}
    wanted = {"name": {"type": "string", "minLength": 1}, "user_id": _or_null(VERSION), "expires": _or_null(INSTANT), "scope": _or_null(_scope())}
    listing = {
        "operationId": "tokens_list",
        "summary": "The tokens, without their secrets",
        "tags": ["tokens"],
        "responses": {"200": answered("The tokens", closed({"items": {"type": "array", "items": ref("kartotek.token")}}, ["items"])), **refusals(400, 403)},
    }
    add = {
        "operationId": "token_add",
        "summary": "Make a token; its secret is in this answer alone",
        "tags": ["tokens"],
        "parameters": [IDEMPOTENCY_KEY],
        "requestBody": sent(closed(wanted, ["name"])),
        "responses": {"201": answered("The token", secret, headers=location), **refusals(400, 403, 409, 413, 415, 422)},
    }
    revoke = {
        "operationId": "token_revoke",
        "summary": "End a token at once",
        "tags": ["tokens"],
        "parameters": [{"name": "token", "in": "path", "required": True, "schema": VERSION}],
        "responses": {"204": answered("It has ended"), **refusals(400, 403, 404)},
    }
    return {f"{ROOT}/tokens": {"get": listing, "post": add}, f"{ROOT}/tokens/{{token}}": {"delete": revoke}}


def token_schema() -> Wire:
    """A token as it is told."""
    properties = {
        "id": VERSION, "name": _TEXT, "user_id": VERSION, "scope": _or_null(_scope()), "created_at": INSTANT, "created_by": {"type": "integer"},
        "expires_at": _or_null(INSTANT), "used_at": _or_null(INSTANT), "revoked_at": _or_null(INSTANT),
    }  # fmt: skip
    return {"type": "object", "required": list(properties), "properties": properties}


def _scope() -> Wire:
    actions = {"type": "array", "items": {"enum": list(ACTIONS)}}
    return closed({"types": _or_null(_NAMES), "actions": _or_null(actions), "fields": {"type": "object", "additionalProperties": _NAMES}}) | {
        "description": "What the token is limited to; outside it everything is as if it were not there."
    }


def _or_null(schema: Wire) -> Wire:
    return {"anyOf": [schema, {"type": "null"}]}
