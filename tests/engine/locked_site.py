"""A neutral site with rules that can be overridden or only warn, with records that freeze, and with entries."""

from __future__ import annotations

from typing import Any

from neutral_site import ALL, documents

TICKET: dict[str, Any] = {
    "title": "Ticket", "type": "object", "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 60},
        "size": {"type": "integer", "title": "Size", "default": 1},
        "note": {"type": "string", "title": "Note"},
        "secret": {"type": "integer", "title": "Secret", "x-field": {"read": ["clerk"], "write": ["clerk"]}},
        "done": {"type": "boolean", "title": "Done", "default": False},
        "folder": {"type": "integer", "title": "Folder", "x-field": {
            "references": "folder", "onDelete": "cascade", "inverse": "tickets"}},
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "person", "onDelete": "setNull"}},
    },
    "x-record": {
        "frozenWhen": "record.done",
        "permissions": {"clerk": ALL, "helper": ALL},
        "validations": [
            {"name": "small", "rule": "record.size <= 10", "message": {"en": "That is large", "zh": "太大"},
             "field": "size", "level": "confirm"},
            {"name": "huge", "rule": "record.size <= 100", "message": "That is huge", "field": "size", "level": "confirm",
             "override": ["clerk"]},
            {"name": "noted", "rule": "isSet(record.note)", "message": "A note would help", "level": "warning"},
            {"name": "possible", "rule": "record.size >= 0", "message": "Less than nothing", "field": "size"},
            {"name": "quiet", "rule": "record.secret < 5", "message": "Too secret", "field": "secret", "level": "confirm"},
        ],
    },
}  # fmt: skip
FOLDER: dict[str, Any] = {
    "title": "Folder", "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 60},
        "sizes": {"type": "integer", "readOnly": True, "x-field": {
            "rollup": {"from": "tickets", "fn": "sum", "field": "size"}}},
    },
    "x-record": {"permissions": {"clerk": ALL, "helper": ALL}},
}  # fmt: skip
LEDGER: dict[str, Any] = {
    "title": "Ledger", "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 60},
        "remaining": {"type": "integer", "readOnly": True, "x-field": {
            "rollup": {"from": "postings", "fn": "sum", "field": "change"}}},
    },
    "x-record": {"permissions": {"clerk": ALL, "helper": {"read": True}}, "validations": [
        {"name": "covered", "rule": "record.remaining >= 0", "message": "Nothing is left"}]},
}  # fmt: skip
POSTING: dict[str, Any] = {
    "title": "Posting", "type": "object", "required": ["ledger", "change"],
    "properties": {
        "ledger": {"type": "integer", "x-field": {"references": "ledger", "onDelete": "cascade", "inverse": "postings"}},
        "change": {"type": "integer"},
        "kind": {"oneOf": [{"const": "sale"}, {"const": "reserve"}, {"const": "redeem"}, {"const": "refund"}]},
        "key": {"type": "string", "maxLength": 60, "x-field": {"unique": True}},
        "text": {"type": "string", "maxLength": 60},
    },
    "x-record": {"appendOnly": True, "permissions": {"clerk": ALL, "helper": ALL}},
}  # fmt: skip


def locked_documents(**changed: Any) -> dict[str, str]:
    """The site's documents."""
    return documents(**{"ticket": TICKET, "folder": FOLDER, "ledger": LEDGER, "posting": POSTING, **changed})
