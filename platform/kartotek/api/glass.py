"""Glass: opening a record in an emergency, and ending that."""

from __future__ import annotations

from flask import Response

from kartotek.api import answers, bodies, parameters
from kartotek.api.addresses import record_id
from kartotek.api.repeats import once
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.problem import problem


def open_record(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """Until when the caller reads this record, and as whom."""
    number = record_id(record)
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    reason = bodies.json_object(raw, keys=("reason",), required=("reason",))["reason"]
    if not isinstance(reason, str):
        raise Malformed("The request body cannot be read.", problems=[problem("/reason", "type", expected="a text")])
    return answers.answer(engine.glass.open(actor, type_name, number, reason=reason, once=once(raw)))


def close_record(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """What was open is not any more; the same where nothing was."""
    parameters.given(())
    engine.glass.close(actor, type_name, record_id(record))
    return answers.nothing()
