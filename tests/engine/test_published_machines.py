"""Machines that other people published come to the same states here, step by step.

Source: the test suites and examples of two libraries on PyPI, `transitions` 0.9.3 (tests/test_core.py) and
`python-statemachine` 2.5.0 (tests/examples); the machines are declared anew, and the states after each event are those that
the libraries themselves come to. Where one of their events may take several ways, it is several transitions here, tried
in their order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from neutral_site import ALL, CLERK
from moved_orders import opened

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Invalid

Step = tuple[str, Mapping[str, Any], str]

THING = {
    "title": "Thing", "type": "object",
    "properties": {
        "amount": {"type": "integer"}, "total": {"type": "integer", "default": 0}, "paid": {"type": "integer", "default": 0},
        "received": {"type": "boolean", "default": False}, "temperature": {"type": "integer"}, "token": {"type": "string"},
        "verified": {"type": "boolean", "default": False},
    },
    "x-record": {"permissions": {"clerk": ALL}},
}
SITE = "name: Machines\nlanguages: [en]\ntimezone: UTC\nroles:\n  clerk: {title: Clerk}\n"


@dataclass(frozen=True)
class Machine:
    """`ways` are {transition: (from, to, what else)}; `events` name the transitions an event tries, itself if absent."""

    states: str
    ways: Mapping[str, tuple[str, str, Mapping[str, Any]]]
    steps: tuple[Step, ...]
    final: str = ""
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def documents(self) -> dict[str, str]:
        """The site that has this machine alone."""
        final = self.final.split()
        names = self.states.split()
        flow = {
            "record": "thing", "initial": names[0],
            "states": {name: {"title": name} | ({"final": True} if name in final else {}) for name in names},
            "transitions": {
                name: {"title": name, "from": source.split(), "to": to} | ({} if "auto" in more else {"roles": ["clerk"]}) | more
                for name, (source, to, more) in self.ways.items()
            },
        }
        return {"site.yaml": SITE, "schemas/thing.json": json.dumps(THING), "workflows/thing.yaml": json.dumps(flow)}


def plain(events: str, states: str) -> tuple[Step, ...]:
    """Steps without input."""
    return tuple((event, {}, state) for event, state in zip(events.split(), states.split(), strict=True))


TEMPERATURES = (24, 15, 20, 15, 17, 16, 23, 15, 18, 22, 35, 30, 20, 15, 31, 19, 27, 35, 26, 16)
COOLED = ("off " * 10 + "cooling cooling cooling standby cooling standby cooling cooling cooling standby").split()
PAY = {"require": ["amount"], "do": [{"set": {"paid": "=record.paid + record.amount", "received": True}}]}
MACHINES = {
    "walk, run, sprint": Machine(
        "a b c d", {"walk": ("a", "b", {}), "run": ("b", "c", {}), "sprint": ("c", "d", {})}, final="d",
        steps=plain("walk sprint run walk sprint sprint", "b b c c d d"),
    ),
    "matter": Machine(
        "solid liquid gas plasma",
        {"melt": ("solid", "liquid", {}), "evaporate": ("liquid", "gas", {}), "sublimate": ("solid", "gas", {}),
         "ionize": ("gas", "plasma", {})},
        final="plasma",
        steps=plain("evaporate melt sublimate evaporate ionize ionize", "solid liquid liquid gas plasma plasma"),
    ),
    "conditions": Machine(
        "a b c d",
        {"one": ("a", "b", {"guard": "record.total == 0"}), "two": ("b", "c", {"guard": "!(record.total == 1)"}),
         "three": ("c", "d", {"guard": "!(record.total == 1) && !(record.total == 0)"})},
        final="d", events={"advance": ("one", "two", "three")}, steps=plain("advance advance advance", "b c c"),
    ),
    "the second way": Machine(
        "a b c", {"one": ("a", "b", {"guard": "record.total == 1"}), "two": ("a", "c", {})},
        final="b c", events={"advance": ("one", "two")}, steps=plain("advance", "c"),
    ),
    "traffic light": Machine(
        "green yellow red", {"slowdown": ("green", "yellow", {}), "stop": ("yellow", "red", {}), "go": ("red", "green", {})},
        events={"cycle": ("slowdown", "stop", "go")},
        steps=plain("cycle slowdown stop cycle cycle cycle cycle", "yellow yellow red green yellow red green"),
    ),
    "campaign": Machine(
        "draft producing closed",
        {"add_job": ("draft", "draft", {}), "add_more": ("producing", "producing", {}),
         "produce": ("draft", "producing", {}), "deliver": ("producing", "closed", {})},
        final="closed", events={"add_job": ("add_job", "add_more")},
        steps=plain("deliver add_job produce produce add_job deliver add_job",
                    "draft draft producing producing producing closed closed"),
    ),
    "order control": Machine(
        "waiting processing shipping completed",
        {"add_to_order": ("waiting", "waiting", {"require": ["amount"], "do": [
            {"set": {"total": "=record.total + record.amount", "received": False}}]}),
         "pay_all": ("waiting", "processing", {"guard": "record.paid + record.amount >= record.total"} | PAY),
         "pay_some": ("waiting", "waiting", PAY),
         "process_order": ("processing", "shipping", {"guard": "record.received"}),
         "ship_order": ("shipping", "completed", {})},
        final="completed", events={"receive_payment": ("pay_all", "pay_some")},
        steps=(
            ("add_to_order", {"amount": 3}, "waiting"), ("add_to_order", {"amount": 7}, "waiting"),
            ("ship_order", {}, "waiting"), ("receive_payment", {"amount": 4}, "waiting"), ("process_order", {}, "waiting"),
            ("receive_payment", {"amount": 6}, "processing"), ("add_to_order", {"amount": 1}, "processing"),
            ("process_order", {}, "shipping"), ("receive_payment", {"amount": 1}, "shipping"),
            ("ship_order", {}, "completed"), ("process_order", {}, "completed"),
        ),
    ),
    "air conditioner": Machine(
        "off cooling standby",
        {"heat": ("off", "cooling", {"ask": ["temperature"], "guard": "record.temperature > 25"}),
         "good": ("cooling", "standby", {"ask": ["temperature"], "guard": "record.temperature < 20"}),
         "again": ("standby", "cooling", {"ask": ["temperature"], "guard": "record.temperature > 25"}),
         "cool": ("standby", "off", {"ask": ["temperature"], "guard": "record.temperature < 18"})},
        events={"sensor": ("heat", "good", "again", "cool")},
        steps=tuple(("sensor", {"temperature": one}, state) for one, state in zip(TEMPERATURES, COOLED, strict=True)),
    ),
    "sign-up": Machine(
        "incomplete complete rejected enabled disabled rescinded",
        {"signup": ("incomplete", "complete", {"require": ["token"], "do": [{"set": {"verified": True}}]}),
         "reject": ("incomplete complete", "rejected", {}), "enable": ("complete", "enabled", {}),
         "disable": ("enabled", "disabled", {}), "rescind": ("enabled disabled", "rescinded", {})},
        final="rejected rescinded",
        steps=(("signup", {"token": ""}, "incomplete"), ("enable", {}, "incomplete"), ("signup", {"token": "1234"}, "complete"),
               *plain("enable reject disable enable rescind disable", "enabled enabled disabled disabled rescinded rescinded")),
    ),
    "beacons": Machine(
        "din eilenach nardol halifirien lit",
        {"one": ("din", "eilenach", {"auto": True}), "two": ("eilenach", "nardol", {"auto": True}),
         "three": ("nardol", "halifirien", {"auto": True}), "done": ("halifirien", "lit", {"auto": True})},
        final="lit", steps=(("", {}, "lit"),),
    ),
}


@pytest.mark.parametrize("name", MACHINES)
def test_published_machines_come_to_the_same_states(name: str, open_engine: Callable[..., Engine]) -> None:
    machine = MACHINES[name]
    engine = opened(open_engine, machine.documents())
    record = engine.create(CLERK, "thing", {})
    states = []
    for event, fields, _ in machine.steps:
        _send(engine, record["id"], machine.events.get(event, (event,) if event else ()), fields)
        states.append(engine.get(CLERK, "thing", record["id"])["state"])
    assert states == [state for _, _, state in machine.steps]


def _send(engine: Engine, id: int, ways: tuple[str, ...], fields: Mapping[str, Any]) -> None:
    """Takes the first way that is open; where none is, nothing happens."""
    for way in ways:
        try:
            engine.processes.run(CLERK, "thing", id, way, fields=fields)
            return
        except (Conflict, Invalid):
            continue
