"""Access: who asks, by bearer token alone. A page's cookie means nothing here, so no other site can borrow it."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from math import ceil

from flask import request

from kartotek.engine.addresses import network_of, subscriber_of
from kartotek.engine.engine import Engine
from kartotek.errors import TooMany, Unauthenticated
from kartotek.model.actor import Actor

_BEARER = re.compile(r"(?i:bearer) +([A-Za-z0-9\-._~+/]{1,512}=*)")


def bearer(engine: Engine) -> Actor:
    """The actor whose token was sent (RFC 6750, header only). Raises Unauthenticated, TooMany.

    Requests are counted by address before anything is looked up, and by token then; by one that nobody knows, by address alone.
    """
    limits, address = engine.catalog().settings.limits, request.remote_addr or ""
    _count(engine, f"address:{subscriber_of(address)}", limits.address)
    header = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
    if header is None:
        raise Unauthenticated("Send a token: Authorization: Bearer <token>.")
    actor = engine.tokens.authenticate(header[1])
    _count(engine, actor.origin.session, limits.token)
    return replace(actor, origin=replace(actor.origin, address=network_of(address), request=secrets.token_hex(8)))


def _count(engine: Engine, sender: str, per_minute: int) -> None:
    seconds = engine.pace.wait(sender, per_minute)
    if seconds:
        raise TooMany(f"At most {per_minute} requests a minute may be sent.", retry_after=ceil(seconds))
