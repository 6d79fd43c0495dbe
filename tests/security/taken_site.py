"""A site where times are taken, messages sent and rules watched, built twice: what the helper may not see differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hidden_site import CLERK, HELPER, ROLES, SYSTEM, Ticking
from neutral_site import ALL

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.storage.database import Database

_CLERKS: dict[str, Any] = {"x-field": {"read": ["clerk"]}}
# "person" is to be seen by the helper in open visits alone, "spot" never, "place" always.
PLACE = {
    "title": "Place", "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name"}, "shown": {"type": "boolean", "title": "Shown"},
        "room": {"type": "integer", "title": "Room", **_CLERKS}, "word": {"type": "string", "title": "Word", **_CLERKS},
    },
    "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": ALL, "helper": {"read": "record.shown", "write": "record.shown"}, "keeper": {"read": "record.shown"}}},
}  # fmt: skip
VISIT = {
    "title": "Visit", "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name"}, "open": {"type": "boolean", "title": "Open"},
        "place": {"type": "integer", "title": "Place", "x-field": {"references": "place"}},
        "person": {"type": "integer", "title": "Person", "x-field": {"references": "place", "read": ["clerk", "keeper"], "write": ["clerk"]}},
        "spot": {"type": "integer", "title": "Spot", "x-field": {"references": "place", "read": ["clerk"]}},
        "word": {"type": "string", "title": "Word", **_CLERKS},
        "starts": {"type": "string", "format": "date-time", "title": "Starts"},
        "ends": {"type": "string", "format": "date-time", "title": "Ends"},
    },
    "x-record": {
        "titleTemplate": "{name}", "sort": ["name"],
        "occupancy": [{"name": one, "key": [one], "start": "starts", "end": "ends"} for one in ("place", "person", "spot")],
        "validations": [
            {"name": "calm", "rule": "record.person.word != 'wild'", "field": "person", "message": "Not calm", "level": "confirm"},
            {"name": "mild", "rule": "record.spot.word != 'wild'", "field": "spot", "message": "Not mild", "level": "confirm"},
        ],
        "permissions": {
            "clerk": ALL, "helper": {"read": True, "create": True, "write": True},
            "keeper": {"read": "record.open", "write": "record.open"},
        },
    },
}  # fmt: skip
FLOW = """record: visit
field: stage
initial: new
states:
  new: {title: {en: New, zh: 新}}
  seen: {title: {en: Seen, zh: 已看}}
  closed: {title: {en: Closed, zh: 已关}, final: true}
transitions:
  look:
    title: {en: Look, zh: 看}
    from: new
    to: seen
    roles: [helper]
    do:
      - notify: {roles: [helper, clerk], template: told}
      - webhook: {endpoint: hook, event: visit.seen}
      - link: {name: answer, transition: close, uses: 2}
  again:
    title: {en: Again, zh: 再}
    from: [new, seen]
    to: new
    roles: [helper]
    do:
      - create: {record: visit, set: {name: again, spot: =record.spot, starts: =record.starts, ends: =record.ends}, declassify: true}
  over:
    title: {en: Over, zh: 过}
    from: [new, seen]
    to: new
    roles: [helper]
    do:
      - create: {record: visit, set: {name: over, place: =record.spot, starts: =record.starts, ends: =record.ends}}
        declassify: true
  close:
    title: {en: Close, zh: 关}
    from: seen
    to: closed
    roles: [clerk]
"""
TOLD = """record: visit
subject: {en: "{record.name} {record.word}", zh: "{record.name} {record.word}"}
body:
  en: "{record.name}: {record.person.name} {record.spot.name} {#if record.word == 'amber'}one{#else}other{/if} {link.answer}"
  zh: "{record.name}: {record.person.name} {record.spot.name} {#if record.word == 'amber'}one{#else}other{/if} {link.answer}"
"""
WORLDS: tuple[Mapping[str, Any], Mapping[str, Any]] = (
    {"word": "amber", "spot": 3, "person": 1}, {"word": "zebra", "spot": 4, "person": 2},
)  # fmt: skip
# Places 1 and 2 are shown to the helper, 3 and 4 are not.


def documents() -> dict[str, str]:
    """The site's files."""
    site = ROLES + "endpoints: {hook: {url: 'https://example.org/', secret: hook, role: helper}}\n"
    return {
        "site.yaml": site, "schemas/place.json": json.dumps(PLACE), "schemas/visit.json": json.dumps(VISIT),
        "workflows/visit.yaml": FLOW.replace("}, declassify: true}", "}}\n        declassify: true"), "templates/messages/told.yaml": TOLD,
    }


def world(folder: Path, hidden: Mapping[str, Any]) -> Engine:
    """The site on SQLite with these hidden values; all times that are taken are the same in every world."""
    clock = Ticking()
    engine = Engine(Database.open(f"sqlite:///{folder}/records.db"), files=folder / "files", secret=b"s" * 32, clock=clock)
    report = engine.apply_documents(documents(), by=SYSTEM, reason="tests")
    problems = [f"{one.place} {one.message}" for one in report.problems if one.severity == "error"]
    assert not problems, problems
    for one in (CLERK, HELPER):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    fill(engine, hidden, clock)
    return engine


def fill(engine: Engine, hidden: Mapping[str, Any], clock: Ticking) -> None:
    """Places and visits, with these hidden values."""

    def create(record_type: str, **fields: Any) -> int:
        clock.tick()
        return int(engine.create(CLERK, record_type, fields)["id"])

    for index in range(1, 5):
        create("place", name=f"Place {index}" if index < 3 else f"{hidden['word']} {index}", shown=index < 3, room=1, word="still")
    for index in range(1, 9):
        # Of each two that lie at the same time one takes what the other does not, so that all is taken in both worlds.
        first = index % 2 == 1
        create(
            "visit", name=f"Visit {index}", open=index in (5, 6), word=hidden["word"],
            person=hidden["person"] if first else 3 - hidden["person"], spot=hidden["spot"] if first else 7 - hidden["spot"],
            starts=f"2026-12-0{(index + 1) // 2}T10:00:00Z", ends=f"2026-12-0{(index + 1) // 2}T11:00:00Z",
        ) if index not in (5, 6) else create(
            "visit", name=f"Visit {index}", open=True, word=hidden["word"], person=index - 4,
            spot=hidden["spot"] if first else 7 - hidden["spot"],
            starts="2026-12-03T10:00:00Z", ends="2026-12-03T11:00:00Z",
        )  # fmt: skip
    for day in range(1, 5):
        for place in (3, 4):  # so that "over" is refused
            create("visit", name="Full", open=True, place=place, starts=f"2026-12-0{day}T08:00:00Z", ends=f"2026-12-0{day}T20:00:00Z")
    for place in (1, 3, 4):  # which visits are not calm now depends on what is hidden; none is mild
        clock.tick()
        engine.update(CLERK, "place", place, {"word": "wild"})
    while engine.timers.run_due():
        pass
    clock.tick()
