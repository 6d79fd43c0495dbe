"""A neutral site in which orders must suit people: what a person avoids against what the items of an order contain."""

from __future__ import annotations

from typing import Any

from neutral_site import ALL, documents

STUFFS = {"type": "array", "uniqueItems": True, "items": {"oneOf": [{"const": "nut"}, {"const": "milk"}, {"const": "egg"}]}}
GUEST: dict[str, Any] = {
    "title": "Guest", "type": "object", "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 60}, "note": {"type": "string"},
        "avoids": {**STUFFS, "title": "Avoids", "x-field": {"read": ["clerk"]}},
        "barred": {"type": "boolean", "default": False},
        "is_barred": {"type": "boolean", "readOnly": True, "x-field": {"compute": "record.barred", "declassify": True}},
        "debt": {"type": "integer", "readOnly": True, "x-field": {"rollup": {"from": "debts", "fn": "sum", "field": "sum"}}},
    },
    "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": ALL, "helper": {"read": True}}},
}  # fmt: skip
DEBT: dict[str, Any] = {
    "title": "Debt", "type": "object",
    "properties": {"guest": {"type": "integer", "x-field": {"references": "guest", "inverse": "debts"}}, "sum": {"type": "integer"}},
    "x-record": {"permissions": {"clerk": ALL}},
}
DISH: dict[str, Any] = {
    "title": "Dish", "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 60}, "contains": STUFFS},
    "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": ALL, "helper": {"read": True}}},
}
MEAL: dict[str, Any] = {
    "title": "Meal", "type": "object",
    "properties": {
        "guest": {"type": "integer", "x-field": {"references": "guest", "inverse": "meals"}},
        "extra": {"type": "integer", "x-field": {"references": "dish", "onDelete": "setNull"}},
        "sides": {"type": "array", "uniqueItems": True, "items": {"type": "integer"},
                  "x-field": {"references": "dish", "onDelete": "setNull"}},
        "rows": {"type": "array", "items": {"type": "object", "properties": {
            "dish": {"type": "integer", "x-field": {"references": "dish"}}}}},
        "secret": {"type": "integer", "x-field": {"read": ["clerk"]}},
        "note": {"type": "string"},
    },
    "x-record": {
        "titleTemplate": "Meal {guest.name}",
        "permissions": {"clerk": ALL, "helper": {"read": "record.note == 'open'", "write": True}},
        "validations": [
            {"name": "suits", "rule": "record.rows.all(r, !overlaps(record.guest.avoids, r.dish.contains))",
             "message": {"en": "Something in it is avoided", "zh": "含有应避免的成分"}, "level": "confirm"},
            {"name": "extra_suits", "rule": "!overlaps(record.guest.avoids, record.extra.contains)", "message": "Not this extra",
             "field": "extra"},
            {"name": "welcome", "rule": "!record.guest.is_barred", "message": "Not welcome", "level": "warning"},
            {"name": "solvent", "rule": "record.guest.debts.all(d, d.sum < 100)", "message": "Owes too much", "field": "secret"},
        ],
    },
}  # fmt: skip
FLOW = """record: meal
initial: planned
states:
  planned: {title: {en: Planned, zh: 计划}}
  eaten: {title: {en: Eaten, zh: 已用}, final: true}
transitions:
  eat: {title: {en: Eat, zh: 用餐}, from: planned, to: eaten, roles: [clerk]}
"""


def suitable_documents(**changed: Any) -> dict[str, str]:
    """The site's documents."""
    found = documents(**{"guest": GUEST, "debt": DEBT, "dish": DISH, "meal": MEAL, **changed})
    return {**found, "workflows/meal.yaml": FLOW}
