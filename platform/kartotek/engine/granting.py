"""Granting: what the doors may ask about abilities and about roles that somebody would give to others."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.engine.catalogs import Catalogs
from kartotek.errors import NotFound
from kartotek.model.actor import OWNER, Actor, Scope
from kartotek.model.admission import Admission
from kartotek.model.settings import ABILITIES, Ability
from kartotek.rules import abilities, lattice


class Granting:
    """Answers by the catalog in service; asks no database."""

    def __init__(self, catalogs: Catalogs) -> None:
        self._catalogs = catalogs

    def able(self, actor: Actor, ability: Ability) -> bool:
        """Whether one of the actor's roles has the ability; an owner has all, a limited token none."""
        return abilities.able(actor, self._catalogs.current().catalog.settings, ability)

    def admits(self, actor: Actor, admission: Admission) -> bool:
        """Whether somebody who has said who he is may come where this was declared. A limited token is no owner."""
        if admission.who == OWNER:
            return actor.is_owner and actor.scope in (None, Scope())
        ability = next((one for one in ABILITIES if one == admission.who), None)
        return ability is None or self.able(actor, ability)

    def refuse_unable(self, actor: Actor, ability: Ability) -> None:
        """Raises NotFound: to whoever lacks the ability, what it opens does not exist."""
        if not self.able(actor, ability):
            raise NotFound("There is no such page.")

    def lacking(self, actor: Actor, roles: Iterable[str]) -> tuple[str, ...]:
        """What these roles hold together and the actor does not, in words; () where he may give them."""
        if actor.scope not in (None, Scope()):
            return ("scope",)
        return tuple(one.text for one in lattice.lacking(self._catalogs.current().catalog, actor.roles, roles))

    def lacking_as_another(self, actor: Actor, roles: Iterable[str]) -> tuple[str, ...]:
        """The same for whoever could act as a person with these roles."""
        if actor.scope not in (None, Scope()):
            return ("scope",)
        return tuple(one.text for one in lattice.lacking_as_another(self._catalogs.current().catalog, actor.roles, roles))

    def covered(self, actor: Actor) -> tuple[str, ...]:
        """The roles that the actor may give."""
        return lattice.roles_covered(self._catalogs.current().catalog, actor.roles) if actor.scope in (None, Scope()) else ()
