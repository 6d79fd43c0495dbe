"""The site's files and proposals to change them, as OpenAPI describes them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import IDEMPOTENCY_KEY, Wire, answered, closed, ref, refusals, sent

_TEXT: Wire = {"type": "string"}
_TEXTS: Wire = {"type": "object", "additionalProperties": _TEXT, "description": "{path within the site: text}"}
_TEXTS_OR_NONE: Wire = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
_PATH: Wire = {"type": "array", "items": {"type": ["string", "integer"]}}
_KEY: Wire = {"type": ["string", "integer", "null"]}
_REFUSALS = (400, 403, 409, 413, 415, 422)
_PROPOSAL: Wire = {
    "files": _TEXTS_OR_NONE | {"description": "Whole texts; null for a file that is to go."},
    "edits": {
        "type": "object", "additionalProperties": {"type": "array", "maxItems": 200, "items": ref("kartotek.edit")},
        "description": "Changes at paths, made in the text that was seen; all else in the file stays as it is.",
    },
    "seen": _TEXTS_OR_NONE | {"description": "The text of each file named, as it was seen; null where there was none."},
    "answers": ref("kartotek.catalog_answers"),
}


def catalog_file_paths() -> Wire:
    """The paths of all this, which are the owner's."""
    root = f"{ROOT}/catalog/files"
    return {
        root: {"get": {
            "operationId": "catalog_files", "summary": "The site's files as they stand in its folder", "tags": ["catalog"],
            "parameters": [], "responses": {"200": answered("The files", closed({"files": _TEXTS}, ["files"])), **refusals(400, 403, 409)},
        }},
        f"{root}/plan": {"post": {
            "operationId": "catalog_files_plan", "summary": "What changes of the files would do", "tags": ["catalog"],
            "description": "Nothing is written.", "parameters": [], "requestBody": sent(closed(_PROPOSAL)),
            "responses": {"200": answered("The plan", ref("kartotek.proposed")), **refusals(*_REFUSALS)},
        }},
        f"{root}/apply": {"post": {
            "operationId": "catalog_files_apply", "summary": "Write files and put them into service", "tags": ["catalog"],
            "description": "Both or neither; a file that is another than it was seen is never overwritten.",
            "parameters": [IDEMPOTENCY_KEY], "requestBody": sent(_applied()),
            "responses": {"200": answered("The change", ref("kartotek.change")), **refusals(*_REFUSALS)},
        }},
    }


def catalog_file_schemas() -> Wire:
    """The component schemas of all this."""
    proposed: Wire = {"plan": ref("kartotek.plan"), "files": _TEXTS_OR_NONE, "changes": _TEXTS}
    value: Wire = {"description": "Any JSON value."}
    return {
        "kartotek.proposed": closed(proposed, proposed),
        "kartotek.edit": {"oneOf": [
            closed({"set": _PATH, "value": value, "before": _KEY}, ["set", "value"]),
            closed({"insert": _PATH, "value": value, "before": {"type": ["integer", "null"]}}, ["insert", "value"]),
            closed({"remove": _PATH}, ["remove"]),
            closed({"rename": _PATH, "to": _TEXT}, ["rename", "to"]),
            closed({"move": _PATH, "before": _KEY}, ["move"]),
        ]},
    }


def _applied() -> Wire:
    names: Wire = {"type": "array", "items": _TEXT}
    return closed(_PROPOSAL | {"plan": _TEXT, "confirm": names, "reason": _TEXT}, ["plan"])
