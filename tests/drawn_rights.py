"""Drawn rights: small sites whose rights are drawn at random, records in every state, and what readers are shown of them."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neutral_site import SITE

from kartotek.engine.engine import Engine
from kartotek.errors import NotFound
from kartotek.model.actor import OWNER, Actor, Scope
from kartotek.storage.database import Database

BOSS = Actor(1, "Olive", frozenset({OWNER}))
ROLES = ("clerk", "helper", "keeper")
FIELDS = ("alpha", "beta", "gamma")
STATES = ("open", "waiting", "done")
LEVELS = ("none", "flag", "mask", "read", "propose", "write")
GRANTS = (True, "record.open", "meta.state == 'open' && record.open", "record.rank == user.id", None)


class Drawn:
    """The documents of a site whose rights are drawn."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        fields: dict[str, Any] = {name: {"type": "string", "title": name, "x-field": self._rights()} for name in FIELDS}
        fields |= {"open": {"type": "boolean", "title": "Open"}, "rank": {"type": "integer", "title": "Rank"}}
        record: dict[str, Any] = {"permissions": {role: self._grants() for role in ROLES}}
        record["stateAccess"] = {state: {name: self._levels() for name in self._some(FIELDS)} for state in self._some(STATES)}
        masked = {name for of in record["stateAccess"].values() for name, levels in of.items() if "mask" in levels.values()}
        for name, one in fields.items():
            if name in masked or "mask" in one.get("x-field", {}).get("access", {}).values():
                one["x-field"].setdefault("mask", {"show": "last4"})
        record |= {"frozenWhen": "record.rank == 4"} if self._random.random() < 0.3 else {}
        flow = {
            "record": "thing", "initial": "open",
            "states": {"open": {}, "waiting": {"edit": self._some(ROLES) or ["clerk"]}, "done": {"final": True}},
            "transitions": {
                "wait": {"from": "open", "to": "waiting", "roles": self._some(ROLES) or ["clerk"]},
                "finish": {"from": "waiting", "to": "done", "roles": self._some(ROLES) or ["helper"]},
            },
        }  # fmt: skip
        thing = {"title": "Thing", "type": "object", "properties": fields, "x-record": record}
        self.documents = {"site.yaml": SITE + "  keeper:\n", "schemas/thing.json": json.dumps(thing), "workflows/thing.yaml": json.dumps(flow)}

    def _some(self, among: Sequence[str]) -> list[str]:
        return self._random.sample(among, self._random.randint(0, len(among)))

    def _levels(self) -> dict[str, str]:
        return {role: self._random.choice(LEVELS) for role in self._some(ROLES)}

    def _rights(self) -> dict[str, Any]:
        if self._random.random() < 0.3:
            seers = self._some(ROLES)[:2]  # whoever sees a mask may not write what is behind it
            return {"mask": {"show": "last4", "except": seers}, "write": seers}
        return {
            "access": self._levels(), **{key: self._some(ROLES) for key in ("read", "write") if self._random.random() < 0.4},
        }  # fmt: skip

    def _grants(self) -> dict[str, Any]:
        drawn = {action: self._random.choice(GRANTS) for action in ("read", "write", "delete")}
        return {action: rule for action, rule in drawn.items() if rule is not None}


def filled(engine: Engine) -> list[int]:
    """The records: in each state an open one and one that is not, all fields set; some of them somebody's."""
    found = []
    for place, (state, is_open) in enumerate(itertools.product(STATES, (True, False))):
        made = engine.create(BOSS, "thing", {**{name: f"value {name}" for name in FIELDS}, "open": is_open, "rank": place})
        for transition in ("wait", "finish")[: STATES.index(state)]:
            engine.processes.run(BOSS, "thing", made["id"], transition)
        found.append(made["id"])
    return found


def readers() -> list[Actor]:
    """People with each set of roles, and some of them by tokens that are limited."""
    sets = [frozenset(one) for size in range(4) for one in itertools.combinations(ROLES, size)]
    plain = [Actor(3, "Hugo", roles) for roles in sets]
    scopes = (
        Scope(actions=frozenset({"read"})), Scope(types=frozenset({"other"})), Scope(fields=(("thing", frozenset({"alpha", "open"})),)),
    )  # fmt: skip
    return [*plain, Actor(3, "Hugo", frozenset({OWNER})), *(Actor(3, "Hugo", roles, scope=one) for one in scopes for roles in (sets[-1], frozenset({OWNER})))]


def shown(engine: Engine, actor: Actor, id: int) -> dict[str, str]:
    """{field: what the door shows of it}."""
    try:
        found = engine.get(actor, "thing", id)
    except NotFound:
        return dict.fromkeys(FIELDS, "none")
    by_level = {"read": found["fields"], "mask": found.get("masked", {}), "flag": found.get("flags", {})}
    return {name: next((level for level, names in by_level.items() if name in names), "none") for name in FIELDS}


def opened(folder: Path, documents: dict[str, str]) -> Engine:
    engine = Engine(Database.open(f"sqlite:///{folder}/records.db"), files=folder / "files", secret=b"s" * 32)
    report = engine.apply_documents(documents, by=BOSS, reason="test")
    if any(one.severity == "error" for one in report.problems):
        engine.close()
        raise AssertionError([f"{one.place}: {one.message}" for one in report.problems if one.severity == "error"])
    return engine
