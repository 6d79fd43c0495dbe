"""The search for free times, as OpenAPI describes it, and the alternatives that a refusal offers."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.availability import MOST, USUAL
from kartotek.api.openapi_parts import VERSION, Wire, answered, closed, in_query, ref, refusals
from kartotek.engine.sight import Sight
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field

_MOMENT: Wire = {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}
_LENGTH: Wire = {"type": "string", "pattern": "^P(?=[0-9T])([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$"}
_WORDS = (
    "The nearest times at which everybody and everything a record would take is free. A key that is not named may be any "
    "record you can read; an empty one is left out. `filter.<key>` is a formula over the records the key may be, "
    "`given.<field>` says what another field will hold."
)


def availability_paths(record_type: RecordType, sight: Sight) -> Wire:
    """{path: operations} of a type whose records take time."""
    if not record_type.occupancy or not (sight.create or sight.write):
        return {}
    name = record_type.name
    parameters = [
        _needed("from", _MOMENT, "The earliest start."),
        _needed("to", _MOMENT, "The latest end, at most 93 days on."),
        _needed("duration", _LENGTH, "How long, without what is kept free before and after."),
        in_query("near", _MOMENT, "The start that would suit best; without it the earliest."),
        in_query("step", _LENGTH, "Times start on full steps of the clock. Usually PT15M."),
        in_query("except", VERSION, "A record that is to be moved: its own time counts as free, its keys stay."),
        in_query("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}),
        *(_key(one) for one in _keys(record_type, sight)),
    ]
    operation: Wire = {
        "operationId": f"availability_{name}", "summary": "Free times", "description": _WORDS, "tags": [name],
        "parameters": parameters,
        "responses": {
            "200": answered("Free times, the nearest first", closed({"items": {"type": "array", "items": ref("kartotek.slot")}}, ["items"])),
            **refusals(400, 403, 404),
        },
    }
    return {f"{ROOT}/records/{name}/availability": {"get": operation}}


def slot_schema() -> Wire:
    """The component schema of a free time."""
    keys: Wire = {"type": "object", "description": "{key field: who or what is free}"}
    return closed({"start": _MOMENT, "end": _MOMENT, "keys": keys}, ["start", "end", "keys"])


def _needed(name: str, schema: Wire, words: str) -> Wire:
    return in_query(name, schema, words) | {"required": True}


def _key(field: Field) -> Wire:
    member = VERSION if field.reference is not None else kind_of(field).json_schema(field)
    words = "Who or what it may be: any of these."
    return in_query(field.name, {"type": "array", "items": member}, words) | {"style": "form", "explode": True}


def _keys(record_type: RecordType, sight: Sight) -> list[Field]:
    """The key fields that the actor can read, each once."""
    readable = {one.name: one for one in sight.readable}
    found: dict[str, Field] = {}
    for occupancy in record_type.occupancy:
        rows = record_type.by_name.get(occupancy.rows)
        declared = {one.name for one in rows.fields} if rows is not None else set()
        inner = {one.name: one for one in readable[occupancy.rows].fields} if occupancy.rows in readable else {}
        for name in occupancy.key:
            field = inner.get(name) if name in declared else readable.get(name)
            if field is not None:
                found.setdefault(name, field)
    return list(found.values())
