"""Everything at once: the hidden site and the taken one with all that lies beside records, served, built twice like them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hidden_site
import taken_site
import veiled_site
from hidden_site import CLERK, HELPER, PASSWORD, SYSTEM, World
from neutral_site import ALL

from kartotek.engine.outgoing import Outcome
from kartotek.model.actor import Actor
from kartotek.web.current import KEY

WORLDS = tuple(first | second for first, second in zip(hidden_site.WORLDS, taken_site.WORLDS, strict=True))
# What strangers wish for, which the helper is not told.
WISH = {
    "title": "Wish", "type": "object", "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 60},
        "phone": {"type": "string", "title": "Phone", "x-field": {"unique": True}},
        "source": {"type": "string", "title": "Source", "readOnly": True, "default": "desk"},
        "secret": {"type": "string", "title": "Secret", "x-field": {"read": []}},
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "person"}},
    },
    "x-record": {
        "titleTemplate": "{name}", "subject": True, "permissions": {"clerk": ALL},
        "publicForms": {"ask": {
            "title": {"en": "Ask us", "zh": "咨询"}, "thanks": {"en": "We call you", "zh": "我们会联系您"},
            "fields": ["name", "phone"], "set": {"source": "web"}, "limit": 900, "total": 900,
        }},
    },
}  # fmt: skip
WISH_FLOW = """record: wish
field: stage
initial: asked
states:
  asked: {title: {en: Asked, zh: 已问}}
  kept: {title: {en: Kept, zh: 已留}, final: true}
transitions:
  offer:
    from: asked
    to: asked
    roles: [clerk]
    do:
      - link: {name: answer, transition: keep, shows: [name]}
  keep:
    title: {en: Keep, zh: 留}
    from: asked
    to: kept
"""


@dataclass
class Whole(World):
    """`tokens` are the secrets of API tokens by user name; `links` are the addresses of personal links; `invited` of an invitation."""

    tokens: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    invited: str = ""


def documents() -> dict[str, str]:
    """The files of both sites, and the public form."""
    site = taken_site.documents()["site.yaml"] + "purposes: {news: {title: {en: News, zh: 新闻}}}\n"
    return hidden_site.documents() | taken_site.documents() | {
        "site.yaml": site,
        "schemas/wish.json": json.dumps(WISH), "workflows/wish.yaml": WISH_FLOW,
        "schemas/dossier.json": json.dumps(veiled_site.DOSSIER), "workflows/dossier.yaml": veiled_site.FLOW,
    }  # fmt: skip


def world(folder: Path, hidden: Mapping[str, Any]) -> Whole:
    """The whole site on SQLite, with a folder of its files, pages and API."""
    files = documents()
    for name, text in files.items():
        (folder / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "site" / name).write_text(text, encoding="utf-8")
    made = hidden_site.world(f"sqlite:///{folder}/records.db", folder / "files", hidden, files)
    clock = made.engine.clock
    assert isinstance(clock, hidden_site.Ticking)
    taken_site.fill(made.engine, hidden, clock)
    veiled_site.fill(made.engine, hidden, clock.tick)
    whole = Whole(made.engine, made.files, token=made.token, folder=folder)
    hidden_site.served(whole, f"sqlite:///{folder}/auth.db")
    _beside(whole, hidden)
    return whole


def _beside(whole: Whole, hidden: Mapping[str, Any]) -> None:
    """Messages, links, things that wait to be sent, imports, tokens: some the helper's, most not."""
    engine = whole.engine
    for visit in (1, 2, 5):
        engine.clock.tick()  # type: ignore[attr-defined]
        engine.processes.run(SYSTEM, "visit", visit, "look")
    engine.outbox.deliver({"webhook": lambda outgoing: Outcome("not_answered", {}, again=True)})
    for actor, record_type, head in ((CLERK, "person", "name,secret"), (HELPER, "note", "title,text")):
        engine.clock.tick()  # type: ignore[attr-defined]
        rows = f"{head}\n{'Imported'},{hidden['word'] if actor is CLERK else 'plain'}\n"
        engine.imports.prepare(actor, record_type, io.BytesIO(rows.encode()), name="rows.csv")
    engine.suggestions.suggest(CLERK, "dossier", 5, {"plea": hidden["word"]}, comment=hidden["word"])
    for index in (1, 2):
        engine.create(CLERK, "wish", {"name": f"{hidden['word']} {index}", "phone": f"{hidden['phone']}{index}", "person": 1})
        engine.processes.run(CLERK, "wish", index, "offer")
    for index, name in enumerate(hidden_site.PEOPLE, 1):
        whole.tokens[name] = whole.token if name == "hugo" else engine.tokens.add(SYSTEM, name, user_id=index)[1]
    with engine.transactions.reading() as conn:
        whole.links = [engine.links.url(conn, "visit", visit, "answer").removeprefix("/l/") for visit in (1, 2, 5)]
    assert whole.app is not None
    _, whole.invited = whole.app.extensions[KEY].users.invite("ina", name="Ina", roles=("clerk",))


def person(name: str) -> Actor:
    """The actor of a user."""
    index = list(hidden_site.PEOPLE).index(name) + 1
    return Actor(id=index, name=name.title(), roles=frozenset(hidden_site.PEOPLE[name]))


__all__ = ["PASSWORD", "WORLDS", "Whole", "documents", "person", "world"]
