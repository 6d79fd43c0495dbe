"""Transitions of one type, as OpenAPI describes them: what can be done now, and an operation for each."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import (
    ETAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    RECORD_ID,
    VERSION,
    Wire,
    answered,
    closed,
    reasons_schema,
    ref,
    refusals,
    sent,
)
from kartotek.engine.sight import Sight
from kartotek.kinds.registry import kind_of
from kartotek.kinds.schema import with_null
from kartotek.model.catalog import RecordType
from kartotek.model.settings import SiteSettings
from kartotek.model.workflow import Transition

_TEXT: Wire = {"type": "string"}
_TRUTH: Wire = {"type": "boolean"}
_TEXTS: Wire = {"type": "array", "items": _TEXT}
_INSTANT_OR_NULL: Wire = {"type": ["string", "null"], "format": "date-time"}


def transition_paths(record_type: RecordType, sight: Sight, settings: SiteSettings) -> Wire:
    """{path: operations} of what moves records of this type, as far as the actor may run it in some record."""
    if record_type.workflow is None:
        return {}
    name = record_type.name
    root = f"{ROOT}/records/{name}/{{id}}/transitions"
    runs = {
        f"{root}/{one.name}": {"post": _run(name, one, settings)}
        for one in record_type.workflow.transitions.values() if one.name in sight.transitions
    }
    return {root: {"get": _list(name)}} | runs


def transition_schemas(record_type: RecordType, sight: Sight, language: str) -> Wire:
    """{component name: schema} of what may be sent with each transition."""
    workflow = record_type.workflow
    transitions = workflow.transitions.values() if workflow is not None else ()
    return {
        _component(record_type.name, one): _dialog(record_type, one, sight, language)
        for one in transitions if one.name in sight.transitions
    }


def transition_list() -> Wire:
    """The schema of the answer to what can be done now."""
    entry = {
        "name": _TEXT, "title": _TEXT, "to": _TEXT, "to_title": _TEXT, "color": _TEXT, "allowed": _TRUTH,
        "blockers": {"type": "array", "items": ref("kartotek.problem_entry")}, "fields": _TEXTS, "require": _TEXTS,
        "confirm": _TRUTH, "comment": {"enum": ["", "optional", "required"]}, "timer": _TRUTH,
    }
    items = {"type": "array", "items": closed(entry | {"due": _INSTANT_OR_NULL}, entry)}
    return closed({"items": items}, ["items"])


def type_workflow() -> Wire:
    """The schema of what a type's description says of its states and transitions."""
    state = {
        "name": _TEXT, "title": _TEXT, "color": _TEXT, "final": _TRUTH, "initial": _TRUTH, "editable": _TRUTH,
    }
    transition = {
        "name": _TEXT, "title": _TEXT, "from": _TEXTS, "to": _TEXT, "allowed": _TRUTH, "timer": _TRUTH,
    }
    states, transitions = ({"type": "array", "items": closed(one, one)} for one in (state, transition))
    properties = {"field": _TEXT, "states": states, "transitions": transitions}
    return closed(properties, properties)


def _list(name: str) -> Wire:
    return {
        "operationId": f"transitions_{name}",
        "summary": "What can be done now, and why not",
        "tags": [name],
        "parameters": [RECORD_ID],
        "responses": {"200": answered("Transitions from its state", ref("kartotek.transitions")), **refusals(400, 404)},
    }


def _run(name: str, transition: Transition, settings: SiteSettings) -> Wire:
    basis = (412, 428) if settings.require_version else (412,)
    good = answered("The record after it", {"anyOf": [ref(f"{name}_record"), ref("kartotek.written")]}, headers=ETAG)
    return {
        "operationId": f"run_{name}__{transition.name}",
        "summary": transition.label(settings.languages[0]),
        "tags": [name],
        "parameters": [RECORD_ID, IF_MATCH, IDEMPOTENCY_KEY],
        "requestBody": sent(ref(_component(name, transition)), required=False),
        "responses": {"200": good, **refusals(400, 403, 404, 409, 413, 415, 422, *basis)},
    }


def _component(name: str, transition: Transition) -> str:
    return f"{name}.{transition.name}_run"


def _dialog(record_type: RecordType, transition: Transition, sight: Sight, language: str) -> Wire:
    seen = {one.name: one for one in sight.readable}
    fields = [seen.get(name, record_type.by_name[name]) for name in transition.fields if name in sight.writable]
    properties = {one.name: _field(kind_of(one).json_schema(one), one.label(language)) for one in fields}
    removable = [one.name for one in fields if not one.required and one.name not in transition.require]
    unset: Wire = {"type": "array", "items": {"enum": removable}} if removable else {"type": "array", "maxItems": 0}
    return closed({
        "fields": closed(properties), "unset": unset, "version": with_null(VERSION),
        "comment": {"type": "string", "maxLength": 2000},
        "confirm": reasons_schema(record_type),
    })


def _field(schema: Wire, title: str) -> Wire:
    return with_null(schema) | ({"title": title} if "title" not in schema else {})
