"""What the OpenAPI document holds whatever the catalog: health, types, files, tokens and the problem document."""

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
    ref,
    refusals,
    sent,
)

_TEXT: Wire = {"type": "string"}
_NOTHING: Wire = {"type": "null"}


def fixed_paths(*, is_owner: bool) -> Wire:
    """The paths that every site has; tokens are for owners."""
    paths = {
        "/healthz": {"get": _open("healthz", "Whether this process lives", _health())},
        "/readyz": {"get": _open("readyz", "Whether records can be served", _readiness()) },
        f"{ROOT}/openapi.json": {"get": _simple("openapi_get", "This document", {"type": "object"})},
        f"{ROOT}/types": {"get": _simple("types_list", "The record types", closed({"items": _list("type")}, ["items"]))},
        f"{ROOT}/types/{{type}}": {"get": _type()},
        f"{ROOT}/files": {"post": _file()},
    }
    paths["/readyz"]["get"]["responses"] |= {"503": refusals()["503"]}
    return paths | (_token_paths() if is_owner else {})


def fixed_schemas() -> Wire:
    """The component schemas that every site has; their names have a dot, which no type's name can have."""
    return {
        "kartotek.problem": _problem(),
        "kartotek.type": {"type": "object", "required": ["name", "title"], "properties": {"name": _TEXT, "title": _TEXT}},
        "kartotek.file": closed(
            {"id": {"type": "string", "format": "uuid"}, "name": _TEXT, "type": _TEXT, "size": {"type": "integer"}},
            ["id", "name", "type", "size"],
        ),
        "kartotek.token": _token(),
        "kartotek.change": _change(),
    }


def _simple(operation: str, summary: str, schema: Wire, *, tag: str = "site") -> Wire:
    return {
        "operationId": operation,
        "summary": summary,
        "tags": [tag],
        "responses": {"200": answered(summary, schema), **refusals(400)},
    }


def _open(operation: str, summary: str, schema: Wire) -> Wire:
    responses = {"200": answered(summary, schema)}
    return {"operationId": operation, "summary": summary, "tags": ["site"], "security": [], "responses": responses}


def _health() -> Wire:
    return closed({"status": {"const": "ok"}, "version": _TEXT}, ["status", "version"])


def _readiness() -> Wire:
    catalog = closed({"version": {"type": "integer"}, "hash": _TEXT}, ["version", "hash"])
    return closed({"status": {"const": "ready"}, "version": _TEXT, "catalog": catalog}, ["status", "version", "catalog"])


def _type() -> Wire:
    operation = _simple("type_get", "One record type with its fields", ref("kartotek.type"))
    operation["parameters"] = [{"name": "type", "in": "path", "required": True, "schema": _TEXT}]
    operation["responses"] |= refusals(404)
    return operation


def _file() -> Wire:
    binary: Wire = {"schema": {}}
    form = {"schema": closed({"file": {"type": "string", "contentMediaType": "application/octet-stream"}}, ["file"])}
    return {
        "operationId": "file_send",
        "summary": "Send a file; it waits 24 hours for a record to name it",
        "tags": ["files"],
        "parameters": [in_query("name", _TEXT, "The file's name where the body is the file itself."), IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": {"multipart/form-data": form, "application/octet-stream": binary}},
        "responses": {"201": answered("The file is taken", ref("kartotek.file")), **refusals(400, 403, 409, 413, 415, 422)},
    }


def _token_paths() -> Wire:
    secret = {"allOf": [ref("kartotek.token"), {"properties": {"secret": _TEXT}, "required": ["secret"]}]}
    location = {"Location": {"schema": _TEXT, "required": True}}
    wanted = {"name": {"type": "string", "minLength": 1}, "user_id": _or_null(VERSION), "expires": _or_null(INSTANT)}
    listing = _simple("tokens_list", "The tokens, without their secrets", closed({"items": _list("token")}, ["items"]))
    listing["responses"] |= refusals(403)
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
    return {
        f"{ROOT}/tokens": {"get": listing | {"tags": ["tokens"]}, "post": add},
        f"{ROOT}/tokens/{{token}}": {"delete": revoke},
    }


def _problem() -> Wire:
    entry = closed(
        {"path": _TEXT, "code": _TEXT, "message": _TEXT, "params": {"type": "object"}}, ["path", "code", "message", "params"]
    )
    return closed(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": _TEXT,
            "status": {"type": "integer"},
            "code": _TEXT,
            "detail": _TEXT,
            "problems": {"type": "array", "items": entry},
            "request_id": _TEXT,
        },
        ["type", "title", "status", "code", "detail", "problems"],
    )


def _token() -> Wire:
    return {"type": "object", "required": ["id", "name"], "properties": {"id": VERSION, "name": _TEXT}}


def _change() -> Wire:
    entry = closed({"field": _TEXT, "was": {}, "now": {}}, ["field"])
    properties = {
        "id": {"type": "integer"},
        "version": {"type": "integer"},
        "action": {"enum": ["create", "update", "delete", "restore"]},
        "by": _or_null({"type": "integer"}),
        "by_name": _or_null(_TEXT),
        "at": INSTANT,
        "changes": {"type": "array", "items": entry},
    }
    return closed(properties, ["id", "version", "action", "at", "changes"])


def _list(name: str) -> Wire:
    return {"type": "array", "items": ref(f"kartotek.{name}")}


def _or_null(schema: Wire) -> Wire:
    return {"anyOf": [schema, _NOTHING]}
