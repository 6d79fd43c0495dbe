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
class Actor:
    """`attributes` are what formulas find as `user.<type>`: the id of this user's record of that type."""

    id: int
    name: str
    roles: frozenset[str] = frozenset()
    language: str = "en"
    attributes: Mapping[str, Any] = field(default_factory=empty)
    via: Via = "api"

    @classmethod
    def system(cls, name: str) -> Actor:
        """Background work, which has the site's own rights."""
        return cls(id=SYSTEM_ID, name=name, roles=frozenset({OWNER}), via="system")

    @property
    def is_owner(self) -> bool:
        """Whether the built-in role that may do everything is among the roles."""
        return OWNER in self.roles
