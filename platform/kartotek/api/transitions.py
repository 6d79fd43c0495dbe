"""Transitions: what can be done with a record now, why not, and doing it."""

from __future__ import annotations

from typing import Any

from flask import Response

from kartotek.api import answers, bodies, parameters, preconditions
from kartotek.api.addresses import record_id
from kartotek.api.records import by_header, patch_of, present_version
from kartotek.api.repeats import once
from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Malformed
from kartotek.model.actor import Actor
from kartotek.model.problem import problem

_KEYS = ("fields", "unset", "version", "comment", "confirm")


def listing(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """What leads from the record's present state, each with all that keeps the actor from it."""
    number = record_id(record)
    parameters.given(())
    return answers.answer({"items": engine.processes.transitions(actor, type_name, number)})


def run(engine: Engine, actor: Actor, *, type_name: str, record: str, transition: str) -> Response:
    """The record after the transition."""
    number = record_id(record)
    parameters.given(())
    settings = engine.catalog().settings
    raw = bodies.read(settings.limits.body)
    wire = bodies.json_object(raw, keys=_KEYS) if raw else {}
    patch = patch_of(wire, path="")
    version = preconditions.version(
        patch.version,
        demanded=settings.require_version,
        current=lambda: present_version(engine, actor, type_name, number),
    )
    try:
        envelope = engine.processes.run(
            actor, type_name, number, transition, fields=patch.fields, unset=patch.unset,
            comment=_text(wire.get("comment", "")), confirm=patch.confirm, version=version,
            once=once(raw),
        )
    except Conflict as exc:
        raise by_header(exc, patch.version) from exc
    return answers.record(envelope)


def _text(wire: Any) -> str:
    if not isinstance(wire, str):
        raise _malformed("/comment", "a text")
    return wire


def _malformed(path: str, expected: str) -> Malformed:
    return Malformed("The request body cannot be read.", problems=[problem(path, "type", expected=expected)])
