"""The site's files for owners: read, and changed together with what is in service."""

from __future__ import annotations

from typing import Any

from flask import Response

from kartotek.api import answers, bodies, parameters
from kartotek.api.catalog_bodies import text_in, texts_in
from kartotek.api.catalog_edits import PROPOSAL_KEYS, proposal_in
from kartotek.api.repeats import once
from kartotek.engine.change_wires import change_wire
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor
from kartotek.model.plan_wire import plan_wire


def show(engine: Engine, actor: Actor) -> Response:
    """The site's own declarations as they stand in its folder."""
    parameters.given(())
    return answers.answer({"files": engine.proposals.files(actor)})


def plan(engine: Engine, actor: Actor) -> Response:
    """What files and edits would do; nothing is written."""
    wire, _ = _body(engine, PROPOSAL_KEYS, ())
    found = engine.proposals.propose(actor, proposal_in(wire))
    return answers.answer({"plan": plan_wire(found.plan), "files": dict(found.files), "changes": dict(found.changes)})


def apply(engine: Engine, actor: Actor) -> Response:
    """Writes the files and puts them into service; answers when both are done."""
    wire, raw = _body(engine, (*PROPOSAL_KEYS, "plan", "confirm", "reason"), ("plan",))
    made = engine.proposals.apply(
        actor, proposal_in(wire), hash=text_in(wire, "plan"), confirm=texts_in(wire, "confirm"),
        reason=text_in(wire, "reason"), once=once(raw),
    )
    return answers.answer(change_wire(made))


def _body(engine: Engine, keys: tuple[str, ...], required: tuple[str, ...]) -> tuple[dict[str, Any], bytes]:
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    return bodies.json_object(raw, keys=keys, required=required), raw
