"""The catalog's versions, plans and changes, as OpenAPI describes them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import IDEMPOTENCY_KEY, INSTANT, VERSION, Wire, answered, closed, in_query, ref, refusals, sent
from kartotek.model.plan import VERDICTS
from kartotek.model.query import DEFAULT_LIMIT, MAX_LIMIT

_TEXT: Wire = {"type": "string"}
_TEXTS: Wire = {"type": "array", "items": _TEXT}
_COUNT: Wire = {"type": "integer", "minimum": 0}
_SECONDS: Wire = {"type": "number", "minimum": 0}
_OBJECT: Wire = {"type": "object"}
_DOCUMENTS: Wire = {"type": "object", "additionalProperties": _TEXT, "description": "{path within the site: text}"}
_VERDICT: Wire = {"enum": list(VERDICTS)}
_BODY_REFUSALS = (400, 403, 409, 413, 415, 422)


def catalog_paths() -> Wire:
    """The paths of all this, which are the owner's."""
    root = f"{ROOT}/catalog"
    limit = in_query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT})
    return {
        root: {"get": _reading("catalog_show", "What is in service, with the text of its files", "kartotek.exported")},
        f"{root}/versions": {"get": _reading(
            "catalog_versions", "All versions, newest first", _items("kartotek.version"),
            parameters=[in_query("before", VERSION, "The number of the last one seen."), limit],
        )},
        f"{root}/versions/{{number}}": {"get": _reading(
            "catalog_version", "One version with its files, and what leads to it", "kartotek.version_whole",
            parameters=[_NUMBER, in_query("from", VERSION, "Also tell what leads to it from this other version.")],
        )},
        f"{root}/plan": {"post": _plan()},
        f"{root}/apply": {"post": _apply()},
        f"{root}/change": {"get": _reading("catalog_change", "The change that was asked for last", closed(
            {"change": {"anyOf": [ref("kartotek.change"), {"type": "null"}]}}, ["change"]
        ))},
        f"{root}/kept": {"get": _reading("catalog_kept", "What was removed and is still kept", _items("kartotek.kept"))},
    }


def catalog_schemas() -> Wire:
    """The component schemas of all this."""
    return {
        "kartotek.plan": _all(_PLAN), "kartotek.planned_step": _step(), "kartotek.change": _all(_CHANGE),
        "kartotek.version": _all(_VERSION), "kartotek.version_whole": _whole(), "kartotek.kept": _all(_KEPT),
        "kartotek.exported": _all({"version": VERSION, "hash": _TEXT, "documents": _DOCUMENTS}),
        "kartotek.catalog_answers": closed({"options": {
            "type": "object", "description": "{type.field: {old value: new value, null to empty it}}",
            "additionalProperties": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
        }}),
    }


def _reading(verb: str, summary: str, schema: str | Wire, *, parameters: list[Wire] | None = None) -> Wire:
    shown = ref(schema) if isinstance(schema, str) else schema
    return {
        "operationId": verb, "summary": summary, "tags": ["catalog"], "parameters": parameters or [],
        "responses": {"200": answered(summary, shown), **refusals(400, 403, 404)},
    }


def _plan() -> Wire:
    body = closed({
        "documents": _DOCUMENTS, "version": VERSION, "answers": ref("kartotek.catalog_answers"), "sql": {"type": "boolean"},
    })
    return {
        "operationId": "catalog_plan", "summary": "What changed files would do to the records", "tags": ["catalog"],
        "description": "Of the site's folder, unless documents or an earlier version are named. Nothing is changed.",
        "parameters": [], "requestBody": sent(body, required=False),
        "responses": {"200": answered("The plan", ref("kartotek.plan")), **refusals(404, *_BODY_REFUSALS)},
    }


def _apply() -> Wire:
    body = closed({
        "plan": _TEXT, "confirm": _TEXTS, "reason": _TEXT, "version": VERSION, "answers": ref("kartotek.catalog_answers"),
    }, ["plan"])
    location = {"Location": {"schema": _TEXT, "required": True}}
    return {
        "operationId": "catalog_apply", "summary": "Have done what a plan said", "tags": ["catalog"],
        "description": "With the files of the folder, or of an earlier version, which then go into the folder too.",
        "parameters": [IDEMPOTENCY_KEY], "requestBody": sent(body),
        "responses": {"202": answered("The change", ref("kartotek.change"), headers=location), **refusals(404, *_BODY_REFUSALS)},
    }


def _items(schema: str) -> Wire:
    return closed({"items": {"type": "array", "items": ref(schema)}}, ["items"])


def _all(properties: Wire) -> Wire:
    return closed(properties, properties)


def _step() -> Wire:
    sample = _all({"id": _COUNT, "title": _TEXT, "value": _TEXT, "problem": _TEXT, "type": _TEXT})
    finding = _all({
        "concerned": _COUNT, "failing": _COUNT, "altered": _COUNT, "returning": _COUNT, "sample": {"type": "array", "items": sample}, "broken": _TEXT,
    })
    told: Wire = {
        "number": VERSION, "type": _TEXT, "action": _TEXT, "verdict": _VERDICT, "words": _TEXT, "code": _TEXT, "params": _OBJECT,
        "path": _TEXTS, "former": _TEXTS, "file": _TEXT, "finding": {"anyOf": [finding, {"type": "null"}]}, "touches": _TEXTS,
        "confirm": _TEXT, "seconds": _SECONDS, "blocks": _SECONDS,
    }
    return closed(told | {"sql": _TEXTS}, told)


def _whole() -> Wire:
    properties = _VERSION | {"ids": _OBJECT, "documents": _DOCUMENTS}
    return closed(properties | {"plan": ref("kartotek.plan")}, properties)


_NUMBER: Wire = {"name": "number", "in": "path", "required": True, "schema": VERSION}
_QUESTION = _all({"type": _TEXT, "old": _TEXTS, "new": _TEXTS, "words": _TEXT})
_PLACE = _all({"file": _TEXT, "line": VERSION, "column": VERSION})
_PROBLEM = _all({
    "path": _TEXT, "code": _TEXT, "message": _TEXT, "params": _OBJECT, "place": {"anyOf": [_PLACE, {"type": "null"}]},
    "severity": {"enum": ["error", "warning", "note"]},
})
_PLAN: Wire = {
    "hash": _TEXT, "base": _COUNT, "verdict": _VERDICT, "counted": {"type": "boolean"}, "confirm": _TEXTS, "seconds": _SECONDS,
    "blocks": _SECONDS, "steps": {"type": "array", "items": ref("kartotek.planned_step")},
    "questions": {"type": "array", "items": _QUESTION}, "problems": {"type": "array", "items": _PROBLEM},
}
_CHANGE: Wire = {
    "id": _COUNT, "plan": _TEXT, "base": _COUNT, "status": {"enum": ["accepted", "preparing", "applied", "failed", "given_up"]},
    "version": {"anyOf": [VERSION, {"type": "null"}]}, "progress": _all({"step": _TEXT, "done": _COUNT, "total": _COUNT}),
    "reason": _TEXT, "by": _TEXT, "at": INSTANT, "changed_at": INSTANT, "backup": _TEXT,
    "error": {"anyOf": [_OBJECT, {"type": "null"}]},
}
_VERSION: Wire = {
    "version": VERSION, "hash": _TEXT, "at": INSTANT, "by": _TEXT, "reason": _TEXT, "steps": {"type": "array", "items": _OBJECT},
}
_KEPT: Wire = {
    "name": _TEXT, "type": _TEXT, "path": _TEXTS, "reason": {"enum": ["removed", "retyped"]}, "records": _COUNT, "version": _COUNT,
    "since": INSTANT, "until": INSTANT,
}
