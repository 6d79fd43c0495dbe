"""People: what somebody agreed to, and for those who look after it, all that is known of her, restriction and erasure."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, send_file

from kartotek.api import answers, bodies, parameters
from kartotek.api.addresses import record_id
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.problem import problem

_SAFE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def consents(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """What stands for each purpose now, and every answer that led there."""
    number = record_id(record)
    parameters.given(())
    return answers.answer(engine.people.consents.listing(actor, type_name, number))


def answer(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """An answer of a person about a purpose is written down."""
    number = record_id(record)
    parameters.given(())
    wire = _object(engine, {"purpose": str, "given": bool})
    return answers.answer(engine.people.consents.answer(actor, type_name, number, wire["purpose"], given=wire["given"]))


def overview(engine: Engine, actor: Actor) -> Response:
    """Who is restricted, who was erased, what ends with time."""
    parameters.given(())
    people = engine.people
    return answers.answer({
        "types": people.types(actor), "restricted": people.restrictions.everyone(actor), "erased": people.erased(actor),
        "retention": people.ending.listing(actor),
    })  # fmt: skip


def plan(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """What an erasure would do; nothing is changed."""
    number = record_id(record)
    parameters.given(())
    told = engine.people.plan(actor, type_name, number)
    return answers.answer({**told, "restriction": engine.people.restrictions.find(actor, type_name, number)})


def export(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """All that is known of a person, as a ZIP archive."""
    number = record_id(record)
    parameters.given(())
    bodies.empty_or_object(bodies.read(engine.catalog().settings.limits.body))
    found = engine.people.export(actor, type_name, number)
    stream = io.BytesIO()
    found.write(stream)
    stream.seek(0)
    response = send_file(stream, mimetype="application/zip", as_attachment=True, download_name=found.name)
    response.headers.update(_SAFE)
    return response


def restrict(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """A person's data are kept and not used."""
    number = record_id(record)
    parameters.given(())
    wire = _object(engine, {"reason": str})
    return answers.answer(engine.people.restrictions.restrict(actor, type_name, number, reason=wire["reason"]))


def lift(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """A restriction ends; the same where there was none."""
    number = record_id(record)
    parameters.given(())
    engine.people.restrictions.lift(actor, type_name, number)
    return answers.nothing()


def erase(engine: Engine, actor: Actor, *, type_name: str, record: str) -> Response:
    """A person is erased for ever."""
    number = record_id(record)
    parameters.given(())
    _object(engine, {"confirm": bool}, true="confirm")
    return answers.answer(engine.people.erase(actor, type_name, number))


def count(engine: Engine, actor: Actor, *, type_name: str) -> Response:
    """How many records of a type have served their time."""
    parameters.given(())
    bodies.empty_or_object(bodies.read(engine.catalog().settings.limits.body))
    return answers.answer(engine.people.ending.count(actor, type_name))


def confirm(engine: Engine, actor: Actor, *, type_name: str) -> Response:
    """Lets them end from now on."""
    parameters.given(())
    wire = _object(engine, {"due": int})
    return answers.answer(engine.people.ending.confirm(actor, type_name, wire["due"]))


def _object(engine: Engine, keys: dict[str, type], *, true: str = "") -> dict[str, Any]:
    """The body with values of these types, all of which must be there. Raises Malformed."""
    wire = bodies.json_object(bodies.read(engine.catalog().settings.limits.body), keys=keys, required=keys)
    words = {str: "a text", bool: "true or false", int: "a whole number"}
    wrong = [problem(f"/{name}", "type", expected=words[sort]) for name, sort in keys.items() if type(wire[name]) is not sort]
    wrong += [problem(f"/{true}", "type", expected="true")] if true and not wrong and wire[true] is not True else []
    if wrong:
        raise Malformed("The request body cannot be read.", problems=wrong)
    return wire
