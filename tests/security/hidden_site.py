"""A site with every way of hiding, built twice: the worlds differ in nothing but what the helper may not see."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from neutral_site import ALL, SITE, money

from kartotek.api.serving import blueprint
from kartotek.declaration.folder import Folder
from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor
from kartotek.storage.database import Database
from kartotek.web.install import Options, install

PASSWORD = "correct horse battery"
SYSTEM = Actor.system("tests")
CLERK = Actor(id=2, name="Clara", roles=frozenset({"clerk"}))
# One of the two roles shows all people, the other more fields of some of them.
HELPER = Actor(id=3, name="Hugo", roles=frozenset({"helper", "keeper"}), attributes={"person": 2})
PEOPLE = {"olive": ("owner",), "clara": ("clerk",), "hugo": ("helper", "keeper"), "sam": ()}
START = datetime(2026, 11, 21, 10, tzinfo=UTC)
ROLES = SITE + "  keeper: {title: Keeper}\n"

CLERKS: dict[str, Any] = {"read": ["clerk"]}
_CLERKS: dict[str, Any] = {"x-field": CLERKS}
_KEEPERS: dict[str, Any] = {"x-field": {"read": ["clerk", "keeper"]}}
_FILE: dict[str, Any] = {"type": "string", "format": "uuid"}


def _text(title: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "title": title, **more}


PERSON = {
    "title": "Person", "type": "object", "required": ["name"],
    "properties": {
        "name": _text("Name", maxLength=60),
        "open": {"type": "boolean", "title": "Open"},
        "grade": {"type": "integer", "title": "Grade"},
        "secret": _text("Secret", **_CLERKS),
        "salary": money("Salary", x={"read": ["clerk"]}),
        "phone": _text("Phone", **{"x-field": {"read": ["clerk"], "unique": True}}),
        "born": _text("Born", format="date", **_CLERKS),
        "remark": _text("Remark", **_KEEPERS),
        "weight": {"type": "integer", "title": "Weight", **_KEEPERS},
        "marks": {"type": "array", "title": "Marks", "uniqueItems": True, **_KEEPERS, "items": {
            "oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}]}},
        "address": {"type": "object", "title": "Address", "properties": {
            "city": _text("City"), "door": _text("Door", **_CLERKS)}},
        "den": {"type": "object", "title": "Den", "properties": {"lair": _text("Lair", **_CLERKS), "size": _text("Size")}},
        "pieces": {"type": "array", "title": "Pieces", "items": {"type": "object", "required": ["label"], "properties": {
            "label": _text("Label"), "cost": money("Cost", x={"read": ["clerk"]}),
            "from_vault": {"type": "integer", "title": "From", "x-field": {"references": "vault"}},
            "giver": {"type": "integer", "title": "Giver", "x-field": {"references": "person", "read": ["clerk"]}},
            "paper": {**_FILE, "title": "Paper", "x-field": {"file": {"accept": [".txt"]}}}}}},
        "hoard": {"type": "array", "title": "Hoard", **_CLERKS, "items": {"type": "object", "properties": {
            "label": _text("Label"), "paper": {**_FILE, "title": "Paper", "x-field": {"file": {"accept": [".txt"]}}}}}},
        "paper": {**_FILE, "title": "Paper", "x-field": {"file": {"accept": [".txt"]}}},
        "friend": {"type": "integer", "title": "Friend", "x-field": {
            "references": "person", "inverse": "friends", "onDelete": "setNull"}},
        "vault": {"type": "integer", "title": "Vault", "x-field": {"references": "vault"}},
        "vaults_read": {"type": "array", "title": "Vaults", "uniqueItems": True, "items": {"type": "integer"},
                        "x-field": {"references": "vault"}},
        "stash": {"type": "integer", "title": "Stash", "readOnly": True, "x-field": {
            "rollup": {"from": "vaults", "fn": "count"}}},
        "gauge": {"type": "integer", "title": "Gauge", "readOnly": True, "x-field": {"compute": "size(record.secret)"}},
        "hint": _text("Hint", **{"x-field": {"defaultExpr": "record.friend.secret"}}),
        "echo": _text("Echo", **{"x-field": {"defaultExpr": "record.note.title"}}),
        "login": {"type": "integer", "title": "Login", "x-field": {"references": "user", "unique": True, "account": True, "write": ["clerk"]}},
        "note": {"type": "integer", "title": "Note", "x-field": {"references": "note"}},
    },
    "x-record": {
        "titleTemplate": "{name}", "list": ["name", "open", "grade", "remark"], "sort": ["name"],
        "search": ["name", "secret", "phone", "remark"],
        "validations": [{"name": "light", "rule": "record.weight < 1000", "message": "Too heavy", "field": "weight"}],
        "permissions": {
            "clerk": ALL, "helper": {"read": True, "create": True, "write": True, "delete": True},
            "keeper": {"read": "record.open", "write": "record.open"},
        },
    },
}  # fmt: skip
NOTE = {
    "title": "Note", "type": "object", "required": ["title"],
    "properties": {
        "title": _text("Title"), "text": _text("Text"), "shared": {"type": "boolean", "title": "Shared"},
        "code": _text("Code", **{"x-field": {"unique": True}}),
        "mood": _text("Mood", **_CLERKS),
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "person", "inverse": "notes", "onDelete": "setNull"}},
    },
    "x-record": {
        "titleTemplate": "{title}", "sort": ["title"], "search": ["title", "text", "mood"], "list": ["title", "person"],
        "permissions": {"clerk": ALL, "helper": {
            "read": "record.shared", "create": True, "write": True, "delete": "record.text == 'mine'"}},
    },
}  # fmt: skip
VAULT = {
    "title": "Vault", "type": "object",
    "properties": {
        "label": _text("Label"), "code": _text("Code", **{"x-field": {"unique": True}}),
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "person", "inverse": "vaults"}},
    },
    "x-record": {"titleTemplate": "{label}", "permissions": {"clerk": ALL}},
}  # fmt: skip
# May be read as long as it has no lines: what decides is a part that a narrow question does not ask for.
BOX = {
    "title": "Box", "type": "object",
    "properties": {
        "name": _text("Name"), "inside": _text("Inside", **_KEEPERS),
        "lines": {"type": "array", "title": "Lines", "items": {"type": "object", "properties": {"label": _text("Label")}}},
    },
    "x-record": {"titleTemplate": "{name}", "sort": ["name"], "permissions": {
        "clerk": ALL, "helper": {"read": True}, "keeper": {"read": "size(record.lines) == 0"}}},
}  # fmt: skip
# Has a workflow, of which the helper may run a part; what decides the rest is hidden from him.
CASE = {
    "title": "Case", "type": "object",
    "properties": {
        "name": _text("Name"), "open": {"type": "boolean", "title": "Open"}, "grade": {"type": "integer", "title": "Grade"},
        "secret": _text("Secret", **_CLERKS), "worth": money("Worth", x={"read": ["clerk"]}),
        "due_on": _text("Due on", format="date-time", **_CLERKS),
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "person", "onDelete": "setNull"}},
        "note": {"type": "integer", "title": "Note", "x-field": {"references": "note", "onDelete": "setNull"}},
        "gifts": {"type": "integer", "title": "Gifts", "readOnly": True, "x-field": {"read": ["clerk"]}},
    },
    "x-record": {
        "titleTemplate": "{name}", "sort": ["name"], "list": ["name", "stage", "worth"],
        "validations": [{"name": "dear", "rule": "record.worth < 90.00", "message": "Dear", "field": "worth", "level": "warning"}],
        "permissions": {
            "clerk": ALL, "helper": {"read": "record.open", "create": True, "write": True, "transition": "record.grade < 50"},
        },
    },
}  # fmt: skip
CASE_FLOW = """record: case
field: stage
initial: new
states:
  new: {title: {en: New, zh: 新}}
  seen: {title: {en: Seen, zh: 已看}, edit: [clerk]}
  closed: {title: {en: Closed, zh: 已关}, final: true}
transitions:
  look:
    title: {en: Look, zh: 看}
    from: new
    to: seen
    roles: [helper]
    require: [grade]
    ask: [note, worth]
    guard: "record.grade > 0"
    do:
      - set: {gifts: 1}
      - create: {record: vault, set: {label: =record.secret, person: =record.person}}
      - update: {record: =record.person.vault, set: {label: =record.secret}}
      - update: {record: =record.note, set: {mood: =record.secret}}
        if: "record.worth > 0.00"
  judge:
    title: {en: Judge, zh: 判}
    from: [new, seen]
    to: closed
    roles: [clerk]
    guard: "record.worth > 50.00 && record.note.text == 'amber'"
    message: {en: Worth too little, zh: 价值太低}
  lapse:
    title: {en: Lapse, zh: 过期}
    from: new
    to: closed
    at: "record.due_on"
  undo:
    title: {en: Undo, zh: 撤}
    from: seen
    to: new
    roles: [helper]
    comment: required
"""
TYPES: dict[str, dict[str, Any]] = {"person": PERSON, "note": NOTE, "vault": VAULT, "box": BOX, "case": CASE}

# What the helper may not see, in each world.
WORLDS: tuple[Mapping[str, Any], Mapping[str, Any]] = (
    {"word": "amber", "other": "azure", "money": "10.00", "number": 7, "phone": "555-0101", "day": "1990-01-01", "marks": ["a"], "vault": 1, "person": 1, "title": "alpha"},
    {"word": "zebra", "other": "zonal", "money": "99.50", "number": 70, "phone": "777-0202", "day": "2001-12-31", "marks": ["b"], "vault": 2, "person": 2, "title": "omega"},
)  # fmt: skip


@dataclass
class World:
    """One of the two; `files` are the ids of files, which are drawn at random, by name."""

    engine: Engine
    files: dict[str, str] = field(default_factory=dict)
    app: Flask | None = None
    token: str = ""
    folder: Path = Path()

    def close(self) -> None:
        """Closes its database."""
        self.engine.close()


class Ticking:
    """A clock that goes on by a second whenever it is asked to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def tick(self) -> None:
        """A minute passes."""
        self.now += timedelta(minutes=1)


def documents() -> dict[str, str]:
    """The site's files."""
    return {"site.yaml": ROLES, "workflows/case.yaml": CASE_FLOW} | {f"schemas/{name}.json": json.dumps(one) for name, one in TYPES.items()}


def world(url: str, folder: Path, hidden: Mapping[str, Any], files: Mapping[str, str] | None = None) -> World:
    """The site on an empty database, with these hidden values; everything else is the same in every world.

    `files` are the documents where they declare more than these types.
    """
    clock = Ticking()
    site = Folder(folder.parent / "site", folder.parent, stands=lambda texts: engine.proposals.stands(texts))
    engine = Engine(Database.open(url), files=folder, secret=b"s" * 32, clock=clock, documents=site.read, folder=site)
    report = engine.apply_documents(files or documents(), by=SYSTEM, reason="tests")
    problems = [f"{one.place} {one.message}" for one in report.problems if one.severity == "error"]
    assert not problems, problems
    for one in (CLERK, HELPER):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    made = World(engine)
    _fill(made, hidden, clock.tick)
    made.token = engine.tokens.add(SYSTEM, "helper", user_id=HELPER.id)[1]
    return made


def served(made: World, auth_url: str) -> World:
    """The same world with its pages and its API; the helper can sign in as "hugo"."""
    app = Flask("kartotek", static_folder=None)
    users = install(app, made.engine, Options(auth_url=auth_url, secret_key="k" * 40, hosts=("localhost",)))
    for one, roles in PEOPLE.items():  # so that the helper's number is the same as without pages
        users.add(one, PASSWORD, name=one.title(), roles=roles)
    app.register_blueprint(blueprint(made.engine))
    made.app = app
    return made


def _fill(made: World, hidden: Mapping[str, Any], tick: Callable[[], None]) -> None:
    engine, file = made.engine, made.files

    def create(record_type: str, **fields: Any) -> int:
        tick()
        return int(engine.create(CLERK, record_type, fields)["id"])

    for name in ("shown", "hidden", "piece", "hoarded"):
        file[name] = engine.stage_file(CLERK, io.BytesIO(name.encode()), name=f"{name}.txt")["id"]
    for index in (1, 2):
        create("vault", label=f"{hidden['word']}{index}", code=f"v{index}")
    for index in (1, 2, 3):
        create("note", title=f"Shared {index}", text="plain", shared=True, code=f"s{index}", mood=hidden["word"])
    for index in (1, 2, 3):
        create("note", title=f"{hidden['title']} {index}", text=hidden["word"], code=f"h{hidden['word']}{index}", mood=hidden["other"])
    for index in range(1, 9):
        shown = index % 2 == 1
        person = create(
            "person", name=f"Person {index % 5} {index}", open=shown, grade=index % 3, secret=f"{hidden['word']} {(index * 7) % 5}",
            salary=hidden["money"], phone=f"{hidden['phone']}{index}", born=hidden["day"],
            remark=f"said {index}" if shown else hidden["word"], weight=index if shown else hidden["number"],
            marks=["a", "b"] if shown else hidden["marks"], address={"city": "Here", "door": hidden["word"]},
            den={"lair": hidden["word"]} if hidden["number"] == 7 else {},
            pieces=[
                {"label": "one", "cost": hidden["money"], "from_vault": hidden["vault"],
                 **({"giver": hidden["person"]} if index > 2 else {})},
                {"label": "two", **({"cost": "1.00"} if hidden["number"] == 7 else {})},
            ],
            hoard=[{"label": hidden["word"]}], vault=hidden["vault"], vaults_read=[hidden["vault"]], note=4, echo="none",
            **({"friend": index - 1} if index > 1 else {}), **({"login": HELPER.id} if index == 2 else {}),
        )  # fmt: skip
        tick()
        engine.update(CLERK, "person", person, {"secret": hidden["other"], "address": {"city": "There", "door": hidden["other"]}})
    tick()
    engine.update(CLERK, "person", 1, {"paper": file["shown"], "hoard": [{"label": "h", "paper": file["hoarded"]}]})
    for index, note in enumerate((1, 4, 5, 6)):
        tick()
        engine.update(CLERK, "note", note, {"person": 1 if index == 0 else hidden["person"]})
    for index in (1, 2, 3):
        create("vault", label=hidden["word"], code=f"w{index}", person=hidden["person"])
    for index in (1, 2):
        create("box", name=f"Box {index}", inside=hidden["word"] if index == 2 else "air", lines=[{"label": "l"}] if index == 2 else [])
    _past(engine, hidden, tick)
    _cases(engine, hidden, tick)


def _cases(engine: Engine, hidden: Mapping[str, Any], tick: Callable[[], None]) -> None:
    """Cases that may be looked at, that are closed to the helper, that wait, and that were moved on by others."""
    for index in range(1, 7):
        tick()
        fields = {
            "name": f"Case {index}", "open": index != 3, "grade": 60 if index == 5 else index % 2, "secret": hidden["word"],
            "worth": hidden["money"], "due_on": f"{hidden['day']}T10:00:00Z", "person": 1, "note": 4,
        }  # fmt: skip
        case = engine.create(CLERK, "case", fields)["id"]
        tick()
        if index in (4, 6):
            engine.processes.run(Actor.system("tests"), "case", case, "look", fields={"grade": 5})
        if index == 6:
            tick()
            engine.update(CLERK, "case", case, {"secret": hidden["other"]})
    tick()


def _past(engine: Engine, hidden: Mapping[str, Any], tick: Callable[[], None]) -> None:
    """A remark that was readable and is no longer, and records in the trash."""
    person = engine.create(CLERK, "person", {"name": "Past", "open": True, "remark": "was said"})["id"]
    tick()
    engine.update(CLERK, "person", person, {"open": False})
    tick()
    engine.update(CLERK, "person", person, {"remark": hidden["word"]})
    for shared, text in ((True, "mine"), (True, "theirs"), (False, hidden["word"])):
        tick()
        note = engine.create(CLERK, "note", {"title": hidden["title"] if text != "mine" else "Mine", "shared": shared, "text": text})
        engine.delete(CLERK, "note", note["id"])
    tick()
