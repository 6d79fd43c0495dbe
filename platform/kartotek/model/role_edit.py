"""RoleEdit: what a role is to be called and to hold, as somebody says it who does not write files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kartotek.model.catalog import Action, Grant
from kartotek.model.clearance import Clearance
from kartotek.model.settings import Ability, Texts


@dataclass(frozen=True, slots=True)
class RoleEdit:
    """None leaves a thing as it is, and so does what is not named. `grants` and `levels` are about one type: {action: whether for
    all records or for none} and {field: level, None for what the field says of everybody}.
    """

    role: str
    titles: Texts | None = None
    may: frozenset[Ability] | None = None
    type: str = ""
    grants: Mapping[Action, bool] = field(default_factory=lambda: MappingProxyType({}))
    is_new: bool = False
    levels: Mapping[str, Clearance | None] = field(default_factory=lambda: MappingProxyType({}))


def differs(grant: Grant | None, wanted: bool) -> bool:
    """Whether a grant has to be written anew; a formula is narrowed to nothing or opened to all, and else stands."""
    return bool(grant) != wanted or (wanted and grant is not True)
