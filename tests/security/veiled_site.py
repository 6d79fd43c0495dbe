"""A type whose fields are hidden by degrees: masked, flagged, by the state a record is in, and sealed in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hidden_site import CLERK, CLERKS
from neutral_site import ALL, money

from kartotek.engine.engine import Engine


def _text(title: str, **extension: Any) -> dict[str, Any]:
    return {"type": "string", "title": title, "maxLength": 60, "x-field": extension}


# The helper's two roles: "helper" sees all dossiers, "keeper" more of the open ones.
DOSSIER = {
    "title": "Dossier", "type": "object", "required": ["name"],
    "properties": {
        "name": _text("Name"), "open": {"type": "boolean", "title": "Open"}, "grade": {"type": "integer", "title": "Grade"},
        "phone": {"type": "string", "format": "phone", "title": "Phone", "x-field": {
            "unique": True, "mask": {"show": "last4", "except": ["clerk"]}}},
        "mail": {"type": "string", "format": "email", "title": "Mail", "x-field": {
            "access": {"helper": "mask", "keeper": "none"}, "mask": {"show": "domain"}}},
        "born": {"type": "string", "format": "date", "title": "Born", "x-field": {"access": {"helper": "flag", "keeper": "flag"}}},
        "remark": _text("Remark", access={"helper": "mask", "keeper": "read"}, mask={"show": "none"}),
        "whisper": _text("Whisper"),
        "weight": {"type": "integer", "title": "Weight", "x-field": {"access": {"helper": "none", "keeper": "none"}}},
        "worth": money("Worth", x={"access": {"helper": "none", "keeper": "flag"}}),
        "diary": _text("Diary", encrypt=True, **CLERKS),
        "code": _text("Code", encrypt={"index": True}, unique=True, **CLERKS),
        "motto": _text("Motto", encrypt=True),
        "plea": _text("Plea", access={"clerk": "propose", "helper": "none", "keeper": "none"}),
        "doubled": money("Doubled", readOnly=True, x={"compute": "record.worth * 2.0", "stored": True}),
        "above": {"type": "integer", "title": "Above", "x-field": {
            "references": "dossier", "inverse": "below", "onDelete": "setNull", "access": {"helper": "none", "keeper": "none"}}},
        "lines": {"type": "array", "title": "Lines", "items": {"type": "object", "properties": {
            "label": {"type": "string", "title": "Label"}, "cost": money("Cost", x={"access": {"helper": "none", "keeper": "none"}})}}},
    },
    "x-record": {
        "titleTemplate": "{name}", "sort": ["name"], "search": ["name", "remark", "whisper", "phone"],
        "list": ["name", "phone", "mail", "remark", "whisper", "worth"],
        "stateAccess": {"done": {"whisper": {"helper": "none", "keeper": "none"}, "grade": {"helper": "flag", "keeper": "none"}}},
        "validations": [{"name": "dear", "rule": "record.worth < 90.00", "field": "worth", "message": "Dear", "level": "warning"}],
        "permissions": {
            "clerk": ALL, "helper": {"read": True, "create": True, "write": "record.open"}, "keeper": {"read": "record.open", "write": "record.open"},
        },
    },
}  # fmt: skip
FLOW = """record: dossier
field: stage
initial: begun
states:
  begun: {title: {en: Begun, zh: 已始}}
  done: {title: {en: Done, zh: 已毕}, final: true}
transitions:
  finish: {title: {en: Finish, zh: 完成}, from: begun, to: done, roles: [clerk]}
"""
# What stands in the place of the person's fields where the same is asked of a dossier.
NAMES = {
    "secret": "diary", "salary": "worth", "hint": "code", "echo": "motto", "weight": "weight", "friend": "above", "pieces": "lines", "friends": "below",
    "marks": "mail", "vault": "born", "note": "whisper", "den": "phone", "stash": "doubled",
}  # fmt: skip


def fill(engine: Engine, hidden: Mapping[str, Any], tick: Callable[[], None]) -> None:
    """Dossiers of both sorts, in both states, changed since; what masks leave is the same whatever is hidden."""
    for index in range(1, 9):
        tick()
        opened, ended = index % 2 == 1, index in (3, 4, 7, 8)
        made = engine.create(CLERK, "dossier", {
            "name": f"Dossier {index}", "open": opened, "grade": index, "phone": f"+86138{'1111' if hidden['number'] == 7 else '2222'}000{index}",
            "mail": f"{hidden['word']}@example.org", "born": hidden["day"], "remark": "said" if opened else hidden["word"],
            "whisper": hidden["word"] if ended else "plain", "weight": hidden["number"], "worth": hidden["money"], "diary": hidden["word"],
            "code": f"{hidden['word']}{index}", "motto": "shown", "above": hidden["person"],
            "lines": [{"label": "one", "cost": hidden["money"]}],
        } if index > 2 else {"name": f"Dossier {index}", "open": opened, "grade": index, "lines": []})  # fmt: skip
        if ended:
            tick()
            engine.processes.run(CLERK, "dossier", made["id"], "finish")
        tick()
        engine.update(CLERK, "dossier", made["id"], {"diary": hidden["other"]})
