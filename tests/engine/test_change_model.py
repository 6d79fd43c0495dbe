"""Random sequences of renames, removals and returns among writes, compared with a model in memory after each."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from changing import Types, named, record, text, through, to, values
from lengths import rounds
from neutral_site import OWNER

from kartotek.engine.engine import Engine

_NULLABLE = {"type": ["string", "null"]}
_KINDS = ("text", "object", "rows", "links", "link")


@dataclass
class Logical:
    """A field whatever it is called; `members` are those of an object or of rows."""

    kind: str
    name: str
    members: list[Logical] = field(default_factory=list)
    here: bool = True
    olds: tuple[str, ...] = ()

    def declared(self) -> dict[str, Any]:
        inner = {one.name: one.declared() for one in self.members if one.here}
        body = {
            "text": lambda: dict(_NULLABLE),
            "object": lambda: {"type": "object", "properties": inner},
            "rows": lambda: {"type": "array", "items": {"type": "object", "properties": inner}},
            "link": lambda: {"type": "integer", "x-field": {"references": "person"}},
            "links": lambda: {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "person"}},
        }[self.kind]()
        return named(body, *self.olds) if self.olds else body


class World:
    """The declared fields, and {record: {logical field: value}}; values of members are keyed by their logical field too."""

    def __init__(self, drawn: random.Random) -> None:
        self.drawn = drawn
        self.count = 0
        self.fields = [self.new(kind) for kind in (*_KINDS, "text")]
        self.anchor = Logical("text", "anchor")
        self.records: dict[int, dict[int, Any]] = {}

    def new(self, kind: str) -> Logical:
        self.count += 1
        members = [self.new("text") for _ in range(3)] if kind in ("object", "rows") else []
        if members:
            members[0].name = f"keep{self.count}"
        return Logical(kind, f"f{self.count}", members)

    def types(self) -> Types:
        declared = {one.name: one.declared() for one in (self.anchor, *self.fields) if one.here}
        return {"person": record(name=text()), "thing": record(**declared)}

    def turn(self) -> None:
        """Renames, removes or brings back something."""
        # Of one field or of what it holds, not of both at once: it comes back as it went, with the members it had then.
        for top in self.drawn.sample(self.fields, 2):
            one = self.drawn.choice([top, *(top.members[1:] if top.here else ())])
            one.olds = ()
            if not one.here or self.drawn.random() < 0.4:
                one.here = not one.here
            else:
                self.count += 1
                one.olds, one.name = (one.name,), f"n{self.count}"

    def settle(self) -> None:
        """Former names have served."""
        for top in self.fields:
            for one in (top, *top.members):
                one.olds = ()

    def value(self, one: Logical, person: int) -> Any:
        pick = self.drawn.random
        if one.kind == "text":
            return None if pick() < 0.3 else f"v{self.drawn.randrange(1000)}"
        if one.kind == "link":
            return person
        if one.kind == "links":
            return [person] * self.drawn.randrange(1, 3)
        if one.kind == "object":
            return self.members(one)
        return [self.members(one) for _ in range(self.drawn.randrange(1, 3))]

    def members(self, one: Logical) -> dict[int, Any]:
        found = {id(one.members[0]): "k"}
        return found | {id(each): self.value(each, 0) for each in one.members[1:] if each.here and self.drawn.random() < 0.7}

    def wire(self, one: Logical, value: Any) -> Any:
        if one.kind == "object":
            return {each.name: value[id(each)] for each in one.members if each.here and id(each) in value}
        if one.kind == "rows":
            return [{each.name: row[id(each)] for each in one.members if each.here and id(each) in row} for row in value]
        return value

    def shown(self, known: dict[int, Any]) -> dict[str, Any]:
        return {one.name: self.wire(one, known[id(one)]) for one in (self.anchor, *self.fields) if one.here and id(one) in known}


def write(engine: Engine, world: World, person: int) -> None:
    # Rows that are written anew are others, and what a member that is away held of them is gone.
    whole = [one for one in world.fields if one.here and (one.kind != "rows" or all(each.here for each in one.members))]
    chosen = [one for one in whole if world.drawn.random() < 0.7]
    given = {id(one): world.value(one, person) for one in chosen}
    wire = {one.name: world.wire(one, given[id(one)]) for one in chosen}
    if world.records and world.drawn.random() < 0.5:
        number = world.drawn.choice(list(world.records))
        engine.update(OWNER, "thing", number, wire)
    else:
        number = engine.create(OWNER, "thing", {"anchor": "a", **wire})["id"]
        world.records[number] = {id(world.anchor): "a"}
    known = world.records[number]
    for one in chosen:
        if one.kind == "object" and id(one) in known:  # what is not there for now stays, what is there is written anew
            gone = {key: value for key, value in known[id(one)].items() if not _is_here(one, key)}
            given[id(one)] = gone | given[id(one)]
        known[id(one)] = given[id(one)]


def _is_here(one: Logical, key: int) -> bool:
    return any(id(each) == key and each.here for each in one.members)


@pytest.mark.parametrize("seed", range(rounds(3, 40)))
def test_every_value_stands_where_it_is_called(site: Callable[[Types], Engine], seed: int) -> None:
    world = World(random.Random(seed))
    engine = site(world.types())
    person = engine.create(OWNER, "person", {"name": "P"})["id"]
    for turn in range(8):
        for _ in range(4):
            write(engine, world, person)
        world.turn()
        (through if turn % 2 else to)(engine, world.types())
        world.settle()
        to(engine, world.types())
        assert {id: values(engine, "thing", id) for id in world.records} == {
            id: world.shown(known) for id, known in world.records.items()}
