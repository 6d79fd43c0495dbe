"""Suggestions: proposing values for a record, and deciding what was proposed."""

from __future__ import annotations

from typing import Any

from flask import Response

from kartotek.api import answers, bodies, parameters
from kartotek.api.addresses import record_id, type_today
from kartotek.api.repeats import once
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.problem import problem


def suggest(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """Values that the caller may not set himself wait for somebody who may."""
    number = record_id(record)
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    wire = bodies.json_object(raw, keys=("fields", "unset", "comment"))
    fields, unset, comment = wire.get("fields", {}), wire.get("unset", []), wire.get("comment", "")
    _refuse_unless(isinstance(fields, dict), "/fields", "an object")
    _refuse_unless(isinstance(unset, list) and all(isinstance(one, str) for one in unset), "/unset", "a list of names")
    _refuse_unless(isinstance(comment, str), "/comment", "a text")
    made = engine.suggestions.suggest(actor, type_name, number, fields, unset=unset, comment=comment, once=once(raw))
    return answers.answer(made, status=201)


def listing(engine: Engine, actor: Actor) -> Response:
    """Those that wait and that the caller made or may decide, newest first."""
    texts = parameters.given(("type", "record", "cursor", "limit"))
    about = record_id(texts["record"]) if "record" in texts else None
    page = engine.suggestions.listing(
        actor, record_type=type_today(engine, texts.get("type", "")), record_id=about,
        cursor=texts.get("cursor", ""), limit=parameters.limit(texts),
    )
    return answers.answer({"items": page.items, "next": page.next})


def accept(engine: Engine, actor: Actor, *, suggestion: str) -> Response:
    """The values are set in the caller's name."""
    number = record_id(suggestion)
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    bodies.empty_or_object(raw)
    engine.suggestions.accept(actor, number, once=once(raw))
    return answers.nothing()


def refuse(engine: Engine, actor: Actor, *, suggestion: str) -> Response:
    """The record stays as it is."""
    number = record_id(suggestion)
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    reason: Any = bodies.json_object(raw, keys=("reason",)).get("reason", "") if raw else ""
    _refuse_unless(isinstance(reason, str), "/reason", "a text")
    engine.suggestions.refuse(actor, number, reason=reason, once=once(raw))
    return answers.nothing()


def withdraw(engine: Engine, actor: Actor, *, suggestion: str) -> Response:
    """The caller takes back what he proposed."""
    parameters.given(())
    engine.suggestions.withdraw(actor, record_id(suggestion))
    return answers.nothing()


def _refuse_unless(holds: bool, path: str, expected: str) -> None:
    if not holds:
        raise Malformed("The request body cannot be read.", problems=[problem(path, "type", expected=expected)])
