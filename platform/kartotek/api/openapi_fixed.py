"""What the OpenAPI document holds whatever the catalog: health, types, files, tokens and the problem document."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_breaches import breach_paths, breach_schemas
from kartotek.api.openapi_catalog import catalog_paths, catalog_schemas
from kartotek.api.openapi_catalog_files import catalog_file_paths, catalog_file_schemas
from kartotek.api.openapi_conflicts import conflict_paths, conflict_schemas
from kartotek.api.openapi_transitions import transition_list, type_workflow
from kartotek.api.openapi_availability import slot_schema
from kartotek.api.openapi_imports import import_paths, import_schemas
from kartotek.api.openapi_links import link_end, link_list
from kartotek.api.openapi_messages import message_paths, message_schemas
from kartotek.api.openapi_timers import timer_paths, timer_schemas
from kartotek.api.openapi_tokens import token_paths, token_schema
from kartotek.api.openapi_suggestions import suggestion_paths, suggestion_schemas
from kartotek.api.openapi_search import search_paths, search_schemas
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
_TRUTH: Wire = {"type": "boolean"}
_TEXTS: Wire = {"type": "array", "items": _TEXT}
_NOTHING: Wire = {"type": "null"}


def fixed_paths(types: list[str], *, is_owner: bool, may_tokens: bool) -> Wire:
    """The paths that every site has, as far as they are for whoever asks."""
    paths = {
        "/healthz": {"get": _open("healthz", "Whether this process lives", _health())},
        "/readyz": {"get": _open("readyz", "Whether records can be served", _readiness())},
        f"{ROOT}/openapi.json": {"get": _simple("openapi_get", "This document", {"type": "object"})},
        f"{ROOT}/types": {"get": _simple("types_list", "The record types", _items("type_entry"))},
        f"{ROOT}/types/{{type}}": {"get": _type_get(types)},
        f"{ROOT}/files": {"post": _file()},
        **link_end(),
        **conflict_paths(types),
        **breach_paths(types),
        **suggestion_paths(types),
        **search_paths(),
        **import_paths(),
    }
    paths["/readyz"]["get"]["responses"] |= {"503": refusals()["503"]}
    of_tokens = token_paths() if may_tokens else {}
    return paths | message_paths(is_owner=is_owner) | timer_paths(is_owner=is_owner) | of_tokens | _of_owners(is_owner)


def _of_owners(is_owner: bool) -> Wire:
    return catalog_paths() | catalog_file_paths() if is_owner else {}


def fixed_schemas() -> Wire:
    """The component schemas that every site has; their names have a dot, which no type's name can have."""
    written = {"id": VERSION, "type": _TEXT, "version": VERSION}
    warnings = {"type": "array", "items": ref("kartotek.problem_entry")}
    file = {"id": {"type": "string", "format": "uuid"}, "name": _TEXT, "type": _TEXT, "size": {"type": "integer"}}
    return {
        **conflict_schemas(),
        **breach_schemas(),
        **suggestion_schemas(),
        **catalog_schemas(),
        **catalog_file_schemas(),
        **search_schemas(),
        **import_schemas(),
        "kartotek.problem": _problem(),
        "kartotek.problem_entry": _problem_entry(),
        "kartotek.type_entry": _type_entry(),
        "kartotek.type": _type(),
        "kartotek.file": closed(file, file),
        "kartotek.token": token_schema(),
        "kartotek.change": _change(),
        "kartotek.slot": slot_schema(),
        "kartotek.transitions": transition_list(),
        "kartotek.links": link_list(),
        **message_schemas(),
        **timer_schemas(),
        "kartotek.written": closed({**written, "warnings": warnings}, written) | {"description": "A record that may be written and not read."},
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
    problem = {"place": _TEXT, "code": _TEXT, "severity": {"enum": ["error", "warning"]}}
    change = {"status": {"enum": ["accepted", "preparing"]}, "done": {"type": "integer"}, "total": {"type": "integer"}}
    properties = {
        "status": {"const": "ready"}, "version": _TEXT, "catalog": catalog,
        "problems": {"type": "array", "items": closed(problem, problem)}, "change": {"anyOf": [closed(change, change), _NOTHING]},
    }
    return closed(properties, properties)


def _type_get(types: list[str]) -> Wire:
    operation = _simple("type_get", "One record type with its fields", ref("kartotek.type"))
    operation["parameters"] = [{"name": "type", "in": "path", "required": True, "schema": {"enum": types}}]
    operation["responses"] |= refusals(404)
    return operation


def _file() -> Wire:
    binary: Wire = {"schema": {}}
    form = {"schema": closed({"file": {"type": "string", "contentMediaType": "application/octet-stream"}}, ["file"])}
    good = {"201": answered("The file is taken", ref("kartotek.file"))}
    return {
        "operationId": "file_send",
        "summary": "Send a file; it waits 24 hours for a record to name it",
        "tags": ["files"],
        "parameters": [in_query("name", _TEXT, "The file's name where the body is the file itself."), IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": {"multipart/form-data": form, "application/octet-stream": binary}},
        "responses": good | refusals(400, 403, 409, 413, 415, 422),
    }


def _problem() -> Wire:
    properties = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": _TEXT,
        "detail": _TEXT,
        "problems": _list("problem_entry"),
        "request_id": _TEXT,
        "alternatives": _list("slot"),  # free times, where one is taken
    }
    return closed(properties, [key for key in properties if key not in ("request_id", "alternatives")])


def _problem_entry() -> Wire:
    properties = {"path": _TEXT, "code": _TEXT, "message": _TEXT, "params": {"type": "object"}}
    return closed(properties, properties)


def _type_entry() -> Wire:
    properties = {"name": _TEXT, "title": _TEXT, "plural": _TEXT, "icon": _TEXT, "create": _TRUTH}
    return closed(properties, properties)


def _type() -> Wire:
    field = {
        "name": _TEXT, "kind": _TEXT, "title": _TEXT, "description": _TEXT, "required": _TRUTH, "nullable": _TRUTH,
        "creatable": _TRUTH, "writable": _TRUTH, "operators": _TEXTS, "schema": {"type": "object"}, "references": _TEXT,
    }
    actions = {"create": _TRUTH, "write": _TRUTH, "delete": _TRUTH}
    fields = {"type": "array", "items": closed(field, [key for key in field if key != "references"])}
    properties = {
        "name": _TEXT, "title": _TEXT, "plural": _TEXT, "description": _TEXT, "actions": closed(actions, actions),
        "list": _TEXTS, "fields": fields,
    }
    return closed(properties | {"workflow": type_workflow()}, properties)


def _change() -> Wire:
    entry = closed({"field": _TEXT, "was": {}, "now": {}}, ["field"])
    properties = {
        "id": {"type": "integer"},
        "version": {"type": "integer"},
        "action": {"enum": ["create", "update", "delete", "restore", "transition", "skipped", "migration"]},
        "by": {"type": "integer"},
        "by_name": _TEXT,
        "at": INSTANT,
        "changes": {"type": "array", "items": entry},
    }
    process = {
        "state_was": _or_null(_TEXT), "state_now": _or_null(_TEXT), "transition": _TEXT, "comment": _TEXT,
        "note": {"type": "object"},
    }
    return closed(properties | process, properties)


def _list(name: str) -> Wire:
    return {"type": "array", "items": ref(f"kartotek.{name}")}


def _items(name: str) -> Wire:
    return closed({"items": _list(name)}, ["items"])


def _or_null(schema: Wire) -> Wire:
    return {"anyOf": [schema, _NOTHING]}
