"""Abilities: what a role may do besides what types grant it, as site.yaml says."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.model.actor import OWNER, Actor, Scope
from kartotek.model.settings import ABILITIES, Ability, SiteSettings


def able(actor: Actor, settings: SiteSettings, ability: Ability) -> bool:
    """Whether one of the actor's roles has the ability; an owner has all.

    A token that is limited to something has none: its limits speak of records, and none of these is one.
    """
    return actor.scope in (None, Scope()) and ability in abilities_of(settings, actor.roles)


def abilities_of(settings: SiteSettings, roles: Iterable[str]) -> frozenset[Ability]:
    """All that these roles may together."""
    named = frozenset(roles)
    if OWNER in named:
        return frozenset(ABILITIES)
    return frozenset(ability for one in settings.roles if one.name in named for ability in one.may)
