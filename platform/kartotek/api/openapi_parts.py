"""Parts that many operations of the OpenAPI document share: parameters, refusals, references."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kartotek.model.catalog import RecordType

Wire = dict[str, Any]

_REFUSALS = {
    400: "The request cannot be read; `problems` says what is wrong with it.",
    401: "No valid token was sent.",
    403: "This token may not do this.",
    404: "There is nothing here, or nothing this token may know of.",
    409: "The request contradicts what is stored: another version, a taken value, records that still refer here.",
    412: "If-Match does not name the present version.",
    413: "More was sent than this site accepts.",
    415: "The body has a form that is not read here.",
    416: "The file has no such range.",
    422: "Values were refused; `problems` says which and why.",
    428: "This site asks for the version that a change is based on.",
    429: "This token, or this address, has sent too many requests; try again after Retry-After.",
    503: "The database is busy; try again after Retry-After.",
    507: "There is no room left on the server's disk; nothing was changed.",
}
_HEADS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}},
    429: {"Retry-After": {"schema": {"type": "string"}}},
    503: {"Retry-After": {"schema": {"type": "string"}}},
}
VERSION: Wire = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
INSTANT: Wire = {"type": "string", "format": "date-time"}
ETAG: Wire = {"ETag": {"description": "The version, in double quotes.", "schema": {"type": "string"}, "required": True}}
RECORD_ID: Wire = {"name": "id", "in": "path", "required": True, "schema": VERSION}
IF_MATCH: Wire = {
    "name": "If-Match",
    "in": "header",
    "description": 'Entity tags of the versions this change may be based on, such as "4"; * for any.',
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY: Wire = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A name for this request: sent again with the same name, it is answered again and not done again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}


def ref(name: str) -> Wire:
    """A reference to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema: Wire, media: str = "application/json") -> Wire:
    """The `content` of a body in one media type."""
    return {media: {"schema": schema}}


def sent(schema: Wire, *, required: bool = True) -> Wire:
    """A JSON request body."""
    return {"required": required, "content": content(schema)}


def answered(words: str, schema: Wire | None = None, *, headers: Wire | None = None) -> Wire:
    """A good answer."""
    made: Wire = {"description": words}
    if schema is not None:
        made["content"] = content(schema)
    return made | ({"headers": headers} if headers else {})


def refusals(*statuses: int) -> Wire:
    """The refusals an operation can answer with, by reference; 401, 429, 503 and 507 are everyone's."""
    wanted = sorted({*statuses, 401, 429, 503, 507})
    return {str(status): {"$ref": f"#/components/responses/refused_{status}"} for status in wanted}


def responses() -> Wire:
    """The component responses that `refusals` refers to."""
    made: Wire = {}
    for status, words in _REFUSALS.items():
        made[f"refused_{status}"] = {
            "description": words,
            "content": content(ref("kartotek.problem"), "application/problem+json"),
            **({"headers": _HEADS[status]} if status in _HEADS else {}),
        }
    return made


def in_query(name: str, schema: Wire, words: str = "") -> Wire:
    """A query parameter."""
    return {"name": name, "in": "query", "schema": schema} | ({"description": words} if words else {})


def names(name: str, words: str, item: Wire) -> Wire:
    """A query parameter that is a list with commas."""
    listed: Wire = {"type": "array", "uniqueItems": True, "items": item}
    return in_query(name, listed, words) | {"style": "form", "explode": False}


def closed(properties: Wire, required: Iterable[str] = ()) -> Wire:
    """The schema of an object that has no other properties."""
    made: Wire = {"type": "object", "properties": properties, "additionalProperties": False}
    return made | ({"required": list(required)} if tuple(required) else {})


def reasons_schema(record_type: RecordType) -> Wire:
    """{rule: reason} of the rules that can be overridden with one."""
    reason = {"type": "string", "minLength": 1, "maxLength": 500, "pattern": r"\S"}
    names = {one.name: reason for one in record_type.validations if one.level == "confirm"}
    return closed(names) | {"description": "Reasons to save in spite of rules that ask for one."}
