"""Access: who asks, by bearer token alone. A page's cookie means nothing here, so no other site can borrow it."""

from __future__ import annotations

import re

from flask import request

from kartotek.engine.engine import Engine
from kartotek.errors import Unauthenticated
from kartotek.model.actor import Actor

_BEARER = re.compile(r"(?i:bearer) +([A-Za-z0-9\-._~+/]{1,512}=*)")


def bearer(engine: Engine) -> Actor:
    """The actor whose token was sent (RFC 6750, header only). Raises Unauthenticated."""
    header = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
    if header is None:
        raise Unauthenticated("Send a token: Authorization: Bearer <token>.")
    return engine.tokens.authenticate(header[1])
