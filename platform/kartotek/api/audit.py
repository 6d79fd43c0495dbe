"""Audit: who did and looked at what, for those who may know."""

from __future__ import annotations

import re

from flask import Response

from kartotek.api import answers, parameters
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditQuery
from kartotek.model.problem import problem

NAMES = ("user", "action", "type", "id", "since", "until", "limit", "cursor")
_NUMBER = re.compile(r"[0-9]{1,18}")


def listing(engine: Engine, actor: Actor) -> Response:
    """The newest entries, newest first."""
    texts = parameters.given(NAMES)
    if "id" in texts and "type" not in texts:
        raise Malformed("The parameters cannot be read.", problems=[problem("", "parameter", name="type", expected="given where id is")])
    query = AuditQuery(
        by=_number(texts, "user"), actions=parameters.names(texts, "action") or (), types=(texts["type"],) if texts.get("type") else (),
        record_id=_number(texts, "id"), before=_number(texts, "cursor"), limit=parameters.limit(texts),
        since=parameters.instant(texts["since"], "since") if "since" in texts else None,
        until=parameters.instant(texts["until"], "until") if "until" in texts else None,
    )
    page = engine.audit_desk.page(actor, query)
    return answers.answer({"items": page.items, "next": page.next})


def head(engine: Engine, actor: Actor) -> Response:
    """The last entry, to be kept elsewhere."""
    parameters.given(())
    return answers.answer(engine.audit_desk.head(actor))


def _number(texts: dict[str, str], name: str) -> int | None:
    if name not in texts:
        return None
    if not _NUMBER.fullmatch(texts[name]):
        raise Malformed("The parameters cannot be read.", problems=[problem("", "parameter", name=name, expected="a number")])
    return int(texts[name])
