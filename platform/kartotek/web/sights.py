"""Sights: what the visitor may do with the type that an address names."""

from __future__ import annotations

from kartotek.engine.sight import Sight
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.web.current import engine


def sight_of(visitor: Actor, type_name: str) -> Sight:
    """What the visitor may do with a type. Raises NotFound for one that is hidden, built in or does not exist."""
    found = engine().catalog().types.get(type_name)
    if found is None or found.builtin:
        raise NotFound("There is no such page.")
    return engine().sight(visitor, type_name)
