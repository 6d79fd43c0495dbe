"""Links: which personal links a record has, and their end."""

from __future__ import annotations

from flask import Response

from kartotek.api import answers, parameters
from kartotek.api.addresses import record_id
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor


def listing(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """The links of a record, newest first, without their addresses."""
    parameters.given(())
    return answers.answer({"items": engine.links.of_record(actor, type_name, record_id(record))})


def revoke(engine: Engine, actor: Actor, *, link: str) -> Response:
    """A link ends at once."""
    parameters.given(())
    engine.links.revoke(actor, record_id(link))
    return answers.nothing()
