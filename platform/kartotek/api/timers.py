"""Timers: what is to happen by itself, and for owners what failed and is to be tried again."""

from __future__ import annotations

from flask import Response

from kartotek.api import answers, bodies, parameters
from kartotek.api.addresses import record_id
from kartotek.api.repeats import once
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.problem import problem

STATES = ("waiting", "failed")


def listing(engine: Engine, actor: Actor) -> Response:
    """What is still to come, the earliest first, or what failed, newest first."""
    texts = parameters.given(("state", "cursor", "limit"))
    wanted = texts.get("state", STATES[0])
    if wanted not in STATES:
        wrong = problem("", "parameter", name="state", expected=" or ".join(STATES))
        raise Malformed("The parameters cannot be read.", problems=[wrong])
    ask = engine.timers.failed if wanted == "failed" else engine.timers.waiting
    page = ask(actor, cursor=texts.get("cursor", ""), limit=parameters.limit(texts))
    return answers.answer({"items": page.items, "next": page.next})


def retry(engine: Engine, actor: Actor, *, timer: str) -> Response:
    """One that failed runs again at once."""
    number = record_id(timer)
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    bodies.empty_or_object(raw)
    return answers.answer(engine.timers.retry(actor, number, once=once(raw)))


def upcoming(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """What is to happen to a record by itself, the earliest first."""
    number = record_id(record)
    parameters.given(())
    return answers.answer({"items": engine.timers.upcoming(actor, type_name, number)})
