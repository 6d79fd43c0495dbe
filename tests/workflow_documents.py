"""Documents of a small site whose things go through a workflow, changed a little by each test."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from neutral_site import ALL, CLERK, SITE

Workflow = dict[str, Any]
Edit = Callable[[Workflow], Any]

THING: dict[str, Any] = {
    "title": "Thing", "type": "object", "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name"},
        "status": {"type": "string", "title": "Status"},
        "size": {"type": "integer", "title": "Size"},
        "due": {"type": "string", "format": "date-time", "title": "Due"},
        "box": {"type": "integer", "title": "Box", "x-field": {"references": "box", "onDelete": "setNull", "inverse": "things"}},
        "loud": {"type": "string", "title": "Loud", "readOnly": True, "x-field": {"compute": "upper(record.status)", "stored": True}},
    },
    "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": ALL, "helper": {"read": True, "write": True}}},
}
BOX: dict[str, Any] = {
    "title": "Box", "type": "object",
    "properties": {
        "label": {"type": "string", "title": "Label"},
        "open_things": {"type": "integer", "title": "Open", "readOnly": True,
                        "x-field": {"rollup": {"from": "things", "fn": "count", "where": "item.status == 'open'"}}},
    },
    "x-record": {"permissions": {"clerk": ALL}},
}
FLOW: Workflow = {
    "record": "thing", "field": "status", "initial": "open",
    "states": {
        "open": {"title": {"en": "Open", "zh": "打开"}, "color": "orange"},
        "waiting": {"title": {"en": "Waiting", "zh": "等待"}, "edit": ["clerk"]},
        "done": {"title": {"en": "Done", "zh": "完成"}, "color": "green", "final": True},
    },
    "transitions": {
        "wait": {"title": {"en": "Wait", "zh": "等"}, "from": "open", "to": "waiting", "roles": ["clerk"]},
        "resume": {"title": {"en": "Resume", "zh": "继续"}, "from": "waiting", "to": "open", "roles": ["clerk", "helper"]},
        "finish": {
            "title": {"en": "Finish", "zh": "完成"}, "from": ["open", "waiting"], "to": "done", "roles": ["clerk"],
            "guard": "user.id != meta.created_by || record.size < 10", "message": {"en": "Too large", "zh": "太大"},
        },
    },
}


def flow(edit: Edit = lambda one: None) -> Workflow:
    """The workflow, edited."""
    copied = copy.deepcopy(FLOW)
    edit(copied)
    return copied


def documents(workflow: Workflow | None = FLOW, **types: dict[str, Any]) -> dict[str, str]:
    """The site with this workflow; the state field loses its plain declaration where there is none."""
    declared: dict[str, Any] = {"thing": THING, "box": BOX} | types
    found = {"site.yaml": SITE} | {f"schemas/{name}.json": json.dumps(one, indent=1) for name, one in declared.items()}
    return found | ({"workflows/thing.yaml": json.dumps(workflow, indent=1, ensure_ascii=False)} if workflow else {})


def renamed(workflow: Workflow) -> None:
    """`waiting` is called `paused` from now on."""
    workflow["states"]["paused"] = {**workflow["states"].pop("waiting"), "aliases": ["waiting"]}
    workflow["transitions"]["wait"]["to"] = "paused"
    workflow["transitions"]["resume"]["from"] = "paused"
    workflow["transitions"]["finish"]["from"] = ["open", "paused"]


def without_waiting(workflow: Workflow) -> None:
    """There is no `waiting` any more, and no word where its records go."""
    del workflow["states"]["waiting"], workflow["transitions"]["wait"], workflow["transitions"]["resume"]
    workflow["transitions"]["finish"]["from"] = ["open"]


def emptied(workflow: Workflow) -> None:
    """The same, and its records are done, where nobody else may change them."""
    without_waiting(workflow)
    workflow["states"]["done"]["edit"] = ["clerk"]
    workflow["removed"] = {"waiting": "done"}


__all__ = ["BOX", "CLERK", "FLOW", "THING", "documents", "emptied", "flow", "renamed", "without_waiting"]
