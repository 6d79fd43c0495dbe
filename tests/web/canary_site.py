"""The small site with a trap in every text that its owner declares, and in every value, name and file that people give it."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable
from typing import Any

import yaml
from web_site import PASSWORD, documents

from kartotek.engine.engine import Engine
from kartotek.errors import KartotekError
from kartotek.identity import Users
from kartotek.model.actor import Actor

SYSTEM = Actor.system("tests")
_numbers = itertools.count(1)
# Keys whose values are words for people, in schemas, workflows, templates and site.yaml.
_WORDS = frozenset({"title", "plural", "description", "message", "help", "placeholder", "thanks", "subject", "body", "name", "text", "hint", "unit", "legal"})
_TOLD = {
    "templates/messages/told.yaml": (
        'record: task\nsubject: {en: "{record.name}", zh: "{record.name}"}\nbody: {en: "{record.name} {record.note} {link.answer}", zh: "{record.name}"}\n'
    ),
}  # fmt: skip
WISH: dict[str, Any] = {
    "title": "Wish", "type": "object", "required": ["name"],
    "properties": {"name": {"type": "string", "title": "Name", "maxLength": 80, "description": "Your name"}, "agrees": {"type": "boolean", "title": "Agrees"}},
    "x-record": {
        "titleTemplate": "{name}", "permissions": {"manager": {"read": True}},
        "validations": [{"name": "agreed", "rule": "record.agrees == true", "field": "agrees", "message": "You must agree"}],
        "publicForms": {"ask": {"title": {"en": "Ask", "zh": "问"}, "thanks": {"en": "Thanks", "zh": "谢"}, "fields": ["name", "agrees"]}},
    },
}  # fmt: skip


def trap() -> str:
    """A text that runs, or leaves an element behind, wherever it is written as it stands: in text, in an attribute, in a script."""
    return f"\"'></title><img data-xss src=x onerror=__xss({next(_numbers)})>"


def trapped() -> dict[str, str]:
    """The site's files, with a trap behind each text for people."""
    files = documents(wish=WISH) | _TOLD
    flow = files["workflows/task.yaml"].replace("    to: confirmed\n    roles: [manager, clerk]\n  settle:", (
        "    to: confirmed\n    roles: [manager, clerk]\n    do:\n      - notify: {roles: [manager, clerk], template: told}\n"
        "      - link: {name: answer, transition: cancel, uses: 9}\n  settle:"
    ))  # fmt: skip
    assert flow != files["workflows/task.yaml"]
    person = json.loads(files["schemas/person.json"])
    person["x-record"] |= {"subject": True, "breakGlass": {"roles": ["clerk"], "as": "manager", "notify": ["manager"]}}
    person["properties"]["phone"]["x-field"] = {"access": {"clerk": "mask"}, "mask": {"show": "last4"}}
    site = files["site.yaml"] + "purposes: {news: {title: {en: News, zh: 新闻}}}\n"
    files |= {"workflows/task.yaml": flow, "site.yaml": site, "schemas/person.json": json.dumps(person)}
    return {path: _trapped_file(path, text) for path, text in files.items()}


def _trapped_file(path: str, text: str) -> str:
    if path.endswith(".json"):
        return json.dumps(_trapped(json.loads(text)), ensure_ascii=False)
    return str(yaml.safe_dump(_trapped(yaml.safe_load(text)), allow_unicode=True, sort_keys=False))


def _trapped(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        return [_trapped(one) for one in value]
    if isinstance(value, dict):
        if value and key in _WORDS | {"enum"} and all(isinstance(one, str) for one in value.values()):
            return {name: one + trap() for name, one in value.items()}
        return {name: _trapped(one, name) for name, one in value.items()}
    return value + trap() if isinstance(value, str) and key in _WORDS and not _is_name(key, value) else value


def _is_name(key: str, value: str) -> bool:
    """Whether it is the name of something declared, not of something people read: those of rules and of occupancies."""
    return key == "name" and value.replace("_", "").isalnum() and value == value.lower()


def fill(engine: Engine, users: Users) -> None:
    """People, records, files, messages, imports, tokens and versions, with a trap in each text."""
    for name, roles in (("manager", ("manager",)), ("clerk", ("clerk",))):
        users.add(name, PASSWORD, name=f"{name} {trap()}"[:60], roles=roles, email=f"{name}@example.org")
    people = [_made(engine, "person", name=trap(), email=f"a{index}@example.org", note=_mark(), phone="+86138000000" + str(10 + index)) for index in range(3)]
    for id in people:
        engine.update(SYSTEM, "person", id, {"name": trap(), "secret": trap(), "note": _mark()})
    item = _made(engine, "item", name=trap(), price="2.00")
    _made(engine, "order", person=people[0], lines=[{"item": item, "qty": 2}])
    file = engine.stage_file(SYSTEM, io.BytesIO(b"<script>__xss(0)</script>"), name=f"{trap()}.txt")["id"]
    whole = {"text": trap(), "long": f"</textarea>{trap()}", "mark": _mark(), "person": people[0], "people": people[:2], "file": file, "place": {"city": trap(), "street": trap()}}
    sample = _made(engine, "sample", **whole, rows=[{"label": trap()}], one="a", many=["x"], json=[1], link="https://example.org/?q=%27%22onerror=1")
    for name, value in (("link", "javascript:__xss(0)"), ("link", "data:text/html,<script>__xss(0)</script>"), ("mail", f'"{trap()}"@example.org'), ("json", [trap()])):
        _tried(lambda name=name, value=value: engine.update(SYSTEM, "sample", sample, {name: value}))
    _moved(engine, people)
    _beside(engine, users)


def _moved(engine: Engine, people: list[int]) -> None:
    desk = _made(engine, "desk", name=trap()[:40])
    task = _made(engine, "task", name=trap(), desk=desk, price="5.00", note=f"</textarea></script>{trap()}", starts_at="2026-12-01T10:00:00Z", ends_at="2026-12-01T11:00:00Z")
    engine.processes.run(SYSTEM, "task", task, "confirm", comment=trap())
    engine.update(SYSTEM, "task", task, {"details": trap(), "reason": "other"})
    other = _made(engine, "task", name=trap(), note=trap())
    engine.processes.run(SYSTEM, "task", other, "cancel", fields={"reason": "other", "details": trap()}, comment=trap())
    _made(engine, "task", name=trap(), price="0.00")
    _made(engine, "call", name=trap())
    _made(engine, "entry", text=trap())
    _made(engine, "wish", name=trap(), agrees=True)
    clerk = engine.users.actor(3, "page")
    assert clerk is not None
    engine.glass.open(clerk, "person", people[0], reason=trap())
    engine.outbox.deliver({})


def _beside(engine: Engine, users: Users) -> None:
    owner = engine.users.actor(1, "page")
    assert owner is not None
    head, row = (json.dumps(trap()).replace('\\"', '""') for _ in range(2))
    for text in (f"Name,{head}\n{row},{row}\n", f"Name,E-mail\n{row},no address\n"):
        made = engine.imports.prepare(owner, "person", io.BytesIO(text.encode()), name=f"{trap()}.csv")
        _tried(lambda made=made: engine.imports.commit(owner, made["id"]))
    engine.imports.run_due()
    engine.tokens.add(SYSTEM, trap(), user_id=1)
    users.invite("ivan", name=trap()[:60], roles=("clerk",))


def _mark() -> str:
    return f"{trap()} [x](javascript:__xss(0)) <script>__xss(0)</script> ![x](x 'onerror=__xss(0)') <a href='javascript:__xss(0)' onclick='__xss(0)'>a</a>"


def _made(engine: Engine, type_name: str, **fields: Any) -> int:
    return int(engine.create(SYSTEM, type_name, fields)["id"])


def _tried(attempt: Callable[[], Any]) -> None:
    """What may as well be refused."""
    try:
        attempt()
    except KartotekError:
        pass
