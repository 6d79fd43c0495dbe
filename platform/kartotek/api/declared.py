"""Declared: the record types that the actor may know of."""

from __future__ import annotations

from flask import Response

from kartotek.api import answers, parameters
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor


def listing(engine: Engine, actor: Actor) -> Response:
    """All types, in short."""
    parameters.given(())
    return answers.answer({"items": engine.types(actor)})


def show(engine: Engine, actor: Actor, *, type_name: str) -> Response:
    """One type with its fields."""
    parameters.given(())
    return answers.answer(engine.describe(actor, type_name))
