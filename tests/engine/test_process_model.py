"""Random workflows against a model of a few lines: the same answers, states, values and versions, whatever is tried."""

from __future__ import annotations

import copy
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from neutral_site import ALL, CLERK, HELPER, OWNER
from moved_orders import opened

from kartotek.engine.engine import Engine
from kartotek.engine.processes import fire
from kartotek.errors import Conflict, Forbidden, Invalid
from kartotek.model.actor import Actor
from kartotek.storage.database import Database

STATES = ("s0", "s1", "s2", "s3")
TIMER = Actor.system("timer")
Tried = tuple[str, int, int, int | None]
ACTORS = {"owner": OWNER, "clerk": CLERK, "helper": HELPER}


@dataclass
class Way:
    """A transition as it was drawn; `pull` names one that its effect runs for the peer."""

    sources: list[str]
    target: str
    roles: list[str]
    least: int | None = None
    require: bool = False
    add: int | None = None
    auto: bool = False
    pull: str = ""
    skip: bool = False


# --- the model begins
class Refused(Exception):
    """With the code of the problem."""


@dataclass
class Model:
    """{id: [state, n, version, peer]}; what is refused leaves nothing behind."""

    flow: dict[str, Way]
    records: list[list[Any]] = field(default_factory=list)

    def attempt(self, actor: str, id: int, name: str, n: int | None) -> str:
        kept = copy.deepcopy(self.records)
        try:
            self.run(actor, id, name, n, 0)
            return "done"
        except Refused as refused:
            self.records = kept
            return str(refused)

    def run(self, actor: str, id: int, name: str, n: int | None, depth: int) -> None:
        way, record = self.flow[name], self.records[id]
        if depth > 8:
            raise Refused("effects_depth")
        if record[0] not in way.sources:
            raise Refused("wrong_state")
        if actor not in ("owner", *way.roles):
            raise Refused("transition_forbidden")
        if n is not None and not way.require:
            raise Refused("not_asked")
        value = record[1] if n is None else n
        if way.require and value is None:
            raise Refused("required")
        if way.least is not None and not (value is not None and value >= way.least):
            raise Refused("guard")
        value = value + way.add if way.add is not None and value is not None else None if way.add is not None else value
        record[:3] = way.target, value, record[2] + 1
        if way.pull and record[3] is not None and not (way.skip and self.records[record[3]][0] not in self.flow[way.pull].sources):
            self.run("owner", record[3], way.pull, None, depth + 1)
        self.lead_on(id, depth)

    def lead_on(self, id: int, depth: int) -> None:
        for name, way in self.flow.items():
            state, value = self.records[id][:2]
            if way.auto and state in way.sources and (way.least is None or (value is not None and value >= way.least)):
                return self.run("owner", id, name, None, depth + 1)
# --- the model ends


ways = st.builds(
    Way, sources=st.lists(st.sampled_from(STATES), min_size=1, max_size=3, unique=True), target=st.sampled_from(STATES),
    roles=st.lists(st.sampled_from(["clerk", "helper"]), min_size=1, unique=True), least=st.none() | st.integers(0, 6),
    require=st.booleans(), add=st.none() | st.integers(-3, 3), auto=st.integers(0, 4).map(lambda one: one == 0),
    pull=st.sampled_from(["", "", "t0", "t1", "t2"]), skip=st.booleans(),
)
flows = st.lists(ways, min_size=3, max_size=6).map(lambda found: {f"t{index}": one for index, one in enumerate(found)})
steps = st.lists(
    st.tuples(
        st.sampled_from([*ACTORS, "timer"]), st.integers(0, 2), st.integers(0, 5), st.none() | st.integers(-1, 8)
    ), min_size=5, max_size=14,
)


def documents(flow: dict[str, Way]) -> dict[str, str]:
    """The site of one drawn workflow."""
    thing = {
        "title": "Thing", "type": "object",
        "properties": {"n": {"type": "integer"}, "peer": {"type": "integer", "x-field": {"references": "thing"}}},
        "x-record": {"permissions": {"clerk": ALL, "helper": ALL}},
    }
    leaving = {source for way in flow.values() for source in way.sources}
    wired = {
        "record": "thing", "initial": "s0", "field": "status",
        "states": {name: {"title": name} | ({} if name in leaving else {"final": True}) for name in STATES},
        "transitions": {name: _wire(way) for name, way in flow.items()},
    }
    site = "name: Model\nlanguages: [en]\ntimezone: UTC\nroles:\n  clerk: {title: C}\n  helper: {title: H}\n"
    return {"site.yaml": site, "schemas/thing.json": json.dumps(thing), "workflows/thing.yaml": json.dumps(wired)}


def _wire(way: Way) -> dict[str, Any]:
    do: list[dict[str, Any]] = [{"set": {"n": f"=record.n + {way.add}"}}] if way.add is not None else []
    do += [{"transition": {"record": "=record.peer", "run": way.pull, "skip": way.skip}}] if way.pull else []
    wired: dict[str, Any] = {"title": "T", "from": way.sources, "to": way.target, "do": do}
    wired |= {"auto": True} if way.auto else {"roles": way.roles}
    wired |= {"guard": f"record.n >= {way.least}"} if way.least is not None else {}
    return {key: value for key, value in (wired | ({"require": ["n"]} if way.require else {})).items() if value != []}


def _tidy(flow: dict[str, Way]) -> dict[str, Way]:
    """What the check of the files would refuse is taken out: an auto asks nothing, and one leads from a state at most."""
    taken: set[str] = set()
    for name, way in flow.items():
        if way.auto and (taken & set(way.sources) or way.least is None):
            way.auto = False
        if way.auto:
            taken |= set(way.sources)
            way.require, way.roles = False, []
        way.pull = way.pull if way.pull != name else ""
    return flow


def _attempt(engine: Engine, actor: str, id: int, name: str, n: int | None) -> str:
    try:
        if actor == "timer":
            done = engine.transactions.transact(TIMER, lambda moment: lambda open: fire(open, "thing", id, name))
            return "done" if done else "dropped"
        engine.processes.run(ACTORS[actor], "thing", id, name, fields={} if n is None else {"n": n})
        return "done"
    except (Conflict, Forbidden, Invalid) as refused:
        return refused.problems[0].code


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(flow=flows, tried=steps, circle=st.booleans())
def test_random_workflows_agree_with_the_model(flow: dict[str, Way], tried: list[Tried], circle: bool) -> None:
    flow = _tidy(flow)
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Database.open(f"sqlite:///{folder}/records.db"), files=Path(folder) / "files", secret=b"s" * 32)
        try:
            _compare(engine, flow, tried, circle)
        finally:
            engine.close()


def _compare(engine: Engine, flow: dict[str, Way], tried: list[Tried], circle: bool) -> None:
    report = engine.apply_documents(documents(flow), by=TIMER, reason="test")
    assume(report.applied)
    model = Model(flow)
    for index in range(3):
        engine.create(OWNER, "thing", {"peer": index} if index else {})
        model.records.append(["s0", None, 1, index - 1 if index else None])
    if circle:
        engine.update(OWNER, "thing", 1, {"peer": 3})
        model.records[0][2:] = 2, 2
    for actor, id, number, n in tried:
        name = f"t{number % len(flow)}"
        actor = "owner" if flow[name].require and actor == "timer" else actor  # a timer asks nobody for anything
        expected = model.attempt("owner" if actor == "timer" else actor, id, name, None if actor == "timer" else n)
        if actor == "timer" and expected in ("wrong_state", "guard"):
            found = _attempt(engine, actor, id + 1, name, n)
            # Within what it pulls along, a guard or a state refuses the whole; its own only drops the timer.
            assert found in ("dropped", expected)
        else:
            assert _attempt(engine, actor, id + 1, name, n) == expected, (actor, id, name, n)
        event(expected)
        assert [_shown(engine, one + 1) for one in range(3)] == [one[:3] for one in model.records]
        _agree_on_what_is_offered(engine, model, id)


def _shown(engine: Engine, id: int) -> list[Any]:
    found = engine.get(OWNER, "thing", id)
    assert found["fields"]["status"] == found["state"]
    return [found["state"], found["fields"].get("n"), found["version"]]


def _agree_on_what_is_offered(engine: Engine, model: Model, id: int) -> None:
    """What is allowed without input must be what the model would let pass, but for what its effects come to."""
    for actor in ("clerk", "helper"):
        for one in engine.processes.transitions(ACTORS[actor], "thing", id + 1):
            way, (state, value) = model.flow[one["name"]], model.records[id][:2]
            assert state in way.sources
            open_ = way.least is None or (value is not None and value >= way.least)
            assert one["allowed"] == (actor in way.roles and open_)


def test_the_model_is_short() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    model = text.split("# --- the model begins\n")[1].split("# --- the model ends")[0]
    assert len([line for line in model.splitlines() if line.strip()]) <= 45
