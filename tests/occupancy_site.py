"""A small site with places, helpers and stays: what may be taken how often at a time."""

from __future__ import annotations

import json
from typing import Any

from kartotek.model.actor import Actor

SITE = """
name: Occupancy
languages: [en]
timezone: Europe/Berlin
roles:
  clerk: {title: Clerk}
  guest: {title: Guest}
"""
ALL = {"read": True, "create": True, "write": True, "delete": True}
CLERK = Actor(id=2, name="Clara", roles=frozenset({"clerk"}))
GUEST = Actor(id=3, name="Gus", roles=frozenset({"guest"}))
STRANGER = Actor(id=4, name="Sten")
TEXT = {"type": "string"}
INSTANT = {"type": "string", "format": "date-time"}
DATE = {"type": "string", "format": "date"}


def to(target: str, **more: Any) -> dict[str, Any]:
    return {"type": "integer", "x-field": {"references": target, **more}}


PLACE = {
    "title": "Place", "type": "object", "required": ["name"],
    "properties": {
        "name": TEXT, "room": {"type": "integer", "default": 1}, "cleaning": {"type": "integer", "default": 0},
        "hidden": {"type": "boolean", "default": False},
    },
    "x-record": {"titleTemplate": "{name}", "sort": ["name"], "permissions": {
        "clerk": ALL, "guest": {"read": "record.hidden == false"}}},
}
HELPER = {
    "title": "Helper", "type": "object", "required": ["name"],
    "properties": {"name": TEXT, "skill": TEXT},
    "x-record": {"titleTemplate": "{name}", "sort": ["name"], "permissions": {"clerk": ALL, "guest": {"read": True}}},
}
PERSON = {
    "title": "Person", "type": "object", "required": ["name"], "properties": {"name": TEXT},
    "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": ALL, "guest": {"read": True}}},
}
SHIFT = {
    "title": "Shift", "type": "object",
    "properties": {
        "helper": to("helper"), "weekday": {"type": "integer", "minimum": 1, "maximum": 7},
        "opens": {"type": "string", "format": "time"}, "closes": {"type": "string", "format": "time"},
        "since": DATE, "until": DATE, "draft": {"type": "boolean", "default": False},
    },
    "x-record": {"permissions": {"clerk": ALL}, "calendar": {
        "of": "helper", "weekday": "weekday", "opens": "opens", "closes": "closes", "since": "since", "until": "until",
        "where": "record.draft == false"}},
}
ABSENCE = {
    "title": "Absence", "type": "object", "required": ["start", "end"],
    "properties": {"helper": to("helper"), "start": INSTANT, "end": INSTANT},
    "x-record": {"permissions": {"clerk": ALL}, "calendar": {"of": "helper", "closed": True, "start": "start", "end": "end"}},
}
STAY = {
    "title": "Stay", "type": "object",
    "properties": {
        "person": to("person"), "place": to("place"), "helper": to("helper", filter="item.skill == record.skill || !isSet(record.skill)"),
        "starts": INSTANT, "ends": INSTANT, "size": {"type": "integer", "default": 1}, "skill": TEXT, "note": TEXT,
        "live": {"type": "boolean", "default": True},
    },
    "x-record": {
        "permissions": {"clerk": ALL, "guest": {"read": "record.note == 'mine'", "create": True, "write": True}},
        "occupancy": [
            {"name": "place", "key": ["place"], "start": "starts", "end": "ends", "capacity": "=record.place.room",
             "weight": "=record.size", "bufferAfter": "=duration('1m') * record.place.cleaning", "where": "record.live"},
            {"name": "helper", "key": ["helper"], "start": "starts", "end": "ends", "bufferBefore": "PT10M",
             "where": "record.live", "calendars": ["shift", "absence"], "message": "This helper is busy."},
        ],
        "noOverlap": [{"key": ["person"], "start": "starts", "end": "ends", "where": "record.live"}],
    },
}
VISIT = {
    "title": "Visit", "type": "object",
    "properties": {
        "starts": INSTANT, "ends": INSTANT, "gone": {"type": "boolean", "default": False},
        "parts": {"type": "array", "items": {"type": "object", "properties": {
            "helper": to("helper"), "starts": INSTANT, "ends": INSTANT, "place": to("place")}}},
        "pair": {"type": "array", "uniqueItems": True, "items": {"type": "integer"}, "x-field": {"references": "helper"}},
    },
    "x-record": {
        "permissions": {"clerk": ALL},
        "occupancy": [
            {"name": "part", "rows": "parts", "key": ["helper"], "start": "starts", "end": "ends", "where": "!record.gone",
             "space": "helpers"},
            {"name": "where", "rows": "parts", "key": ["place"], "start": "starts", "end": "ends",
             "capacity": "=row.place.room", "where": "!record.gone"},
            {"name": "pair", "key": ["pair"], "start": "starts", "end": "ends", "space": "helpers"},
        ],
    },
}
NIGHT = {
    "title": "Night", "type": "object",
    "properties": {"place": to("place"), "first": DATE, "last": DATE, "shelf": TEXT},
    "x-record": {"permissions": {"clerk": ALL}, "noOverlap": [
        {"name": "shelf", "key": ["place", "shelf"], "start": "first", "end": "last"}]},
}
TYPES: dict[str, dict[str, Any]] = {
    "place": PLACE, "helper": HELPER, "person": PERSON, "shift": SHIFT, "absence": ABSENCE, "stay": STAY, "visit": VISIT,
    "night": NIGHT,
}


def documents(**changed: dict[str, Any]) -> dict[str, str]:
    """The site's documents, some types replaced."""
    types = TYPES | changed
    return {"site.yaml": SITE} | {f"schemas/{name}.json": json.dumps(one, indent=1) for name, one in types.items()}
