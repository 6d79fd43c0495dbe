"""The catalog: what is in service, its versions, what changed files would do, and doing it; for owners."""

from __future__ import annotations

from typing import Any

from flask import Response

from kartotek.api import answers, bodies, parameters
from kartotek.api.addresses import ROOT, record_id
from kartotek.api.catalog_bodies import PLAN_KEYS, answers_in, documents_in, number_in, text_in, texts_in, truth_in
from kartotek.api.repeats import once
from kartotek.engine.change_wires import change_wire, kept_wire, version_wire
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor
from kartotek.model.plan_wire import plan_wire


def show(engine: Engine, actor: Actor) -> Response:
    """The version in service with the text of its files, as another installation compares itself with it."""
    parameters.given(())
    return answers.answer(_exported(engine, actor, engine.catalog().version))


def versions(engine: Engine, actor: Actor) -> Response:
    """All versions, newest first."""
    texts = parameters.given(("before", "limit"))
    before = record_id(texts["before"]) if "before" in texts else None
    found = engine.plans.versions(actor, before=before, limit=parameters.limit(texts))
    return answers.answer({"items": [version_wire(one) for one in found]})


def version(engine: Engine, actor: Actor, *, number: str) -> Response:
    """One version with its files; with `from` also what leads to it from that other one."""
    texts = parameters.given(("from",))
    wanted = record_id(number)
    made = version_wire(engine.plans.version(actor, wanted), whole=True)
    if "from" in texts:
        made["plan"] = plan_wire(engine.plans.between(actor, record_id(texts["from"]), wanted))
    return answers.answer(made)


def plan(engine: Engine, actor: Actor) -> Response:
    """What the folder's files would do, or those sent along, or an earlier version; nothing is changed."""
    wire = _body(engine, PLAN_KEYS)[0]
    found = engine.plans.plan(
        actor, _wanted(engine, actor, wire), answers=answers_in(wire), sql=truth_in(wire, "sql")
    )
    return answers.answer(plan_wire(found))


def apply(engine: Engine, actor: Actor) -> Response:
    """Has done what the plan of the hash said, that of the folder or the one that leads back to a version.

    The background work does it, and `change` tells how far it is.
    """
    wire, raw = _body(engine, ("plan", "confirm", "reason", "version", "answers"), required=("plan",))
    given = {
        "hash": text_in(wire, "plan"), "confirm": texts_in(wire, "confirm"), "reason": text_in(wire, "reason"), "once": once(raw),
    }
    version = number_in(wire, "version")
    if version is None:
        made = engine.plans.accept(actor, answers=answers_in(wire), **given)
    else:
        bodies.closed(wire, ("plan", "confirm", "reason", "version"), path="")  # going back leaves nothing to be answered
        made = engine.rollbacks.accept(actor, version, **given)
    return answers.answer(change_wire(made), status=202, headers={"Location": f"{ROOT}/catalog/change"})


def change(engine: Engine, actor: Actor) -> Response:
    """The change that was asked for last: how far it is, or how it ended."""
    parameters.given(())
    found = engine.plans.latest(actor)
    return answers.answer({"change": None if found is None else change_wire(found)})


def kept(engine: Engine, actor: Actor) -> Response:
    """What was removed and can still be brought back."""
    parameters.given(())
    return answers.answer({"items": [kept_wire(one) for one in engine.plans.kept(actor)]})


def _exported(engine: Engine, actor: Actor, number: int) -> dict[str, Any]:
    found = engine.plans.version(actor, number)
    return {"version": found.version, "hash": found.hash, "documents": dict(found.documents)}


def _wanted(engine: Engine, actor: Actor, wire: dict[str, Any]) -> Any:
    number = number_in(wire, "version")
    return engine.plans.documents_of(actor, number) if number is not None else documents_in(wire)


def _body(engine: Engine, keys: tuple[str, ...], required: tuple[str, ...] = ()) -> tuple[dict[str, Any], bytes]:
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    return (bodies.json_object(raw, keys=keys, required=required) if raw or required else {}), raw
