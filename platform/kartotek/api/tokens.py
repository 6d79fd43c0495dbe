"""Tokens: whoever may lists, makes and revokes them; a secret is shown once."""

from __future__ import annotations

from typing import Any

from flask import Response

from kartotek.api import answers, bodies, parameters
from kartotek.api.addresses import ROOT, record_id
from kartotek.api.records import number_of
from kartotek.api.repeats import once
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.problem import problem


def listing(engine: Engine, actor: Actor) -> Response:
    """All tokens, without their secrets."""
    parameters.given(())
    return answers.answer({"items": engine.tokens.list(actor)})


def add(engine: Engine, actor: Actor) -> Response:
    """A new token; this answer is the only one that holds its secret."""
    parameters.given(())
    raw = bodies.read(engine.catalog().settings.limits.body)
    wire = bodies.json_object(raw, keys=("name", "user_id", "expires", "scope"), required=("name",))
    expires = _text(wire, "expires")
    token, secret = engine.tokens.add(
        actor,
        _text(wire, "name") or "",
        user_id=number_of(wire.get("user_id"), path="/user_id"),
        expires=None if expires is None else parameters.instant(expires, "expires"),
        scope=_scope(wire),
        once=once(raw),
    )
    return answers.answer({**token, "secret": secret}, status=201, headers={"Location": f"{ROOT}/tokens/{token['id']}"})


def revoke(engine: Engine, actor: Actor, *, token: str) -> Response:
    """A token ends at once."""
    parameters.given(())
    engine.tokens.revoke(actor, record_id(token))
    return answers.nothing()


def _scope(wire: dict[str, Any]) -> dict[str, Any]:
    scope = wire.get("scope")
    if scope is not None and not isinstance(scope, dict):
        raise Malformed("The request body cannot be read.", problems=[problem("/scope", "type", expected="an object")])
    return scope or {}


def _text(wire: dict[str, Any], key: str) -> str | None:
    text = wire.get(key)
    if text is not None and not isinstance(text, str):
        raise Malformed("The request body cannot be read.", problems=[problem(f"/{key}", "type", expected="a text")])
    return text
