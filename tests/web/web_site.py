"""A small site for the tests of the pages: every kind of field, a type with rows, and users of three roles."""

from __future__ import annotations

import json
from typing import Any

from process_site import process_documents

PASSWORD = "correct horse battery"
_ALL = {"read": True, "create": True, "write": True, "delete": True}


def _zh(title: str, **more: Any) -> dict[str, Any]:
    return {"zh": {"title": title, **more}}


PERSON: dict[str, Any] = {
    "title": "Person",
    "x-i18n": _zh("人员"),
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 60, "title": "Name", "x-i18n": _zh("姓名")},
        "level": {
            "title": "Level", "default": "normal", "x-i18n": _zh("等级", enum={"normal": "普通", "gold": "金卡"}),
            "oneOf": [{"const": "normal", "title": "Normal"}, {"const": "gold", "title": "Gold", "x-color": "#d97706"}],
        },
        "member": {"type": "boolean", "default": False, "title": "Member", "x-i18n": _zh("会员")},
        "number": {
            "type": "string", "maxLength": 20, "title": "Member number", "x-i18n": _zh("会员号"),
            "x-field": {"showIf": "record.member", "requiredIf": "record.member"},
        },
        "email": {"type": "string", "format": "email", "title": "E-mail", "x-field": {"unique": True}},
        "phone": {"type": "string", "format": "phone", "title": "Phone"},
        "secret": {"type": "string", "title": "Secret", "x-field": {"read": ["manager"], "write": ["manager"]}},
        "note": {"type": "string", "contentMediaType": "text/markdown", "title": "Note"},
    },
    "x-record": {
        "plural": "People",
        "icon": "users",
        "titleTemplate": "{name}",
        "list": ["name", "level", "email", "phone"],
        "search": ["name", "email"],
        "sort": ["name"],
        "permissions": {"manager": _ALL, "clerk": {"read": True, "create": True, "write": True}},
    },
}  # fmt: skip
ITEM: dict[str, Any] = {
    "title": "Item",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 60, "title": "Name"},
        "price": {"type": "string", "format": "decimal", "title": "Price", "x-field": {"precision": 10, "scale": 2}},
    },
    "x-record": {
        "titleTemplate": "{name}", "search": ["name"], "sort": ["name"], "list": ["name", "price"],
        "permissions": {"manager": _ALL, "clerk": {"read": True}},
    },
}  # fmt: skip
ORDER: dict[str, Any] = {
    "title": "Order",
    "x-i18n": _zh("订单"),
    "type": "object",
    "required": ["person", "lines"],
    "properties": {
        "number": {"type": "string", "readOnly": True, "title": "No.", "x-field": {"autoNumber": "O-{0000}", "unique": True}},
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "person", "inverse": "orders"}},
        "lines": {
            "type": "array", "minItems": 1, "maxItems": 20, "title": "Lines",
            "items": {
                "type": "object", "required": ["item"], "additionalProperties": False,
                "properties": {
                    "item": {"type": "integer", "title": "Item", "x-field": {"references": "item"}},
                    "qty": {"type": "integer", "minimum": 1, "default": 1, "title": "Quantity"},
                    "price": {"type": "string", "format": "decimal", "title": "Price", "x-field": {"precision": 10, "scale": 2}},
                    "cost": {"type": "integer", "title": "Purchase cost", "x-field": {"read": ["manager"], "write": ["manager"]}},
                },
            },
        },
        "total": {
            "type": "integer", "readOnly": True, "title": "Pieces",
            "x-field": {"rollup": {"from": "lines", "fn": "sum", "field": "qty"}, "stored": True},
        },
    },
    "x-record": {
        "plural": "Orders", "titleTemplate": "{number} {person.name}", "list": ["number", "person", "total"], "search": ["number"],
        "sort": ["-number"], "permissions": {"manager": _ALL, "clerk": {"read": True, "create": True, "write": True}},
    },
}  # fmt: skip
SAMPLE: dict[str, Any] = {
    "title": "Sample",
    "type": "object",
    "properties": {
        "former": {"type": "string", "title": "Former", "deprecated": True},
        "text": {"type": "string", "maxLength": 200, "title": "Text"},
        "long": {"type": "string", "maxLength": 2000, "title": "Long", "x-field": {"widget": "textarea"}},
        "mark": {"type": "string", "contentMediaType": "text/markdown", "title": "Markdown"},
        "whole": {"type": "integer", "title": "Whole"},
        "float": {"type": "number", "title": "Float"},
        "money": {"type": "string", "format": "decimal", "title": "Money", "x-field": {"precision": 12, "scale": 2, "currency": "CNY"}},
        "maybe": {"type": "boolean", "title": "Maybe"},
        "yes": {"type": "boolean", "default": False, "title": "Yes"},
        "day": {"type": "string", "format": "date", "title": "Day"},
        "feast": {"type": "string", "format": "month-day", "title": "Feast"},
        "clock": {"type": "string", "format": "time", "title": "Clock"},
        "moment": {"type": "string", "format": "date-time", "title": "Moment"},
        "span": {"type": "string", "format": "duration", "title": "Span"},
        "one": {"oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}], "title": "One"},
        "radio": {"oneOf": [{"const": 1, "title": "First"}, {"const": 2, "title": "Second"}], "title": "Radio", "x-field": {"widget": "radio"}},
        "many": {
            "type": "array", "uniqueItems": True, "title": "Many",
            "items": {"oneOf": [{"const": "x", "title": "X"}, {"const": "y", "title": "Y"}]},
        },
        "mail": {"type": "string", "format": "email", "title": "Mail"},
        "phone": {"type": "string", "format": "phone", "title": "Phone"},
        "link": {"type": "string", "format": "uri", "title": "Link"},
        "uuid": {"type": "string", "format": "uuid", "title": "Uuid"},
        "color": {"type": "string", "format": "color", "title": "Colour"},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5, "title": "Stars", "x-field": {"widget": "rating"}},
        "file": {"type": "string", "format": "uuid", "title": "File", "x-field": {"file": {"accept": [".txt"], "maxSize": "1MB"}}},
        "image": {"type": "string", "format": "uuid", "title": "Image", "x-field": {"file": {"accept": ["image/*"]}, "widget": "image"}},
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "person"}},
        "people": {
            "type": "array", "uniqueItems": True, "title": "People", "items": {"type": "integer"}, "x-field": {"references": "person"},
        },
        "place": {
            "type": "object", "title": "Place",
            "properties": {"city": {"type": "string", "title": "City"}, "street": {"type": "string", "title": "Street"}},
        },
        "rows": {
            "type": "array", "title": "Rows",
            "items": {
                "type": "object", "additionalProperties": False,
                "properties": {"label": {"type": "string", "title": "Label"}, "done": {"type": "boolean", "title": "Done"}},
            },
        },
        "json": {"title": "Json", "type": "array", "items": {"type": "integer"}},
        "owner": {"type": "integer", "title": "Owner", "x-field": {"references": "user"}},
    },
    "x-record": {"titleTemplate": "{text}", "search": ["text"], "permissions": {"manager": _ALL}},
}  # fmt: skip
BILL: dict[str, Any] = {
    "title": "Bill",
    "type": "object",
    "properties": {
        "place": {
            "type": "object", "title": "Place",
            "properties": {
                "city": {"type": "string", "title": "City"},
                "street": {"type": "string", "title": "Street", "x-field": {"showIf": "isSet(record.place.city)"}},
                "zip": {"type": "string", "title": "Zip", "x-field": {"requiredIf": "record.place.city == 'Bern'"}},
            },
        },
        "lines": {
            "type": "array", "title": "Lines",
            "items": {
                "type": "object", "additionalProperties": False,
                "properties": {
                    "price": {"type": "string", "format": "decimal", "title": "Price", "x-field": {"precision": 10, "scale": 2, "currency": "CNY"}},
                    "qty": {"type": "integer", "minimum": 1, "default": 1, "title": "Quantity"},
                    "amount": {
                        "type": "string", "format": "decimal", "title": "Amount", "readOnly": True,
                        "x-field": {"precision": 12, "scale": 2, "currency": "CNY", "compute": "row.price * row.qty", "stored": True},
                    },
                    "reason": {"type": "string", "title": "Reason", "x-field": {"showIf": "row.qty > 10", "requiredIf": "row.qty > 10"}},
                    "code": {"type": "string", "title": "Code", "x-field": {"readOnlyIf": "isSet(row.code)"}},
                },
            },
        },
        "total": {
            "type": "string", "format": "decimal", "title": "Total", "readOnly": True,
            "x-field": {"precision": 14, "scale": 2, "currency": "CNY", "rollup": {"from": "lines", "fn": "sum", "field": "amount"}, "stored": True},
        },
    },
    "x-record": {"titleTemplate": "{total}", "permissions": {"manager": _ALL}},
}  # fmt: skip
SITE = """\
name: {en: Test site, zh: 测试站点}
languages: [en, zh]
timezone: Asia/Shanghai
currency: CNY
branding: {color: "#6d28d9"}
region: CN
roles:
  manager: {title: {en: Manager, zh: 经理}}
  clerk: {title: {en: Clerk, zh: 文员}}
"""
TYPES = {"person": PERSON, "item": ITEM, "order": ORDER, "sample": SAMPLE, "bill": BILL}


def documents(**types: Any) -> dict[str, str]:
    """The site's files."""
    wanted = {**TYPES, **types}
    return {"site.yaml": SITE, **process_documents(), **{f"schemas/{name}.json": json.dumps(one, ensure_ascii=False) for name, one in wanted.items()}}
