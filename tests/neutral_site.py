"""A small neutral site for tests: people, items, orders with lines, accounts with entries; and who uses it."""

from __future__ import annotations

import json
from typing import Any

from kartotek.model.actor import Actor

SITE = """name: {en: Workshop, zh: 工坊}
languages: [en, zh]
timezone: Asia/Shanghai
currency: CNY
region: CN
roles:
  clerk: {title: {en: Clerk, zh: 文员}}
  helper: {title: {en: Helper, zh: 助手}}
"""

OWNER = Actor(id=1, name="Olive", roles=frozenset({"owner"}))
CLERK = Actor(id=2, name="Clara", roles=frozenset({"clerk"}))
HELPER = Actor(id=3, name="Hugo", roles=frozenset({"helper"}))
STRANGER = Actor(id=4, name="Sam")

ALL = {"read": True, "create": True, "write": True, "delete": True}


def money(title: str, **more: Any) -> dict[str, Any]:
    """A decimal field of two places in the site's currency."""
    extension = {"precision": 12, "scale": 2, "currency": "CNY", **more.pop("x", {})}
    return {"type": "string", "format": "decimal", "title": title, "x-field": extension, **more}


PERSON = {
    "title": "Person", "type": "object", "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name", "minLength": 1, "maxLength": 60},
        "mobile": {"type": "string", "format": "phone", "title": "Mobile", "x-field": {"unique": True, "read": ["clerk"]}},
        "level": {"title": "Level", "default": "plain", "oneOf": [
            {"const": "plain", "title": "Plain"}, {"const": "gold", "title": "Gold"}, {"const": "tin", "title": "Tin", "deprecated": True}]},
        "tags": {"type": "array", "title": "Tags", "uniqueItems": True, "items": {"oneOf": [
            {"const": "a", "title": "A"}, {"const": "b", "title": "B"}]}},
        "note": {"type": ["string", "null"], "title": "Note"},
        "born": {"type": "string", "format": "date", "title": "Born"},
        "address": {"type": "object", "title": "Address", "properties": {
            "city": {"type": "string", "title": "City"}, "zip": {"type": "string", "title": "Zip"}}},
        "active": {"type": "boolean", "title": "Active", "default": True},
        "orders_count": {"type": "integer", "title": "Orders", "readOnly": True,
                         "x-field": {"rollup": {"from": "orders", "fn": "count"}}},
        "spent": money("Spent", readOnly=True, x={
            "rollup": {"from": "orders", "fn": "sum", "field": "total", "where": "item.paid"}, "read": ["clerk"]}),
        "late": {"type": "boolean", "title": "Late", "readOnly": True, "x-field": {"compute": "year(record.born) >= 2000"}},
        "age": {"type": "integer", "title": "Age", "readOnly": True, "x-field": {"compute": "year(today) - year(record.born)"}},
    },
    "x-record": {
        "titleTemplate": "{name}", "list": ["name", "level"], "search": ["name", "mobile"], "sort": ["name"],
        "permissions": {
            "clerk": ALL,
            "helper": {"read": "record.active == true", "write": "record.active == true"},
        },
    },
}
ITEM = {
    "title": "Item", "type": "object", "required": ["name", "price"],
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 60},
        "price": money("Price"),
        "on_sale": {"type": "boolean", "title": "On sale", "default": True},
    },
    "x-record": {"titleTemplate": "{name}", "list": ["name", "price"], "search": ["name"], "sort": ["name"],
                 "permissions": {"clerk": ALL, "helper": {"read": True}}},
}
ORDER = {
    "title": "Order", "type": "object", "required": ["person", "lines"],
    "properties": {
        "number": {"type": "string", "title": "No.", "readOnly": True,
                   "x-field": {"autoNumber": "OR-{yyyy}-{0000}", "unique": True}},
        "person": {"type": "integer", "title": "Person", "x-field": {
            "references": "person", "onDelete": "restrict", "inverse": "orders"}},
        "starts_at": {"type": "string", "format": "date-time", "title": "Start"},
        "ends_at": {"type": "string", "format": "date-time", "title": "End"},
        "paid": {"type": "boolean", "title": "Paid", "default": False},
        "seen_by": {"type": "array", "title": "Seen by", "uniqueItems": True, "items": {"type": "integer"},
                    "x-field": {"references": "person", "onDelete": "setNull"}},
        "lines": {"type": "array", "title": "Lines", "minItems": 1, "items": {
            "type": "object", "required": ["item", "quantity"], "properties": {
                "item": {"type": "integer", "title": "Item", "x-field": {"references": "item", "filter": "item.on_sale"}},
                "price": money("Price", x={"fetchFrom": "item.price"}),
                "quantity": {"type": "integer", "title": "Quantity", "default": 1, "minimum": 1, "maximum": 999},
                "amount": money("Amount", readOnly=True, x={"compute": "row.price * row.quantity", "stored": True}),
            }}},
        "total": money("Total", readOnly=True, x={"rollup": {"from": "lines", "fn": "sum", "field": "amount"}}),
        "reason": {"type": "string", "title": "Reason", "x-field": {"requiredIf": "record.total > 1000.0"}},
        "locked": {"type": "string", "title": "Locked", "x-field": {"readOnlyIf": "record.paid"}},
    },
    "x-record": {
        "titleTemplate": "{number} {person.name}", "list": ["number", "person", "total"], "sort": ["-starts_at"],
        "validations": [{"name": "order_of_times", "rule": "record.ends_at > record.starts_at",
                         "message": "The end must be after the start", "field": "ends_at"}],
        "permissions": {"clerk": ALL, "helper": {"read": "record.person.active == true"}},
    },
}
ACCOUNT = {
    "title": "Account", "type": "object", "required": ["code"],
    "properties": {
        "code": {"type": "string", "title": "Code", "x-field": {"unique": True}},
        "remaining": {"type": "integer", "title": "Remaining", "readOnly": True,
                      "x-field": {"rollup": {"from": "entries", "fn": "sum", "field": "change"}}},
    },
    "x-record": {"titleTemplate": "{code}", "permissions": {"clerk": ALL},
                 "validations": [{"name": "covered", "rule": "record.remaining >= 0", "message": "Nothing is left"}]},
}
ENTRY = {
    "title": "Entry", "type": "object", "required": ["account", "change"],
    "properties": {
        "account": {"type": "integer", "title": "Account", "x-field": {
            "references": "account", "onDelete": "cascade", "inverse": "entries"}},
        "change": {"type": "integer", "title": "Change"},
    },
    "x-record": {"permissions": {"clerk": ALL}},
}
TYPES: dict[str, dict[str, Any]] = {
    "person": PERSON, "item": ITEM, "order": ORDER, "account": ACCOUNT, "entry": ENTRY,
}


def documents(**changed: dict[str, Any]) -> dict[str, str]:
    """The site's documents, some types replaced or added."""
    types = TYPES | changed
    return {"site.yaml": SITE} | {f"schemas/{name}.json": json.dumps(one, indent=1) for name, one in types.items()}
