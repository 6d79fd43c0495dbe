"""Accounts: what the API needs of those who may sign in; whoever keeps them says where they are to be found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Accounts(Protocol):
    """Each method is for the user `by` and about accounts that he covers; others raise NotFound, as does whoever lacks the ability."""

    def listed(self, by: int) -> list[dict[str, Any]]:
        """All of them, by name."""

    def told(self, by: int, user_id: int) -> dict[str, Any]:
        """One."""

    def invited(self, by: int, wire: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """(the new one, the path at which a password is chosen, told this once). Raises Invalid."""

    def changed(self, by: int, user_id: int, wire: Mapping[str, Any]) -> dict[str, Any]:
        """The account with what was sent in the place of what was. Raises Invalid."""

    def linked(self, by: int, user_id: int) -> str:
        """The path at which a new password is chosen, told this once. Raises Forbidden."""
