"""A small site for the tests of the API: three types, four users, and a client for each."""

from __future__ import annotations

import json
from typing import Any

PERSON = {
    "title": "Person",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 80},
        "email": {"type": "string", "format": "email", "x-field": {"unique": True}},
        "level": {"oneOf": [{"const": "low", "title": "Low"}, {"const": "high", "title": "High"}], "default": "low"},
        "born": {"type": "string", "format": "date"},
        "visits": {"type": "integer"},
        "score": {"type": "number"},
        "balance": {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 2}},
        "active": {"type": "boolean", "default": True},
        "seen_at": {"type": "string", "format": "date-time"},
        "address": {
            "type": "object",
            "properties": {"city": {"type": "string", "maxLength": 40}, "zip": {"type": "string", "maxLength": 10}},
        },
        "friend": {"type": "integer", "x-field": {"references": "person", "onDelete": "setNull", "inverse": "friends"}},
        "photo": {"type": "string", "format": "uuid", "x-field": {"file": {"accept": ["image/*"], "maxSize": "1MB"}}},
        "note": {"type": "string", "x-field": {"read": ["manager"], "write": ["manager"]}},
        "remark": {"type": ["string", "null"]},
        "motto": {"type": "string", "maxLength": 40, "x-field": {"access": {"clerk": "propose"}}},
    },
    "x-record": {
        "plural": "People",
        "titleTemplate": "{name}", "subject": True,
        "list": ["name", "email", "level"],
        "search": ["name", "email", "note"],
        "sort": ["name"],
        "breakGlass": {"roles": ["clerk"], "as": "manager", "notify": ["owner"]},
        "permissions": {
            "manager": {"read": True, "create": True, "write": True, "delete": True},
            "clerk": {"read": True, "create": True, "write": True, "delete": True},
            "reader": {"read": "record.active"},
        },
    },
}
ITEM = {
    "title": "Item",
    "type": "object",
    "required": ["code"],
    "properties": {
        "code": {"type": "string", "minLength": 1, "maxLength": 20, "x-field": {"unique": True}},
        "price": {"type": "string", "format": "decimal", "x-field": {"precision": 10, "scale": 2}},
        "cost": {
            "type": "string",
            "format": "decimal",
            "x-field": {"precision": 10, "scale": 2, "read": ["manager"], "write": ["manager"]},
        },
    },
    "x-record": {
        "titleTemplate": "{code}",
        "search": ["code"],
        "sort": ["code"],
        "permissions": {
            "manager": {"read": True, "create": True, "write": True, "delete": True},
            "clerk": {"read": True, "create": True, "write": True},
        },
    },
}
ORDER = {
    "title": "Order",
    "type": "object",
    "required": ["person"],
    "properties": {
        "number": {"type": "string", "readOnly": True, "x-field": {"autoNumber": "O-{0000}", "unique": True}},
        "person": {"type": "integer", "x-field": {"references": "person", "onDelete": "restrict", "inverse": "orders"}},
        "lines": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "type": "object",
                "required": ["item"],
                "properties": {
                    "item": {"type": "integer", "x-field": {"references": "item"}},
                    "quantity": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1},
                    "price": {"type": "string", "format": "decimal", "x-field": {"precision": 10, "scale": 2}},
                },
            },
        },
        "total": {
            "type": "string",
            "format": "decimal",
            "readOnly": True,
            "x-field": {"precision": 16, "scale": 2, "rollup": {"from": "lines", "fn": "sum", "field": "price"}},
        },
        "paid": {"type": "boolean"},
    },
    "x-record": {
        "titleTemplate": "{number} {person.name}",
        "sort": ["-number"],
        "validations": [
            {"name": "positive", "rule": "record.total >= 0.0", "message": "The total must not be negative."}
        ],
        "permissions": {
            "manager": {"read": True, "create": True, "write": True, "delete": True},
            "clerk": {"read": True, "create": True, "write": True, "delete": True},
        },
    },
}
SECRET = {
    "title": "Secret",
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "x-record": {"titleTemplate": "{text}"},
}
TASK = {
    "title": "Task",
    "type": "object",
    "required": ["title"],
    "properties": {
        "title": {"type": "string", "maxLength": 40},
        "effort": {"type": "integer", "minimum": 0, "maximum": 1000},
        "reason": {"type": "string", "maxLength": 40},
        "cost": {"type": "integer", "x-field": {"read": ["manager"], "write": ["manager"]}},
        "before": {"type": "integer", "x-field": {"references": "task", "inverse": "later"}},
        "starts": {"type": "string", "format": "date-time"},
        "ends": {"type": "string", "format": "date-time"},
    },
    "x-record": {
        "titleTemplate": "{title}",
        "sort": ["title"],
        "noOverlap": [{"key": ["before"], "start": "starts", "end": "ends"}],
        "permissions": {
            "manager": {"read": True, "create": True, "write": True, "delete": True},
            "clerk": {"read": True, "create": True, "write": True, "delete": True},
            "reader": {"read": "record.effort < 100"},
        },
    },
}
TASK_FLOW = """\
record: task
field: status
initial: open
states:
  open: {title: {en: Open, zh: 开}, color: blue}
  started: {title: {en: Started, zh: 开始}, edit: [manager]}
  done: {title: {en: Done, zh: 完成}, final: true}
transitions:
  start:
    title: {en: Start, zh: 开始}
    from: open
    to: started
    roles: [clerk, manager]
    require: [effort]
    ask: [reason]
    comment: optional
    guard: "record.effort > 0"
    message: {en: Say how much it takes, zh: 请说明工作量}
  finish:
    title: {en: Finish, zh: 完成}
    from: started
    to: done
    roles: [manager]
    ask: [cost]
    do:
      - create: {record: task, set: {title: "='after ' + record.title", before: =record}}
        if: "record.effort > 10"
  expire:
    title: {en: Expire, zh: 过期}
    from: open
    to: done
    after: P30D
"""
SITE = """\
name: Tests
languages: [en, zh]
timezone: Asia/Shanghai
region: CN
roles:
  manager: {title: Manager}
  clerk: {title: Clerk}
  reader: {title: Reader}
"""


def documents(**settings: Any) -> dict[str, str]:
    """The site's files; `settings` are further keys of site.yaml."""
    types = {"person": PERSON, "item": ITEM, "order": ORDER, "secret": SECRET, "task": TASK}
    files = {f"schemas/{name}.json": json.dumps(wire) for name, wire in types.items()}
    more = "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
    return files | {"site.yaml": SITE + more, "workflows/task.yaml": TASK_FLOW}
