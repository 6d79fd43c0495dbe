"""Health: whether this process lives, and whether it can serve; for machines that watch, without a token."""

from __future__ import annotations

from flask import Response

import kartotek
from kartotek.api.answers import answer
from kartotek.engine.engine import Engine
from kartotek.model.problem import Problem

_SHOWN = 50


def alive(engine: Engine) -> Response:
    """The process answers."""
    return answer({"status": "ok", "version": kartotek.__version__})


def ready(engine: Engine) -> Response:
    """The database answers too. Raises Busy, which is a 503, where it does not.

    A mistake in the files or a change that is being made keeps nobody from being served, and is told beside it: by its
    place, not in words, since anybody may ask.
    """
    engine.ready()
    catalog, change = engine.catalog(), engine.plans.running()
    return answer(
        {
            "status": "ready",
            "version": kartotek.__version__,
            "catalog": {"version": catalog.version, "hash": catalog.hash},
            "problems": [_problem(one) for one in engine.declaration_problems()[:_SHOWN]],
            "change": None if change is None else {"status": change.status, "done": change.done, "total": change.total},
        }
    )


def _problem(one: Problem) -> dict[str, str]:
    return {"place": str(one.place or ""), "code": one.code, "severity": one.severity}
