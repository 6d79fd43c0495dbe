"""Rights by relation: who is assigned sees, as long as he is; with levels that hold for those records alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from levelled_site import CLERK, HELPER, PEOPLE, ROLES
from neutral_site import ALL

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.model.query import Query

ASSIGNED = "record.tasks.exists(t, isSet(t.helper) && t.helper == user.id && t.open)"
FOLDER = {
    "title": "Folder", "type": "object", "properties": {
        "name": {"type": "string", "title": "Name"},
        "text": {"type": "string", "title": "Text", "x-field": {"access": {"helper": "read", "front": "flag"}}},
        "phone": {"type": "string", "format": "phone", "title": "Phone", "x-field": {
            "access": {"helper": "mask", "front": "read"}, "mask": {"show": "last4"}}}},
    "x-record": {"titleTemplate": "{name}", "search": ["name", "text"], "permissions": {"clerk": ALL, "front": {"read": True}, "helper": {"read": ASSIGNED}}},
}  # fmt: skip
TASK = {
    "title": "Task", "type": "object", "properties": {
        "folder": {"type": "integer", "title": "Folder", "x-field": {"references": "folder", "inverse": "tasks"}},
        "helper": {"type": "integer", "title": "Helper", "x-field": {"references": "user"}},
        "open": {"type": "boolean", "title": "Open", "default": True}},
    "x-record": {"permissions": {"clerk": ALL, "front": {"read": True}, "helper": {"read": "isSet(record.helper) && record.helper == user.id"}}},
}  # fmt: skip
BOTH = Actor(HELPER.id, HELPER.name, frozenset({"helper", "front"}))


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    """The engine with three folders, of which the helper has the first."""
    engine = open_engine({"site.yaml": ROLES, "schemas/folder.json": json.dumps(FOLDER), "schemas/task.json": json.dumps(TASK)})
    for one in PEOPLE:
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    for at in range(3):
        engine.create(CLERK, "folder", {"name": f"n{at}", "text": f"word{at}", "phone": f"+861380000000{at}"})
    engine.create(CLERK, "task", {"folder": 1, "helper": HELPER.id})
    return engine


def seen(engine: Engine, actor: Actor = HELPER, **asked: Any) -> list[int]:
    """The ids of the folders that the actor finds."""
    return [one["id"] for one in engine.select(actor, "folder", Query(**asked)).items]


def test_whoever_is_assigned_sees_as_long_as_he_is(engine: Engine) -> None:
    assert seen(engine) == seen(engine, search="word1") + [1] == [1]
    engine.create(CLERK, "task", {"folder": 2, "helper": HELPER.id})
    assert sorted(seen(engine)) == [1, 2] and seen(engine, filter="record.text == 'word1'") == [2]
    engine.update(CLERK, "task", 2, {"open": False})
    assert seen(engine) == [1]
    engine.update(CLERK, "task", 1, {}, unset=["helper"])
    assert seen(engine) == []
    for ask in (engine.get, engine.history):
        with pytest.raises(NotFound):
            ask(HELPER, "folder", 1)  # type: ignore[operator]
    engine.update(CLERK, "task", 1, {"helper": HELPER.id})
    engine.delete(CLERK, "task", 1)
    assert seen(engine) == [], "what is in the trash assigns nobody"


def test_levels_hold_for_the_records_of_the_role_that_has_them(engine: Engine) -> None:
    mine, other = engine.get(BOTH, "folder", 1), engine.get(BOTH, "folder", 2)
    assert mine["fields"] == {"name": "n0", "text": "word0", "phone": "+8613800000000"} and "masked" not in mine
    assert other["fields"] == {"name": "n1", "phone": "+8613800000001"} and other["flags"] == {"text": True}
    assert engine.get(HELPER, "folder", 1)["masked"] == {"phone": "•••0000"}
    assert seen(engine, BOTH, filter="isSet(record.text)") == [1] and len(seen(engine, BOTH)) == 3
    engine.update(CLERK, "task", 1, {"open": False})
    assert engine.get(BOTH, "folder", 1)["flags"] == {"text": True} and seen(engine, BOTH, filter="isSet(record.text)") == []
    assert seen(engine, BOTH, search="word0") == []
