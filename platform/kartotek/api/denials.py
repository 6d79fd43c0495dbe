"""Denials: who asked for what he may not have, noted for the audit; the answer stays what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from kartotek.api.access import bearer
from kartotek.engine.addresses import network_of
from kartotek.engine.engine import Engine
from kartotek.errors import KartotekError, Unauthenticated
from kartotek.model.actor import Actor, Origin
from kartotek.model.audit import AuditEntry

_NOBODY = -1


def known(engine: Engine) -> Actor:
    """Who asks. Raises Unauthenticated, TooMany; a token that is none is noted."""
    try:
        return bearer(engine)
    except Unauthenticated:
        if "Authorization" in request.headers:
            nobody = Actor(id=_NOBODY, name="", origin=Origin(address=network_of(request.remote_addr or "")))
            engine.audit.refused(nobody, AuditEntry("sign_in_failed", body={"with": "token"}))
        raise


def note(engine: Engine, actor: Actor, error: KartotekError, parts: Mapping[str, Any]) -> None:
    """Notes that he was refused, or told that there is no such thing: which of both it was in truth is nobody's to know."""
    name, id = str(parts.get("type_name", "")), str(parts.get("record", ""))
    declared = name if name in engine.catalog().types else ""
    about = int(id) if declared and id.isascii() and id.isdecimal() and len(id) < 19 else None
    endpoint = (request.endpoint or "").rpartition(".")[2]
    engine.audit.refused(actor, AuditEntry("denied", declared, about, body={"code": error.code, "of": endpoint, "how": request.method}))
