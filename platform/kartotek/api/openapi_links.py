"""Personal links, as OpenAPI describes them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import INSTANT, RECORD_ID, VERSION, Wire, answered, closed, ref, refusals
from kartotek.engine.sight import Sight
from kartotek.model.catalog import RecordType

_TEXT: Wire = {"type": "string"}


def link_paths(record_type: RecordType, sight: Sight) -> Wire:
    """{path: operations} of the links that records of this type have."""
    if record_type.workflow is None or not sight.write:
        return {}
    name = record_type.name
    listing: Wire = {
        "operationId": f"links_{name}", "summary": "Personal links, without their addresses", "tags": [name],
        "parameters": [RECORD_ID],
        "responses": {"200": answered("Newest first", ref("kartotek.links")), **refusals(400, 403, 404)},
    }
    return {f"{ROOT}/records/{name}/{{id}}/links": {"get": listing}}


def link_end() -> Wire:
    """The path at which a link ends."""
    operation: Wire = {
        "operationId": "link_revoke", "summary": "End a personal link at once", "tags": ["links"],
        "parameters": [{"name": "link", "in": "path", "required": True, "schema": VERSION}],
        "responses": {"204": answered("It has ended"), **refusals(400, 403, 404)},
    }
    return {f"{ROOT}/links/{{link}}": {"delete": operation}}


def link_list() -> Wire:
    """The schema of a record's links."""
    entry = {
        "id": VERSION, "name": _TEXT, "transition": _TEXT, "created_at": INSTANT, "created_by": {"type": "integer"},
        "expires_at": INSTANT, "uses": {"type": "integer"}, "used": {"type": "integer"}, "active": {"type": "boolean"},
    }
    return closed({"items": {"type": "array", "items": closed(entry, entry)}}, ["items"])
