"""What changed occupancies, forms, locks, levels and calendars mean for a type that has records: safe, or waiting for a plan."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from neutral_site import ALL, documents

from kartotek.declaration.load import load
from kartotek.migration.steps import steps
from kartotek.model.catalog import Catalog

MOMENT = {"type": "string", "format": "date-time"}
STAY: dict[str, Any] = {
    "title": "Stay", "type": "object",
    "properties": {
        "who": {"type": "integer", "x-field": {"references": "person"}}, "starts": MOMENT, "ends": MOMENT,
        "name": {"type": "string", "maxLength": 60}, "mobile": {"type": "string", "format": "phone"}, "done": {"type": "boolean"},
        "more": {"type": "string"},
    },
    "x-record": {
        "permissions": {"clerk": ALL},
        "occupancy": [{"name": "o", "key": ["who"], "start": "starts", "end": "ends", "capacity": 2, "bufferAfter": "PT5M"}],
        "publicForms": {"ask": {"fields": ["name", "mobile"], "limit": 5}},
        "frozenWhen": "record.done", "appendOnly": False,
        "contact": {"sms": "mobile", "consent": "record.done"},
        "calendar": {"of": "who", "start": "starts", "end": "ends"},
        "validations": [{"name": "v", "rule": "record.ends > record.starts", "message": "x", "level": "confirm", "override": ["clerk"]}],
    },
}  # fmt: skip
OTHER = {"name": "p", "key": ["who"], "start": "starts", "end": "ends"}
FORM = {"fields": ["name", "mobile"], "limit": 5}

CASES: dict[str, tuple[str, Any, str]] = {
    # name: (path below x-record, its value, verdict)
    "a new occupancy": ("occupancy", [STAY["x-record"]["occupancy"][0], OTHER], "ratcheted"),
    "an occupancy less": ("occupancy", [], "safe"),
    "less room": ("occupancy/0/capacity", 1, "ratcheted"),
    "more room": ("occupancy/0/capacity", 3, "safe"),
    "room by a formula": ("occupancy/0/capacity", "=meta.version", "ratcheted"),
    "a longer buffer": ("occupancy/0/bufferAfter", "PT6M", "ratcheted"),
    "another word": ("occupancy/0/message", "Taken", "safe"),
    "a condition": ("occupancy/0/where", "record.done", "ratcheted"),
    "a new form": ("publicForms/two", FORM, "confirm"),
    "a form that takes more": ("publicForms/ask/fields", ["name", "mobile", "more"], "confirm"),
    "a form that takes less": ("publicForms/ask/fields", ["name"], "safe"),
    "a form more often": ("publicForms/ask/limit", 50, "confirm"),
    "a form less often": ("publicForms/ask/limit", 1, "safe"),
    "a form that sets something": ("publicForms/ask/set", {"done": True}, "confirm"),
    "a form less": ("publicForms", {}, "safe"),
    "another title of a form": ("publicForms/ask/title", "Ask", "safe"),
    "no lock any more": ("frozenWhen", None, "confirm"),
    "another lock": ("frozenWhen", "record.done && true", "confirm"),
    "entries": ("appendOnly", True, "safe"),
    "another way to reach people": ("contact", {"email": "name"}, "safe"),
    "another calendar": ("calendar/closed", True, "safe"),
    "a stricter level": ("validations/0/level", "error", "ratcheted"),
    "a looser level": ("validations/0/level", "warning", "safe"),
    "other people override": ("validations/0/override", ["helper"], "safe"),
}


def catalog(stay: dict[str, Any], **more: str) -> Catalog:
    loaded = load({**documents(stay=stay), **more})
    assert loaded.catalog is not None, loaded.problems
    return loaded.catalog


def changed(path: str, value: Any) -> dict[str, Any]:
    stay: dict[str, Any] = deepcopy(STAY)
    *above, last = path.split("/")
    place: Any = stay["x-record"]
    for part in above:
        place = place[int(part)] if isinstance(place, list) else place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    if path.endswith("/level"):
        del place["override"]
    return stay


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_change_is_safe_or_waits(case: tuple[str, Any, str]) -> None:
    path, value, verdict = case
    found = steps(catalog(STAY), catalog(changed(path, value)))
    assert [one.verdict for one in found if one.type == "stay"] == [verdict], found


def test_the_same_declaration_written_otherwise_is_no_change() -> None:
    stay: dict[str, Any] = deepcopy(STAY)
    stay["x-record"]["frozenWhen"] = " record.done "
    assert [one.verdict for one in steps(catalog(STAY), catalog(stay))] in ([], ["safe"])


def test_channels_and_messages_of_the_site_are_safe() -> None:
    message = {"templates/messages/hi.yaml": "record: stay\nbody: Hi {record.name}\n"}
    old, new = catalog(STAY), catalog(STAY, **message)
    assert old.hash != new.hash
    assert all(one.verdict == "safe" for one in steps(old, new))
