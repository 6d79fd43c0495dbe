"""Imports and exports, as OpenAPI describes them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_breaches import BROKEN
from kartotek.api.openapi_parts import INSTANT, VERSION, Wire, answered, closed, content, in_query, names, ref, refusals, sent
from kartotek.engine.sight import Sight
from kartotek.model.catalog import RecordType

_TEXT: Wire = {"type": "string"}
_COUNT: Wire = {"type": "integer", "minimum": 0}
_OBJECT: Wire = {"type": "object"}
_STATUSES = ["received", "preparing", "prepared", "refused", "committing", "committed", "undoing", "undone", "stopped"]
_WHICH: Wire = {
    "name": "which", "in": "path", "required": True, "schema": _TEXT,
    "description": "The record type where a file is sent, else the number of the import.",
}
_LIMIT = in_query("limit", {"type": "integer", "minimum": 1, "maximum": 500})
_FORMAT = in_query("format", {"enum": ["csv", "xlsx"], "default": "csv"})
_TABLE: Wire = {
    **content({"type": "string"}, "text/csv"),
    **content({"type": "string"}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_SENDING = (
    "CSV or XLSX, as a form with one part `file` or as the body beside `name`. Every row is tried and nothing is written; the "
    "answer says which rows are good, what is wrong with which cell of the others, and by which rules cells were read."
)


def import_paths() -> Wire:
    """The paths of imports; everybody sees his own."""
    one = f"{ROOT}/imports/{{which}}"
    return {
        f"{ROOT}/imports": {"get": _listing()},
        one: {
            "post": _send(),
            "get": _operation("import_get", "An import, its report and how far it is", {"200": _answer()}, 404),
            "patch": _operation("import_prepare", "Try the same file with other options", {"200": _answer()}, 403, 404, 409, 413, 415, 422)
            | {"requestBody": sent(closed({"options": ref("kartotek.import_options")}, ["options"]))},
            "delete": _operation("import_delete", "Forget an import that wrote nothing", {"204": answered("It is gone")}, 404, 409),
        },
        f"{one}/problems": {"get": _problems()},
        f"{one}/errors": {"get": _errors()},
        f"{one}/commit": {"post": _work("import_commit", "Take the good rows in")},
        f"{one}/undo": {"post": _work("import_undo", "Take all back that was written")},
    }


def import_schemas() -> Wire:
    """What they hold."""
    texts: Wire = {"type": "object", "additionalProperties": _TEXT}
    options = {
        "on": {"type": "string", "description": "A unique field by whose value rows change the records that are there."},
        "confirm": texts | {"description": "{rule: reason} to save in spite of rules that ask for one."},
        "mapping": texts | {"description": "{header or letter of a column: field, \"\" to leave it out}"},
        "sheet": _TEXT, "header_rows": {"type": ["integer", "null"], "minimum": 0, "maximum": 5}, "encoding": _TEXT,
        "delimiter": {"enum": ["", ",", ";", "\t", "|"]}, "date_order": {"enum": ["", "ymd", "dmy", "mdy"]},
        "decimal_comma": {"type": ["boolean", "null"]}, "today": _TEXT,
    }
    made = {
        "id": VERSION, "type": _TEXT, "name": _TEXT, "by": {"type": "integer"}, "at": INSTANT, "changed_at": INSTANT,
        "status": {"enum": _STATUSES}, "options": ref("kartotek.import_options"), "counts": _OBJECT,
        "error": {"anyOf": [_OBJECT, {"type": "null"}]}, "summary": _OBJECT,
    }
    cell = {name: _TEXT for name in ("cell", "column", "field", "value", "code", "message")} | {"params": _OBJECT}
    row = {
        "row": _COUNT, "phase": {"enum": ["check", "commit", "undo"]}, "problems": {"type": "array", "items": closed(cell, cell)},
    }
    return {
        "kartotek.import_options": closed(options),
        "kartotek.import": closed(made, made),
        "kartotek.import_row": closed(row, row),
    }


def export_paths(record_type: RecordType, sight: Sight) -> Wire:
    """{path: operation} of the file of all records that a list would show."""
    name = record_type.name
    parameters = [
        _FORMAT, in_query("language", _TEXT, "Of titles."), in_query("filter", _TEXT, "A formula over `record` that must hold."),
        in_query("search", _TEXT), names("sort", "Fields to sort by, with - before one that descends.", _TEXT),
        names("fields", "The fields to give.", {"enum": [one.name for one in sight.readable]} if sight.readable else _TEXT),
        BROKEN,
    ]
    good = {"200": {"description": "The file", "content": _TABLE}}
    operation: Wire = {
        "operationId": f"export_{name}", "summary": "All records as a spreadsheet", "tags": [name], "parameters": parameters,
        "responses": good | refusals(400, 403, 404, 413),
    }
    return {f"{ROOT}/records/{name}/export": {"get": operation}}


def _operation(verb: str, summary: str, good: Wire, *statuses: int) -> Wire:
    return {
        "operationId": verb, "summary": summary, "tags": ["imports"], "parameters": [_WHICH],
        "responses": good | refusals(400, *statuses),
    }


def _listing() -> Wire:
    page = closed({"items": {"type": "array", "items": ref("kartotek.import")}}, ["items"])
    return {
        "operationId": "imports_list", "summary": "Imports, newest first", "tags": ["imports"],
        "parameters": [in_query("before", VERSION, "The number of the last one seen."), _LIMIT],
        "responses": {"200": answered("Imports", page), **refusals(400, 404)},
    }


def _send() -> Wire:
    body = {
        "required": True,
        "content": {
            **content({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}, "multipart/form-data"),
            **content({"type": "string", "format": "binary"}, "application/octet-stream"),
        },
    }
    options = {
        "name": "options", "in": "query", "description": "JSON of what a person decides.",
        "content": content(ref("kartotek.import_options")),
    }
    location = {"Location": {"schema": _TEXT, "required": True}}
    good = {"201": answered("The dry run", ref("kartotek.import"), headers=location)}
    made = _operation("import_send", "Try a spreadsheet", good, 403, 404, 413, 415, 422)
    made["parameters"] = [_WHICH, in_query("name", _TEXT, "The file's name, where it is the body."), options]
    return made | {"description": _SENDING, "requestBody": body}


def _problems() -> Wire:
    page = closed({"items": {"type": "array", "items": ref("kartotek.import_row")}}, ["items"])
    made = _operation("import_problems", "Rows that were not taken in, or not taken back", {"200": answered("Rows", page)}, 404)
    made["parameters"] = [_WHICH, in_query("offset", _COUNT), _LIMIT]
    return made


def _errors() -> Wire:
    good = {"200": {"description": "The original cells and the reasons", "content": _TABLE}}
    made = _operation("import_errors", "The bad rows as a file that can be corrected and sent again", good, 404, 413)
    made["parameters"] = [_WHICH, _FORMAT]
    return made


def _work(verb: str, summary: str) -> Wire:
    made = _operation(verb, summary, {"202": _answer()}, 403, 404, 409, 413, 415)
    return made | {"requestBody": sent(closed({}), required=False)}


def _answer() -> Wire:
    return answered("The import", ref("kartotek.import"))
