"""What formulas find under their names, for one actor at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.model.actor import Actor


def environment(actor: Actor, now: datetime, zone: str, **roots: Any) -> dict[str, Any]:
    """{name: value} with `user`, `now`, `today` in the zone, and the roots given: record, old, row, item."""
    return {"user": user(actor), "now": now, "today": now.astimezone(ZoneInfo(zone)).date(), **roots}


def user(actor: Actor) -> Mapping[str, Any]:
    """The actor as formulas see it."""
    return {
        **actor.attributes,
        "id": actor.id,
        "name": actor.name,
        "roles": tuple(sorted(actor.roles)),
        "language": actor.language,
    }
