"""Component schemas of one record type: what is read, what is sent to create and to change, lists and conditions."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.api.openapi_foreign import foreign_schemas
from kartotek.api.openapi_former import with_former
from kartotek.api.openapi_glass import partly_shown
from kartotek.api.openapi_parts import INSTANT, VERSION, Wire, closed, reasons_schema, ref
from kartotek.api.openapi_transitions import transition_schemas
from kartotek.engine.sight import Sight
from kartotek.kinds.registry import kind_of
from kartotek.kinds.schema import is_demanded, with_null
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.settings import SiteSettings

_BY: Wire = {"type": ["integer", "null"]}
_TEXT: Wire = {"type": "string"}
_PART: Wire = {"type": "object", "additionalProperties": True, "description": "What is to be another; the whole is judged."}


_STATUSES = (
    "created", "updated", "unchanged", "invalid", "conflict", "forbidden", "not_found", "precondition_required",
)


def type_schemas(record_type: RecordType, sight: Sight, settings: SiteSettings) -> Wire:
    """{component name: schema} of all that the actor can read or send of this type."""
    name, language = record_type.name, settings.languages[0]
    made: Wire = {
        f"{name}_fields": closed({one.name: _shown(one, language) for one in sight.readable if not one.write_only}),
        f"{name}_record": _envelope(record_type, partly_shown(sight)),
        f"{name}_page": _page(ref(f"{name}_record")),
        f"{name}_conditions": _conditions(sight.readable),
    }
    seen = {one.name: one for one in sight.readable}  # without the members that are not for this reader
    fields = [seen.get(one.name, one) for one in record_type.fields]
    creatable = [one for one in fields if sight.create and one.name in sight.creatable]
    writable = [one for one in fields if sight.write and one.name in sight.writable]
    if record_type.foreign:
        made |= foreign_schemas(record_type)
    if sight.create:
        required = [one.name for one in creatable if is_demanded(one)]
        new = with_former({one.name: _new(one, language) for one in creatable}, creatable)
        made.setdefault(f"{name}_new_fields", closed(new, required))
        made[f"{name}_new"] = closed(
            {"fields": ref(f"{name}_new_fields"), "confirm": reasons_schema(record_type)}, ["fields"]
        )
    if sight.write:
        made[f"{name}_change_fields"] = (
            closed(with_former({one.name: _changed(one, language) for one in writable}, writable)) if not record_type.foreign else _PART
        )
        made[f"{name}_change"] = closed({"fields": ref(f"{name}_change_fields"), **_beside(record_type, writable)})
    if sight.create or sight.write:
        sent = {one.name: one for one in (*creatable, *writable)}
        made |= _bulk(record_type, list(sent.values()), settings)
    return made | transition_schemas(record_type, sight, language)


_SOMETIMES = ("state", "deleted_at", "expanded", "titles", "warnings", "masked", "flags")


def _envelope(record_type: RecordType, partly: Wire) -> Wire:
    name = record_type.name
    written = with_null(INSTANT) if record_type.builtin else INSTANT  # who may log in is not recorded here as a change
    properties = {
        "id": VERSION,
        "type": {"const": name},
        "version": VERSION,
        "state": _state(record_type),
        "created_at": written,
        "created_by": _BY,
        "updated_at": written,
        "updated_by": _BY,
        "deleted_at": INSTANT,
        "title": _TEXT,
        "fields": ref(f"{name}_fields"),
        **partly,
        "expanded": {"type": "object"},
        "titles": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _TEXT}},
        "warnings": {"type": "array", "items": ref("kartotek.problem_entry")},
    }
    return closed(properties, [key for key in properties if key not in _SOMETIMES])


def _state(record_type: RecordType) -> Wire:
    """Not an enumeration: a record as it was long ago stands in a state that may have another name today."""
    return _TEXT | ({"examples": list(record_type.workflow.states)} if record_type.workflow is not None else {})


def _page(item: Wire) -> Wire:
    properties = {
        "items": {"type": "array", "items": item},
        "next": {"type": ["string", "null"], "description": "Send it as `cursor` for what follows."},
        "count": {"type": "integer", "minimum": 0},
    }
    return closed(properties, ["items", "next"])


def _conditions(fields: Iterable[Field]) -> Wire:
    """`field=text` and `field[operator]=text`; what is reached through references comes under dotted names."""
    properties: Wire = {}
    for one in fields:
        for operator in kind_of(one).operators(one):
            properties[one.name if operator == "eq" else f"{one.name}[{operator}]"] = _TEXT
            for alias in one.aliases:
                properties[alias if operator == "eq" else f"{alias}[{operator}]"] = _TEXT | {"deprecated": True}
    return {"type": "object", "properties": properties, "additionalProperties": _TEXT}


def _bulk(record_type: RecordType, fields: list[Field], settings: SiteSettings) -> Wire:
    """Which fields a row needs depends on whether it creates or changes, so here it may have those of either."""
    name = record_type.name
    known = with_former({one.name: _changed(one, settings.languages[0]) for one in fields}, fields)
    sent = closed(known) if not record_type.foreign else _PART
    row = closed({"id": VERSION, "fields": sent, **_beside(record_type, fields)})
    result = {
        "status": {"enum": list(_STATUSES)},
        "record": {"anyOf": [ref(f"{name}_record"), ref("kartotek.written")]},
        "problems": {"type": "array", "items": ref("kartotek.problem_entry")},
    }
    rows = {"type": "array", "maxItems": settings.limits.bulk, "items": row}
    return {
        f"{name}_bulk": closed({"records": rows}, ["records"]),
        f"{name}_results": closed({"results": {"type": "array", "items": closed(result, ["status"])}}, ["results"]),
    }


def _beside(record_type: RecordType, fields: list[Field]) -> Wire:
    """What a change may carry beside its fields."""
    removable = [one.name for one in fields if not one.required]
    if record_type.foreign:
        return {"unset": {"type": "array", "items": _TEXT}, "version": with_null(VERSION), "confirm": reasons_schema(record_type)}
    unset: Wire = {"type": "array", "items": {"enum": removable}} if removable else {"type": "array", "maxItems": 0}
    return {"unset": unset, "version": with_null(VERSION), "confirm": reasons_schema(record_type)}


def _shown(one: Field, language: str) -> Wire:
    """A field as it is read. A derived one is null where it cannot be computed."""
    schema = _described(one, language, null=one.nullable or one.is_derived)
    return schema | ({"readOnly": True} if one.read_only or one.is_derived else {})


def _new(one: Field, language: str) -> Wire:
    return _described(one, language, null=one.nullable)


def _changed(one: Field, language: str) -> Wire:
    """A field of a change: null takes the value away where it need not be there."""
    return _described(one, language, null=one.nullable or not one.required)


def _described(one: Field, language: str, *, null: bool) -> Wire:
    schema = kind_of(one).json_schema(one)
    made = with_null(schema) if null else dict(schema)
    words = {"title": one.label(language), "description": one.help(language)}
    made |= {key: text for key, text in words.items() if text and key not in made}
    return made | ({"deprecated": True} if one.deprecated else {})
