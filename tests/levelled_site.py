"""A site whose fields have levels: what four roles may know of a file, in which of its states, and how little a mask leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from neutral_site import ALL, SITE, money

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor

ROLES = SITE + "  front: {title: Front}\n  eye: {title: Eye}\n"
OWNER = Actor(id=1, name="Olive", roles=frozenset({"owner"}))
CLERK = Actor(id=2, name="Clara", roles=frozenset({"clerk"}))
HELPER = Actor(id=3, name="Hugo", roles=frozenset({"helper"}))
FRONT = Actor(id=4, name="Fred", roles=frozenset({"front"}))
EYE = Actor(id=5, name="Eva", roles=frozenset({"eye"}))
BOTH = Actor(id=6, name="Bo", roles=frozenset({"helper", "front"}))
STRANGER = Actor(id=7, name="Sam")
PEOPLE = (OWNER, CLERK, HELPER, FRONT, EYE, BOTH, STRANGER)


def text(title: str, **extension: Any) -> dict[str, Any]:
    """A text field with rights."""
    return {"type": "string", "title": title, "maxLength": 60, **({"x-field": extension} if extension else {})}


FOLDER = {
    "title": "Folder", "type": "object", "required": ["name"],
    "properties": {
        "name": text("Name", access={"front": "mask"}, mask={"show": "initial"}),
        "phone": {"type": "string", "format": "phone", "title": "Phone", "x-field": {
            "unique": True, "mask": {"show": "last4", "except": ["clerk"]}}},
        "mail": {"type": "string", "format": "email", "title": "Mail", "x-field": {
            "access": {"front": "mask", "eye": "flag", "helper": "none"}, "mask": {"show": "domain"}}},
        "born": {"type": "string", "format": "date", "title": "Born", "x-field": {
            "access": {"front": "mask", "eye": "none"}, "mask": {"show": "year"}}},
        "amount": money("Amount", x={"read": ["clerk"], "access": {"helper": "flag", "front": "none"}}),
        "doubled": money("Doubled", readOnly=True, x={"compute": "record.amount * 2.0", "stored": True}),
        "text": text("Text", access={"helper": "write", "front": "none", "eye": "read"}),
        "grade": {"type": "integer", "title": "Grade"},
        "helper": {"type": "integer", "title": "Helper", "x-field": {"references": "user"}},
        "above": {"type": "integer", "title": "Above", "x-field": {"references": "folder", "inverse": "below", "onDelete": "setNull"}},
        "lines": {"type": "array", "title": "Lines", "items": {"type": "object", "properties": {
            "label": {"type": "string", "title": "Label"}, "cost": money("Cost", x={"access": {"front": "none", "helper": "read"}})}}},
    },
    "x-record": {
        "titleTemplate": "No. {grade}", "list": ["name", "phone", "grade"], "search": ["name", "text"], "sort": ["grade"],
        "stateAccess": {"done": {
            "text": {"helper": "read", "eye": "none"}, "amount": {"front": "read", "helper": "none"}, "phone": {"front": "none"}}},
        "breakGlass": {"roles": ["helper"], "as": "clerk", "minutes": 30, "notify": ["eye"]},
        "permissions": {
            "clerk": ALL, "front": {"read": True, "write": True},
            "helper": {"read": "record.grade > 2", "create": True, "write": "record.grade > 2"}, "eye": {"read": True},
        },
    },
}  # fmt: skip
FLOW = """record: folder
field: status
initial: open
states:
  open: {title: Open}
  done: {title: Done, final: true}
transitions:
  finish: {title: Finish, from: open, to: done, roles: [clerk, front]}
"""
VALUES = {
    "name": "王小明", "phone": "+8613812345678", "mail": "ming@example.com", "born": "1985-03-04", "amount": "12.50", "text": "quiet",
    "grade": 3, "lines": [{"label": "a", "cost": "1.00"}],
}  # fmt: skip


def documents(folder: dict[str, Any] | None = None, flow: str = FLOW) -> dict[str, str]:
    """The site's documents."""
    return {"site.yaml": ROLES, "schemas/folder.json": json.dumps(folder or FOLDER), "workflows/folder.yaml": flow}


def opened(open_engine: Callable[..., Engine], given: dict[str, str] | None = None) -> Engine:
    """An engine over the documents, with all people."""
    engine = open_engine()
    report = engine.apply_documents(given or documents(), by=Actor.system("test"), reason="test")
    assert report.applied, [f"{one.place}: {one.message}" for one in report.problems if one.severity == "error"]
    for one in PEOPLE:
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine
