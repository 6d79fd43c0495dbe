"""The site that is measured: people of 20 fields with rights, formulas and history, the staff they belong to, orders with a workflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LEVELS = ("normal", "silver", "gold", "vip")
TAGS = ("quiet", "early", "weekend", "family", "student")
SOURCES = ("online", "referral", "walk_in", "event")
CITIES = (
    "Shanghai", "Hangzhou", "Suzhou", "Nanjing", "Ningbo", "Wuxi", "Hefei", "Wuhan", "Chengdu", "Xiamen",
    "Berlin", "Hamburg", "Wien", "Zürich", "Paris", "Lyon", "Madrid", "Porto", "Milano", "Praha",
)  # fmt: skip
LISTED = ("name", "mobile", "level", "city", "advisor", "joined_on", "balance", "worth")
READER = "desk"  # who asks in every measurement: reads by a row rule and not every field, and writes

_SITE = """\
name: Bench
languages: [en, zh]
timezone: Asia/Shanghai
currency: CNY
region: CN
limits: {token: 0, address: 0}
roles:
  desk: {title: Desk}
  manager: {title: Manager}
"""
_WORKFLOW = """\
record: order
field: stage
initial: waiting
states:
  waiting: {title: Waiting, color: grey}
  closed: {title: Closed, color: green}
  gone: {title: Gone, final: true}
transitions:
  close:
    title: Close
    from: waiting
    to: closed
    roles: [desk]
    guard: "record.price >= 0.00"
    do: [{set: {note: "='closed ' + record.name"}}]
  reopen: {title: Reopen, from: closed, to: waiting, roles: [desk]}
  drop: {title: Drop, from: [waiting, closed], to: gone, roles: [desk]}
"""


def _decimal(title: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "string", "format": "decimal", "title": title, "x-field": {"precision": 14, "scale": 2, "currency": "CNY", **more},
    }  # fmt: skip


def _text(title: str, length: int, **more: Any) -> dict[str, Any]:
    return {"type": "string", "title": title, "maxLength": length, **more}


def _choice(title: str, values: tuple[str, ...], **more: Any) -> dict[str, Any]:
    return {"title": title, "oneOf": [{"const": one, "title": one.title()} for one in values], **more}


def _date(title: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "format": "date", "title": title, **more}


def _person() -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": _text("Name", 60),
        "mobile": {"type": "string", "format": "phone", "title": "Mobile", "x-field": {"unique": True}},
        "email": {"type": "string", "format": "email", "title": "E-mail"},
        "sex": _choice("Sex", ("female", "male")),
        "level": _choice("Level", LEVELS, default="normal"),
        "tags": {"type": "array", "uniqueItems": True, "title": "Tags", "items": {"enum": list(TAGS)}},
        "birth_date": _date("Date of birth"),
        "joined_on": _date("Joined", **{"x-field": {"index": True}}),
        "city": _text("City", 40),
        "street": _text("Street", 120),
        "source": _choice("Source", SOURCES),
        "points": {"type": "integer", "title": "Points", "minimum": 0},
        "balance": _decimal("Balance"),
        "rate": {"type": "string", "format": "decimal", "title": "Rate", "x-field": {"precision": 5, "scale": 2}},
        "agrees": {"type": "boolean", "title": "Agrees", "default": False},
        "advisor": {"type": "integer", "title": "Advisor", "x-field": {"references": "staff"}},
        "note": _text("Note", 2000),
        "secret": _text("For managers", 200, **{"x-field": {"read": ["manager"]}}),
        "age": {"type": "integer", "readOnly": True, "title": "Age", "x-field": {"compute": "year(today) - year(record.birth_date)"}},
        "worth": {**_decimal("Worth", compute="record.balance * record.rate", stored=True), "readOnly": True},
    }
    rule = "!isSet(record.birth_date) || record.birth_date <= today"
    return {
        "title": "Person",
        "type": "object",
        "required": ["name", "mobile"],
        "properties": fields,
        "x-record": {
            "plural": "People", "titleTemplate": "{name}", "list": list(LISTED), "search": ["name", "mobile"], "sort": ["name"],
            "indexes": [["city", "name"]],
            "validations": [{"name": "born", "rule": rule, "field": "birth_date", "message": "The date of birth lies in the future."}],
            "permissions": {
                "manager": {"read": True, "create": True, "write": True},
                READER: {"read": "record.level != 'vip' || record.agrees", "create": True, "write": "record.level != 'vip'"},
            },
        },
    }  # fmt: skip


def _staff() -> dict[str, Any]:
    fields = {"name": _text("Name", 60), "room": _text("Room", 20), "active": {"type": "boolean", "title": "Active", "default": True}}
    return {
        "title": "Colleague", "type": "object", "required": ["name"], "properties": fields,
        "x-record": {"titleTemplate": "{name}", "permissions": {READER: {"read": True}}},
    }  # fmt: skip


def _order() -> dict[str, Any]:
    fields = {"name": _text("Name", 60), "price": _decimal("Price"), "note": _text("Note", 200)}
    rights = {READER: {"read": True, "create": True, "write": True}}
    return {
        "title": "Order", "type": "object", "required": ["name"], "properties": fields,
        "x-record": {"titleTemplate": "{name}", "permissions": rights},
    }  # fmt: skip


def write(folder: Path) -> None:
    """The declarations, as files of a new site."""
    for name in ("schemas", "workflows"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(_SITE, encoding="utf-8")
    (folder / "workflows" / "order.yaml").write_text(_WORKFLOW, encoding="utf-8")
    for name, declared in (("person", _person()), ("staff", _staff()), ("order", _order())):
        text = json.dumps(declared, ensure_ascii=False, indent=1)
        (folder / "schemas" / f"{name}.json").write_text(text, encoding="utf-8")
