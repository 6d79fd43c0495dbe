"""Conflicts: the records that break a rule because something else has changed."""

from __future__ import annotations

from flask import Response

from kartotek.api import answers, parameters
from kartotek.api.addresses import type_today
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor


def listing(engine: Engine, actor: Actor) -> Response:
    """Newest first; those of one type where `type` names one."""
    texts = parameters.given(("type", "cursor", "limit"))
    page = engine.conflicts.list(
        actor, type_today(engine, texts.get("type", "")), cursor=texts.get("cursor", ""), limit=parameters.limit(texts)
    )
    return answers.answer({"items": page.items, "next": page.next})
