"""Breaches: the records that break rules which are younger than they are."""

from __future__ import annotations

from flask import Response

from kartotek.api import answers, parameters
from kartotek.api.addresses import record_id, type_today
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor


def counted(engine: Engine, actor: Actor) -> Response:
    """How many records break what; of one type where `type` names one. The records are asked for with `broken=<name>`."""
    texts = parameters.given(("type",))
    return answers.answer({"items": engine.breaches.counted(actor, type_today(engine, texts.get("type", "")))})


def of_record(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """What one record breaks."""
    number = record_id(record)
    parameters.given(())
    engine.get(actor, type_name, number, fields=())
    return answers.answer({"items": engine.breaches.of_record(actor, type_name, number)})
