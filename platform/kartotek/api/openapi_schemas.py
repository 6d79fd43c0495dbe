"""Component schemas of one record type: what is read, what is sent to create and to change, lists and conditions."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.api.openapi_parts import INSTANT, VERSION, Wire, closed, ref
from kartotek.engine.sight import Sight
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings

_BY: Wire = {"type": ["integer", "null"]}
_TEXT: Wire = {"type": "string"}


def type_schemas(record_type: RecordType, sight: Sight, settings: SiteSettings) -> Wire:
    """{component name: schema} of all that the actor can read or send of this type."""
    name = record_type.name
    made: Wire = {}
    if sight.read:
        made[f"{name}_fields"] = closed({one.name: _shown(one, settings) for one in sight.readable if not one.write_only})
        made[f"{name}_record"] = _envelope(name)
        made[f"{name}_page"] = _page(ref(f"{name}_record"))
        made[f"{name}_conditions"] = _conditions(sight.readable)
    writable = [one for one in record_type.fields if one.name in sight.writable]
    if sight.create:
        made[f"{name}_new_fields"] = _new(writable, settings)
        made[f"{name}_new"] = closed({"fields": ref(f"{name}_new_fields")}, ["fields"])
    if sight.write:
        made[f"{name}_change_fields"] = closed({one.name: _changed(one, settings) for one in writable})
        made[f"{name}_change"] = closed(_change(name, writable))
    if sight.create or sight.write:
        made |= _bulk(name, writable, sight, settings)
    return made


def _envelope(name: str) -> Wire:
    properties = {
        "id": VERSION,
        "type": {"const": name},
        "version": VERSION,
        "state": _TEXT,
        "created_at": INSTANT,
        "created_by": _BY,
        "updated_at": INSTANT,
        "updated_by": _BY,
        "deleted_at": INSTANT,
        "title": _TEXT,
        "fields": ref(f"{name}_fields"),
        "expanded": {"type": "object"},
        "titles": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _TEXT}},
    }
    return closed(properties, [key for key in properties if key not in ("state", "deleted_at", "expanded", "titles")])


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
    return {"type": "object", "properties": properties, "additionalProperties": _TEXT}


def _new(fields: list[Field], settings: SiteSettings) -> Wire:
    required = [one.name for one in fields if one.required and not _is_filled(one)]
    return closed({one.name: _sent(one, settings, null=one.nullable) for one in fields}, required)


def _is_filled(one: Field) -> bool:
    return one.default is not MISSING or one.default_expr is not None or one.fetch_from is not None


def _changed(one: Field, settings: SiteSettings) -> Wire:
    """A field of a change: null takes the value away where it need not be there."""
    return _sent(one, settings, null=one.nullable or not one.required)


def _change(name: str, fields: list[Field]) -> Wire:
    removable = [one.name for one in fields if not one.required]
    unset: Wire = {"type": "array", "items": {"enum": removable}} if removable else {"type": "array", "maxItems": 0}
    return {"fields": ref(f"{name}_change_fields"), "unset": unset, "version": {"anyOf": [VERSION, {"type": "null"}]}}


def _bulk(name: str, fields: list[Field], sight: Sight, settings: SiteSettings) -> Wire:
    """A row is checked as a creation or a change when it is met, so here its fields are those of either."""
    row = {"id": VERSION, **_change(name, fields), "fields": closed({one.name: _changed(one, settings) for one in fields})}
    result = {
        "status": _TEXT,
        "record": ref(f"{name}_record") if sight.read else {"type": "object"},
        "problems": {"type": "array", "items": {"type": "object"}},
    }
    rows = {"type": "array", "maxItems": settings.limits.bulk, "items": closed(row)}
    return {
        f"{name}_bulk": closed({"records": rows}, ["records"]),
        f"{name}_results": closed({"results": {"type": "array", "items": closed(result, ["status"])}}, ["results"]),
    }


def _shown(one: Field, settings: SiteSettings) -> Wire:
    schema = _sent(one, settings, null=one.nullable or one.is_derived)
    return schema | ({"readOnly": True} if one.read_only or one.is_derived else {})


def _sent(one: Field, settings: SiteSettings, *, null: bool) -> Wire:
    schema = kind_of(one).json_schema(one)
    made: Wire = {"anyOf": [schema, {"type": "null"}]} if null else dict(schema)
    language = settings.languages[0]
    words = {"title": one.label(language), "description": one.help(language)}
    made |= {key: text for key, text in words.items() if text and key not in made}
    return made | ({"deprecated": True} if one.deprecated else {})
