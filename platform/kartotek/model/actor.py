"""Actor: who does something. There is never none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kartotek.model.frozen import empty

OWNER = "owner"
SYSTEM_ID = 0
Via = Literal["page", "api", "cli", "import", "system"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token is limited to, besides the rights of its user: None is no limit.

    `types` are names, `actions` those of permissions, `fields` {type: names of the fields} of types that are limited to some.
    """

    types: frozenset[str] | None = None
    actions: frozenset[str] | None = None
    fields: tuple[tuple[str, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """All of an actor that his rights follow from, besides the record and the time: what is worked out from it can be kept by it.

    `glass` are (type, id) of the records that he has opened for himself for a while, with a reason, `barred` of those that
    are kept from him because their person is restricted.
    """

    roles: frozenset[str] = frozenset()
    scope: Scope | None = None
    glass: frozenset[tuple[str, int]] = frozenset()
    barred: frozenset[tuple[str, int]] = frozenset()

    @property
    def text(self) -> str:
        """The same text for the same standing, in every process."""
        parts: list[object] = ["/".join(sorted(self.roles))]
        if self.scope is not None:
            kept = tuple((name, sorted(fields)) for name, fields in sorted(self.scope.fields))
            parts += [None if one is None else sorted(one) for one in (self.scope.types, self.scope.actions)] + [kept]
        if self.barred:
            parts.append(("barred", sorted(self.barred)))
        return repr([*parts, sorted(self.glass)]) if len(parts) > 1 or self.glass else str(parts[0])


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, for the audit: the session or token, the address as far as it is kept, the request's own id."""

    session: str = ""
    address: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """`attributes` are what formulas find as `user.<type>`: the id of this user's record of that type."""

    id: int
    name: str
    roles: frozenset[str] = frozenset()
    language: str = "en"
    attributes: Mapping[str, Any] = field(default_factory=empty)
    via: Via = "api"
    scope: Scope | None = None
    glass: frozenset[tuple[str, int]] = frozenset()
    barred: frozenset[tuple[str, int]] = frozenset()
    origin: Origin = field(default=Origin(), compare=False)

    @classmethod
    def system(cls, name: str) -> Actor:
        """Background work, which has the site's own rights."""
        return cls(id=SYSTEM_ID, name=name, roles=frozenset({OWNER}), via="system")

    @classmethod
    def standing_as(cls, standing: Standing) -> Actor:
        """Nobody in particular, with these rights."""
        return cls(id=-1, name="", roles=standing.roles, scope=standing.scope, glass=standing.glass, barred=standing.barred)

    @property
    def standing(self) -> Standing:
        """What his rights follow from."""
        return Standing(self.roles, self.scope, self.glass, self.barred)

    @property
    def is_owner(self) -> bool:
        """Whether he may do everything: the built-in role is among his, and nothing limits it."""
        return OWNER in self.roles and self.scope is None

    @property
    def owns_within(self) -> bool:
        """Whether he may do everything with records, within whatever limits his token."""
        return OWNER in self.roles
