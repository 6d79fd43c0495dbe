"""Search: a text looked for in every type at once."""

from __future__ import annotations

from flask import Response

from kartotek.api import answers, parameters
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor


def everywhere(engine: Engine, actor: Actor) -> Response:
    """The best few of each type in which `q` is found. Raises Malformed."""
    texts = parameters.given(("q", "limit"))
    limit = parameters.limit(texts) if "limit" in texts else 5
    return answers.answer({"groups": engine.everywhere.search(actor, texts.get("q", ""), limit=limit)})
