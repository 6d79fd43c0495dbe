"""Rights of an overlay: a role may get less than the base gives it, and never more."""

from __future__ import annotations

from typing import Any

from kartotek.declaration.overlay_rules import Refusal
from kartotek.model.actor import OWNER


def granted(role: str, action: str, old: Any, new: Any) -> Refusal | None:
    """Why the overlay's grant cannot stand beside the base's; a formula beside a formula can, as both must hold then."""
    if role == OWNER or new is False or old is True or old == new:
        return None  # that the owner may do everything anyway is told elsewhere
    if old is False:
        return "loosens", f"The base does not let '{role}' {action} these records, and an overlay cannot."
    if new is True:
        return "loosens", f"The base lets '{role}' {action} only some of these records: {old}."
    return None
