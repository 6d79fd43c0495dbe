"""One meaning: over drawn roles, levels, states and rows, what Python decides, SQL asks and answers show is what a plain model says."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from lengths import rounds
from neutral_site import SITE

from kartotek.engine.engine import Engine
from kartotek.errors import KartotekError, Malformed
from kartotek.model.actor import Actor, Scope
from kartotek.model.clearance import CLEARANCES, rank
from kartotek.model.query import Query
from kartotek.rules.partial import HIDDEN

ROLES = ("clerk", "helper", "third")
FIELDS = ("one", "two", "three")
STATES = ("open", "busy", "done")
ROWS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "record.grade > 1": lambda record: record["grade"] > 1, "record.grade < 3": lambda record: record["grade"] < 3,
    "meta.state == 'busy'": lambda record: record["state"] == "busy", "record.mine": lambda record: record["mine"],
}
ROOT = Actor.system("tests")
FLOW = """record: thing
initial: open
states: {open: {}, busy: {}, done: {final: true}}
transitions:
  begin: {from: open, to: busy, roles: [clerk]}
  finish: {from: [open, busy], to: done, roles: [clerk]}
"""


class Drawn:
    """A drawn declaration, and what it means in plain words."""

    def __init__(self, draw: random.Random) -> None:
        self.rows: dict[str, Any] = {role: draw.choice([True, True, None, *ROWS]) for role in ROLES}
        self.read = {name: draw.choice([None, None, draw.sample(ROLES, 2)]) for name in FIELDS}
        self.write = {name: None if self.read[name] is None else draw.choice([None, draw.sample(ROLES, 1)]) for name in FIELDS}
        self.access = {name: {role: draw.choice(CLEARANCES) for role in ROLES if draw.random() < 0.4} for name in FIELDS}
        self.states = {state: {name: {role: draw.choice(CLEARANCES) for role in ROLES if draw.random() < 0.5} for name in FIELDS if draw.random() < 0.5}
                       for state in draw.sample(STATES, 2)}

    def documents(self) -> dict[str, str]:
        fields: dict[str, Any] = {"grade": {"type": "integer", "title": "G"}, "mine": {"type": "boolean", "title": "M"}}
        for name in FIELDS:
            own: dict[str, Any] = {"access": self.access[name]}
            own |= {key: given for key, given in (("read", self.read[name]), ("write", self.write[name])) if given is not None}
            if any("mask" in one.values() for one in (self.access[name], *(said.get(name, {}) for said in self.states.values()))):
                own["mask"] = {"show": "none"}
            fields[name] = {"type": "string", "title": name, "x-field": own}
        grants = {role: {"read": rule, "write": rule, "create": True} for role, rule in self.rows.items() if rule is not None}
        record = {"titleTemplate": "{grade}", "stateAccess": self.states, "permissions": grants}
        schema = {"title": "Thing", "type": "object", "properties": fields, "x-record": record}
        site = SITE + "  third: {title: Third}\n"
        return {"site.yaml": site, "schemas/thing.json": json.dumps(schema), "workflows/thing.yaml": FLOW}

    def level(self, role: str, name: str, state: str) -> str:
        said: str | None = self.states.get(state, {}).get(name, {}).get(role) or self.access[name].get(role)
        if said is not None:
            return said
        read, write = self.read[name], self.write[name]
        if read is not None and role not in read:
            return "unseen" if write is not None and role in write else "none"
        writers = write if write is not None else read
        return "write" if writers is None or role in writers else "read"

    def rows_of(self, roles: tuple[str, ...], record: dict[str, Any]) -> list[str]:
        return [role for role in roles if (rule := self.rows[role]) is True or (rule is not None and ROWS[rule](record))]

    def best(self, roles: tuple[str, ...], name: str, record: dict[str, Any]) -> int:
        levels = [self.level(role, name, record["state"]) for role in self.rows_of(roles, record)]
        return max((rank("none" if one == "unseen" else one) for one in levels), default=0)  # type: ignore[arg-type]

    def sets(self, roles: tuple[str, ...], name: str, record: dict[str, Any]) -> bool:
        return any(self.level(role, name, record["state"]) in ("write", "unseen") for role in self.rows_of(roles, record))


def records(engine: Engine) -> dict[int, dict[str, Any]]:
    """Things in every state, with and without values."""
    found = {}
    for at, (grade, state) in enumerate(product((1, 2, 3), STATES)):
        values = {"grade": grade, "mine": at % 2 == 0} | {name: f"{name}{at}" for index, name in enumerate(FIELDS) if (at + index) % 4}
        made = engine.create(ROOT, "thing", values)
        if state != "open":
            engine.processes.run(ROOT, "thing", made["id"], "begin" if state == "busy" else "finish")
        found[made["id"]] = values | {"state": state}
    return found


def check(engine: Engine, drawn: Drawn, things: dict[int, dict[str, Any]], roles: tuple[str, ...]) -> None:
    actor = Actor(9, "Nina", frozenset(roles))
    visible = {id for id, one in things.items() if drawn.rows_of(roles, one)}
    try:
        page = engine.select(actor, "thing", Query(limit=100, count=True))
    except KartotekError:
        assert not any(drawn.rows[role] for role in roles)
        return
    assert ({one["id"] for one in page.items}, page.count) == (visible, len(visible))
    for envelope in page.items:
        record = things[envelope["id"]]
        assert envelope == engine.get(actor, "thing", envelope["id"])
        for name in FIELDS:
            level, value = drawn.best(roles, name, record), record.get(name)
            shown = (envelope["fields"].get(name), envelope.get("masked", {}).get(name), envelope.get("flags", {}).get(name))
            wanted = (value if level >= rank("read") else None, HIDDEN if level == rank("mask") and value else None,
                      (value is not None) if level == rank("flag") else None)
            assert shown == wanted, (roles, name, record, level)
    for name in FIELDS:
        readable = {id for id in visible if drawn.best(roles, name, things[id]) >= rank("read") and things[id].get(name)}
        try:
            found = {one["id"] for one in engine.select(actor, "thing", Query(filter=f"isSet(record.{name})", limit=100)).items}
            order = [one["id"] for one in engine.select(actor, "thing", Query(sort=(name,), limit=100)).items]
        except Malformed:
            assert not any(drawn.rows[role] and drawn.level(role, name, state) in ("read", "propose", "write") for role in roles for state in STATES)
            continue
        assert found == readable, (roles, name)
        assert order == [*sorted(readable, key=lambda id: (things[id][name], id)), *sorted(visible - readable)], (roles, name)


def check_scope(engine: Engine, roles: tuple[str, ...]) -> None:
    """A token that is limited to fields shows of each record what its user sees of these, and cannot ask by others."""
    whole, few = Actor(9, "Nina", frozenset(roles)), Actor(9, "Nina", frozenset(roles), scope=Scope(fields=(("thing", frozenset({"one", "grade"})),)))
    try:
        pages = [engine.select(one, "thing", Query(limit=100)).items for one in (whole, few)]
    except KartotekError:
        return
    assert [one["id"] for one in pages[0]] == [one["id"] for one in pages[1]]
    for mine, limited in zip(*pages, strict=True):
        for part in ("fields", "masked", "flags"):
            kept = {name: value for name, value in mine.get(part, {}).items() if name in ("one", "grade")}
            assert limited.get(part, {}) == kept
    for asked in (Query(filter="isSet(record.two)"), Query(sort=("two",)), Query(fields=("two",))):
        with pytest.raises(Malformed):
            engine.select(few, "thing", asked)


def check_writing(engine: Engine, drawn: Drawn, things: dict[int, dict[str, Any]], draw: random.Random) -> None:
    for roles in ((one,) for one in ROLES):
        actor = Actor(9, "Nina", frozenset(roles))
        for id in draw.sample(sorted(things), 4):
            name = draw.choice(FIELDS)
            if not drawn.rows_of(roles, things[id]):
                continue
            try:
                engine.update(actor, "thing", id, {name: "new"})
                done = True
                things[id][name] = "new"
            except KartotekError:
                done = False
            assert done == drawn.sets(roles, name, things[id]), (roles, name, things[id])


@pytest.mark.parametrize("seed", range(rounds(5, 60)))
def test_python_and_sql_agree_with_the_plain_meaning(open_engine: Callable[..., Engine], seed: int) -> None:
    draw = random.Random(seed)
    drawn = Drawn(draw)
    engine = open_engine()
    report = engine.apply_documents(drawn.documents(), by=ROOT, reason="t")
    assert report.applied, [f"{one.place}: {one.message}" for one in report.problems if one.severity == "error"]
    things = records(engine)
    for roles in (*((one,) for one in ROLES), ROLES[:2], ROLES[1:], ROLES):
        check(engine, drawn, things, roles)
        check_scope(engine, roles)
    check_writing(engine, drawn, things, draw)
