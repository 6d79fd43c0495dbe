"""Operations on the records of one type, as OpenAPI describes them."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_availability import availability_paths
from kartotek.api.openapi_breaches import BROKEN, record_breach_paths
from kartotek.api.openapi_imports import export_paths
from kartotek.api.openapi_glass import glass_paths
from kartotek.api.openapi_suggestions import suggesting_paths
from kartotek.api.openapi_links import link_paths
from kartotek.api.openapi_parts import (
    ETAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    INSTANT,
    RECORD_ID,
    Wire,
    answered,
    closed,
    in_query,
    names,
    ref,
    refusals,
    sent,
)
from kartotek.api.openapi_people import consent_paths
from kartotek.api.openapi_timers import upcoming_paths
from kartotek.api.openapi_transitions import transition_paths
from kartotek.engine.sight import Sight
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.query import DEFAULT_LIMIT, MAX_LIMIT
from kartotek.model.settings import SiteSettings

_EXPAND = names(
    "expand", "References whose records to give along, as dotted paths.", {"type": "string", "pattern": "^[^,]*$"}
)
_TRASH = in_query("trash", {"type": "boolean"}, "Among deleted records.")
_TITLES = in_query("titles", {"type": "boolean"}, "Also give the titles of referenced records.")
_LIMIT = in_query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT})
_CURSOR = in_query("cursor", {"type": "string"}, "The `next` of the page before.")
_CHANGING = [RECORD_ID, IF_MATCH, IDEMPOTENCY_KEY]
_SYSTEM_VALUES = ("meta.id", "meta.version", "meta.created_at", "meta.updated_at")
_UNSORTABLE = ("list", "row", "json")
_WRITING = (400, 403, 404, 409, 413, 415, 422)


def type_paths(record_type: RecordType, sight: Sight, settings: SiteSettings) -> Wire:
    """{path: operations} of what the actor may do with this type."""
    name = record_type.name
    root = f"{ROOT}/records/{name}"
    basis = (412, 428) if settings.require_version else (412,)
    paths: Wire = {
        root: {"get": _listing(name, sight), "post": _create(name, sight) if sight.create else None},
        f"{root}/bulk": {"post": _bulk(record_type, sight, settings) if sight.create or sight.write else None},
        f"{root}/{{id}}": {
            "get": _get(name, sight),
            "patch": _update(name, basis) if sight.write else None,
            "delete": _delete(name, basis) if sight.delete else None,
        },
        f"{root}/{{id}}/restore": {"post": _restore(name) if sight.delete else None},
        f"{root}/{{id}}/history": {"get": _history(name)},
        **record_breach_paths(name),
        **glass_paths(name, sight),
        **suggesting_paths(name, sight),
        **consent_paths(record_type, sight),
        **availability_paths(record_type, sight),
        **export_paths(record_type, sight),
        **transition_paths(record_type, sight, settings),
        **link_paths(record_type, sight),
        **upcoming_paths(record_type, sight),
        f"{root}/{{id}}/files/{{file}}": {"get": _file(name) if _has_files(sight.readable) else None},
    }
    kept = {path: {verb: one for verb, one in verbs.items() if one} for path, verbs in paths.items()}
    return {path: verbs for path, verbs in kept.items() if verbs}


_CONDITIONS = (
    "field=value, field[operator]=value: all must hold. A path goes through references, rows and lists (`person.name[contains]=mia`, "
    "`lines.item=3`); lists of values have commas; `between` takes `first,last`, `relative` and `anniversary` a period such as "
    "`today`, `this-week`, `last-month`, `last-30-days`, `next-14-days`, in the site's zone."
)


def _operation(verb: str, name: str, summary: str, *, parameters: list[Wire], responses: Wire) -> Wire:
    made: Wire = {"operationId": f"{verb}_{name}", "summary": summary, "tags": [name]}
    return made | {"parameters": parameters, "responses": responses}


def _listing(name: str, sight: Sight) -> Wire:
    conditions = in_query("conditions", ref(f"{name}_conditions"), _CONDITIONS)
    parameters = [
        in_query("filter", {"type": "string"}, "A formula over `record` that must hold."),
        conditions | {"style": "form", "explode": True},
        in_query("search", {"type": "string"}),
        names("sort", "Fields to sort by, with - before one that descends.", {"enum": _sortable(sight.readable)}),
        _fields(sight),
        _EXPAND,
        _LIMIT,
        _CURSOR,
        in_query("count", {"const": "exact"}, "Also count all that match."),
        _TRASH,
        _TITLES,
        BROKEN,
    ]
    good = {"200": answered("A page of records", ref(f"{name}_page"))}
    return _operation("list", name, "List", parameters=parameters, responses=good | refusals(400, 403, 404))


def _create(name: str, sight: Sight) -> Wire:
    headers = {"Location": {"schema": {"type": "string"}, "required": True}, **ETAG}
    good = answered("The new record", _record(name), headers=headers)
    found = {"parameters": {"id": "$response.body#/id"}}
    verbs = ["get"] + ["update"] * sight.write + ["delete"] * sight.delete
    good["links"] = {verb: {"operationId": f"{verb}_{name}", **found} for verb in verbs}
    responses = {"201": good, **refusals(*_WRITING)}
    made = _operation("create", name, "Create", parameters=[IDEMPOTENCY_KEY], responses=responses)
    return made | {"requestBody": sent(ref(f"{name}_new"))}


def _get(name: str, sight: Sight) -> Wire:
    as_of = in_query("as_of", INSTANT, "The record as it was at this moment.")
    parameters = [RECORD_ID, _fields(sight), _EXPAND, as_of, _TRASH, _TITLES]
    good = {"200": answered("The record", _record(name), headers=ETAG)}
    return _operation("get", name, "Read", parameters=parameters, responses=good | refusals(400, 403, 404))


def _update(name: str, basis: tuple[int, ...]) -> Wire:
    good = {"200": answered("The record after the change", _record(name), headers=ETAG)}
    responses = good | refusals(*_WRITING, *basis)
    made = _operation("update", name, "Change", parameters=_CHANGING, responses=responses)
    return made | {"requestBody": sent(ref(f"{name}_change"))}


def _delete(name: str, basis: tuple[int, ...]) -> Wire:
    responses = {"204": answered("It is in the trash"), **refusals(400, 403, 404, 409, 422, *basis)}
    return _operation("delete", name, "Move to the trash", parameters=_CHANGING, responses=responses)


def _restore(name: str) -> Wire:
    good = {"200": answered("The restored record", _record(name), headers=ETAG)}
    responses = good | refusals(*_WRITING)
    parameters = [RECORD_ID, IDEMPOTENCY_KEY]
    made = _operation("restore", name, "Take out of the trash", parameters=parameters, responses=responses)
    return made | {"requestBody": sent(closed({}), required=False)}


def _history(name: str) -> Wire:
    page = closed(
        {"items": {"type": "array", "items": ref("kartotek.change")}, "next": {"type": ["string", "null"]}},
        ["items", "next"],
    )
    good = {"200": answered("Changes, newest first", page)}
    parameters = [RECORD_ID, _CURSOR, _LIMIT]
    return _operation("history", name, "History", parameters=parameters, responses=good | refusals(400, 404))


def _file(name: str) -> Wire:
    uuid = {"name": "file", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    thumbnail = in_query("thumbnail", {"type": "boolean"}, "A small image of it.")
    whole = {"description": "The file", "content": {"*/*": {}}}
    responses = {
        "200": whole,
        "206": {"description": "The range asked for", "content": {"*/*": {}}},
        "304": {"description": "If-None-Match names this file"},
        **refusals(400, 404, 416),
    }
    parameters = [RECORD_ID, uuid, thumbnail]
    return _operation("file", name, "Download a file", parameters=parameters, responses=responses)


def _bulk(record_type: RecordType, sight: Sight, settings: SiteSettings) -> Wire:
    name = record_type.name
    partial = in_query("partial", {"type": "boolean"}, "Keep the good records where others are refused.")
    parameters = [partial, IDEMPOTENCY_KEY]
    if keys := _keys(record_type, sight):
        parameters.append(in_query("on", {"enum": keys}, "A unique field by which records are found and changed."))
    basis = (428,) if settings.require_version else ()
    good = {"200": answered("One result a record, in their order", ref(f"{name}_results"))}
    responses = good | refusals(*_WRITING, *basis)
    made = _operation("bulk", name, "Create and change many", parameters=parameters, responses=responses)
    return made | {"requestBody": sent(ref(f"{name}_bulk"))}


def _record(name: str) -> Wire:
    return ref(f"{name}_record")


def _keys(record_type: RecordType, sight: Sight) -> list[str]:
    """The fields a row can be matched by: unique, readable, and sent with it."""
    alone = {one.fields[0] for one in record_type.unique if len(one.fields) == 1}
    sent = sight.creatable | sight.writable
    return [one.name for one in sight.readable if one.name in sent and (one.unique or one.name in alone)]


def _fields(sight: Sight) -> Wire:
    seen = dict.fromkeys(one.name for one in (*sight.readable, *sight.masked, *sight.flagged))
    shown = [name for name in seen if "," not in name]
    return names("fields", "Which fields to give; without it all.", {"enum": [*shown, ""]})


def _sortable(fields: Iterable[Field]) -> list[str]:
    """Field names and system values, upwards and downwards; "" is what an empty list looks like in an address."""
    sortable = [one for one in fields if kind_of(one).formula_type(one).name not in _UNSORTABLE and not one.encrypt]
    upwards = [*(one.name for one in sortable if "," not in one.name), *_SYSTEM_VALUES]
    return [*upwards, *(f"-{name}" for name in upwards), ""]


def _has_files(fields: Iterable[Field]) -> bool:
    return any(one.kind in ("file", "image", "files") or _has_files(one.fields) for one in fields)
