"""Users: whoever has the ability lists, invites and changes the accounts of those whose roles he covers."""

from __future__ import annotations

from typing import Any

from flask import Response

from kartotek.api import answers, bodies, parameters
from kartotek.api.addresses import ROOT, record_id
from kartotek.engine.accounts import Accounts
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed, NotFound
from kartotek.model.actor import Actor
from kartotek.model.problem import problem

_TEXTS = ("name", "email", "language")


def listing(engine: Engine, actor: Actor) -> Response:
    """All accounts that he covers."""
    parameters.given(())
    return answers.answer({"items": _accounts(engine).listed(actor.id)})


def invite(engine: Engine, actor: Actor) -> Response:
    """A new account; this answer is the only one that holds the address at which its password is chosen."""
    parameters.given(())
    wire = _object(engine, ("username", "roles", *_TEXTS), required=("username",))
    made, path = _accounts(engine).invited(actor.id, wire)
    return answers.answer({**made, "invitation": path}, status=201, headers={"Location": f"{ROOT}/users/{made['id']}"})


def show(engine: Engine, actor: Actor, *, user: str) -> Response:
    """One account."""
    number = record_id(user)
    parameters.given(())
    return answers.answer(_accounts(engine).told(actor.id, number))


def change(engine: Engine, actor: Actor, *, user: str) -> Response:
    """Another name, other roles, whether he may sign in."""
    number = record_id(user)
    parameters.given(())
    wire = _object(engine, ("roles", "active", *_TEXTS))
    return answers.answer(_accounts(engine).changed(actor.id, number, wire))


def link(engine: Engine, actor: Actor, *, user: str) -> Response:
    """A link to a new password, shown once."""
    number = record_id(user)
    parameters.given(())
    bodies.empty_or_object(bodies.read(engine.catalog().settings.limits.body))
    return answers.answer({"invitation": _accounts(engine).linked(actor.id, number)}, status=201)


def _accounts(engine: Engine) -> Accounts:
    if engine.users.accounts is None:
        raise NotFound("There is nothing here.")
    return engine.users.accounts


def _object(engine: Engine, keys: tuple[str, ...], required: tuple[str, ...] = ()) -> dict[str, Any]:
    wire = bodies.json_object(bodies.read(engine.catalog().settings.limits.body), keys=keys, required=required)
    wrong = [problem(f"/{name}", "type", expected=words) for name, words, fits in _SHAPES if name in wire and not fits(wire[name])]
    if wrong:
        raise Malformed("The request body cannot be read.", problems=wrong)
    return wire


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value and not any(0xD800 <= ord(one) <= 0xDFFF for one in value)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_SHAPES = (
    *((name, "a text", _is_text) for name in ("username", *_TEXTS)), ("roles", "a list of texts", _is_names),
    ("active", "true or false", lambda value: isinstance(value, bool)),
)  # fmt: skip
