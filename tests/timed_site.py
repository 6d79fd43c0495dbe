"""A neutral site with everything in time: orders that expire, remind, are due every day and every year, with clocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from neutral_site import ALL, CLERK, HELPER, OWNER, SITE

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # a Saturday, ten in the morning in Shanghai

TASK = {
    "title": "Task", "type": "object", "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 60},
        "starts_at": {"type": "string", "format": "date-time", "title": "Start"},
        "day": {"type": "string", "format": "date", "title": "Day"},
        "feast": {"type": "string", "format": "month-day", "title": "Feast"},
        "paid": {"type": "boolean", "title": "Paid", "default": False},
        "count": {"type": "integer", "title": "Count", "default": 0},
        "urgent": {"type": "boolean", "title": "Urgent", "default": False},
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "person", "inverse": "tasks"}},
        "ends_at": {"type": "string", "format": "date-time", "title": "End", "readOnly": True,
                    "x-field": {"compute": "record.starts_at + duration('1h')", "stored": True}},
        "last_note": {"type": "string", "format": "date-time", "title": "Last", "readOnly": True,
                      "x-field": {"rollup": {"from": "notes", "fn": "max", "field": "at"}}},
    },
    "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": ALL}},
}
PERSON = {
    "title": "Person", "type": "object", "properties": {
        "name": {"type": "string", "title": "Name"},
        "until": {"type": "string", "format": "date-time", "title": "Until"},
    },
    "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": ALL}},
}
NOTE = {
    "title": "Note", "type": "object", "properties": {
        "task": {"type": "integer", "title": "Task", "x-field": {"references": "task", "inverse": "notes"}},
        "text": {"type": "string", "title": "Text"},
        "at": {"type": "string", "format": "date-time", "title": "At"},
    },
    "x-record": {"permissions": {"clerk": ALL}},
}
HOURS = {
    "title": "Hours", "type": "object", "properties": {
        "weekday": {"type": "integer", "title": "Weekday", "minimum": 1, "maximum": 7},
        "opens": {"type": "string", "format": "time", "title": "Opens", "x-field": {"local": True}},
        "closes": {"type": "string", "format": "time", "title": "Closes"},
    },
    "x-record": {"permissions": {"clerk": ALL}, "calendar": {"weekday": "weekday", "opens": "opens", "closes": "closes"}},
}
del HOURS["properties"]["opens"]["x-field"]  # type: ignore[attr-defined]
TYPES: dict[str, Any] = {"task": TASK, "person": PERSON, "note": NOTE, "hours": HOURS}

STATES = """record: task
initial: open
states:
  open: {title: {en: Open, zh: 开}}
  held: {title: {en: Held, zh: 停}}
  busy: {title: {en: Busy, zh: 忙}}
  done: {title: {en: Done, zh: 完}, final: true}
"""
MOVES = """
  hold: {title: {en: Hold, zh: 停}, from: [open, busy], to: held, roles: [clerk]}
  go: {title: {en: Go, zh: 走}, from: [open, held], to: busy, roles: [clerk]}
  back: {title: {en: Back, zh: 回}, from: [held, busy], to: open, roles: [clerk]}
  end: {title: {en: End, zh: 完}, from: [open, held, busy], to: done, roles: [clerk]}
"""
NOTED = 'create: {record: note, set: {task: =record, text: %s, at: =now}}'


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def go(self, **span: float) -> None:
        """Moves it, back too."""
        self.at += timedelta(**span)


def documents(flow: str, *, zone: str = "Asia/Shanghai", **changed: dict[str, Any]) -> dict[str, str]:
    """The site with this workflow: its transitions, schedules and clocks, beside those by which people move a task."""
    schemas = {f"schemas/{name}.json": json.dumps(one, indent=1) for name, one in (TYPES | changed).items()}
    transitions, _, rest = flow.partition("---\n")
    text = f"{STATES}transitions:{MOVES}{transitions}{rest}"
    return {"site.yaml": SITE.replace("Asia/Shanghai", zone), **schemas, "workflows/task.yaml": text}


def apply(engine: Engine, given: dict[str, str]) -> None:
    """Puts the documents into service."""
    report = engine.apply_documents(given, by=Actor.system("test"), reason="test")
    found = [f"{one.place}: {one.message}" for one in report.problems if one.severity == "error" or one.code == "waits_for_plan"]
    assert report.applied and not found, found
    for one in (OWNER, CLERK, HELPER):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    engine.timers.arrange()


def settle(engine: Engine) -> int:
    """Does all that is due; how much that was."""
    return sum(_rounds(engine))


def _rounds(engine: Engine) -> Iterator[int]:
    while done := engine.timers.run_due(seconds=60):
        yield done


def task(engine: Engine, **fields: Any) -> dict[str, Any]:
    """A new task."""
    return engine.create(CLERK, "task", {"name": "T", **fields})


def state(engine: Engine, made: dict[str, Any]) -> Any:
    """The state it is in now."""
    return engine.get(OWNER, "task", made["id"])["state"]


def upcoming(engine: Engine, made: dict[str, Any]) -> list[str]:
    """What is to happen to it, as "name due"."""
    return [f"{one['name']} {one['due'][5:16]}" for one in engine.timers.upcoming(OWNER, "task", made["id"])]


def actions(engine: Engine, made: dict[str, Any]) -> list[str]:
    """Its history, oldest first: the action and the transition."""
    rows = reversed(engine.history(OWNER, "task", made["id"], limit=500).items)
    return [f"{one['action']} {one.get('transition') or ''}".strip() for one in rows]
