"""Door: the accounts as the API asks for them, in the shapes in which they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kartotek.errors import NotFound
from kartotek.identity.accounts import Person
from kartotek.identity.care import Care

if TYPE_CHECKING:
    from kartotek.identity.users import Users


class Door:
    """Nothing is judged here: the users ask for each change whether whoever makes it covers it."""

    def __init__(self, users: Users) -> None:
        self._users = users

    def listed(self, by: int) -> list[dict[str, Any]]:
        """All that he covers, by name."""
        return [_wire(one) for one in self._users.covered(by)]

    def told(self, by: int, user_id: int) -> dict[str, Any]:
        """One. Raises NotFound."""
        return _wire(self._person(by, user_id))

    def invited(self, by: int, wire: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """(the new one, the path at which a password is chosen). Raises Invalid."""
        made, secret = self._users.invite(
            wire.get("username", ""), name=wire.get("name", ""), roles=wire.get("roles", ()), email=wire.get("email", ""),
            language=wire.get("language", ""), by=by,
        )  # fmt: skip
        return _wire(made), f"/invitation/{secret}"

    def changed(self, by: int, user_id: int, wire: Mapping[str, Any]) -> dict[str, Any]:
        """The account with what was sent in the place of what was. Raises NotFound, Invalid."""
        one = self._person(by, user_id)
        return _wire(self._users.change(
            one.username, name=wire.get("name", one.name), roles=wire.get("roles", one.roles), active=wire.get("active", one.active),
            language=wire.get("language", one.language), email=wire.get("email"), by=by,
        ))  # fmt: skip

    def linked(self, by: int, user_id: int) -> str:
        """The path at which a new password is chosen. Raises NotFound, Forbidden."""
        return f"/invitation/{self._users.link(self._person(by, user_id).username, by=by)}"

    def _person(self, by: int, user_id: int) -> Person:
        found = self._users.by_id(user_id)
        if not Care(self._users.engine, by).covers(found.roles):
            raise NotFound("There is no such user.")
        return found


def _wire(one: Person) -> dict[str, Any]:
    return {**asdict(one), "roles": list(one.roles)}
