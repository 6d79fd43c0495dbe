"""Health: whether this process lives, and whether it can serve; for machines that watch, without a token."""

from __future__ import annotations

from flask import Response

import kartotek
from kartotek.api.answers import answer
from kartotek.engine.engine import Engine


def alive(engine: Engine) -> Response:
    """The process answers."""
    return answer({"status": "ok", "version": kartotek.__version__})


def ready(engine: Engine) -> Response:
    """The database answers too. Raises Busy, which is a 503, where it does not."""
    engine.ready()
    catalog = engine.catalog()
    return answer(
        {
            "status": "ready",
            "version": kartotek.__version__,
            "catalog": {"version": catalog.version, "hash": catalog.hash},
        }
    )
