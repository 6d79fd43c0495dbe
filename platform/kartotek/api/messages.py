"""Messages: everybody's own inbox, and the owner's look at what is sent."""

from __future__ import annotations

from flask import Response

from kartotek.api import answers, bodies, parameters
from kartotek.api.addresses import record_id
from kartotek.api.repeats import once
from kartotek.engine.engine import Engine
from kartotek.engine.outbox import STATES
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.problem import problem


def inbox(engine: Engine, actor: Actor) -> Response:
    """The caller's messages, newest first, and how many are unread."""
    texts = parameters.given(("unread", "cursor", "limit"))
    page = engine.inbox.listing(
        actor, unread=parameters.truth(texts, "unread"), cursor=texts.get("cursor", ""), limit=parameters.limit(texts)
    )
    return answers.answer({"items": page.items, "next": page.next, "unread": engine.inbox.unread(actor)})


def read_all(engine: Engine, actor: Actor) -> Response:
    """All of the caller's messages are read."""
    return answers.answer({"read": engine.inbox.mark(actor, once=once(_nothing_sent(engine)))})


def read(engine: Engine, actor: Actor, *, message: str) -> Response:
    """One of the caller's messages is read."""
    number = record_id(message)
    return answers.answer({"read": engine.inbox.mark(actor, number, once=once(_nothing_sent(engine)))})


def outbox(engine: Engine, actor: Actor) -> Response:
    """What is sent, was sent or is not, newest first."""
    texts = parameters.given(("state", "cursor", "limit"))
    wanted = parameters.names(texts, "state") or ()
    states = tuple(one for one in STATES if one in wanted)
    if len(states) != len(wanted):
        wrong = problem("", "parameter", name="state", expected=f"some of {', '.join(STATES)}")
        raise Malformed("The parameters cannot be read.", problems=[wrong])
    page = engine.outbox.listing(actor, states=states, cursor=texts.get("cursor", ""), limit=parameters.limit(texts))
    return answers.answer({"items": page.items, "next": page.next})


def show(engine: Engine, actor: Actor, *, message: str) -> Response:
    """One of them, with what it would say now."""
    parameters.given(())
    return answers.answer(engine.outbox.show(actor, record_id(message)))


def resend(engine: Engine, actor: Actor, *, message: str) -> Response:
    """It is sent once more."""
    number = record_id(message)
    return answers.answer(engine.outbox.resend(actor, number, once=once(_nothing_sent(engine))))


def drop(engine: Engine, actor: Actor, *, message: str) -> Response:
    """It is never sent."""
    number = record_id(message)
    return answers.answer(engine.outbox.drop(actor, number, once=once(_nothing_sent(engine))))


def release(engine: Engine, actor: Actor) -> Response:
    """What was held because it is late is sent."""
    return answers.answer({"released": engine.outbox.release(actor, once=once(_nothing_sent(engine)))})


def drop_held(engine: Engine, actor: Actor) -> Response:
    """What was held because it is late is never sent."""
    return answers.answer({"dropped": engine.outbox.drop_held(actor, once=once(_nothing_sent(engine)))})


def _nothing_sent(engine: Engine) -> bytes:
    """The body, which says nothing."""
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    bodies.empty_or_object(raw)
    return raw
