"""Users and their actors: who may log in is mirrored here, so that references, history and every request can name them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from kartotek.engine.accounts import Accounts
from kartotek.engine.busy import pulsed_from, reading_from, writing_to
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.granting import Granting
from kartotek.model.actor import Actor, Via
from kartotek.storage.catalogs import Pulse
from kartotek.storage.database import Database
from kartotek.storage.records import inverse
from kartotek.storage.users import MirroredUser, everyone, find, mirror

__all__ = ["MirroredUser", "Users"]


class Users:
    """Known actors are kept until the pulse says that anybody's rights may have changed.

    `granting` says which abilities an actor has, and what he may give to others.
    """

    def __init__(self, database: Database, catalogs: Catalogs) -> None:
        self._database = database
        self._catalogs = catalogs
        self.granting = Granting(catalogs)
        self.accounts: Accounts | None = None  # set by whoever keeps them
        self._lock = threading.Lock()
        self._at = Pulse(-1, -1)
        self._known: dict[int, tuple[MirroredUser, Mapping[str, Any]] | None] = {}

    def mirror(self, user: MirroredUser) -> None:
        """Writes a user as the log-in knows him; other processes see it within a second, this one at once."""
        with writing_to(self._database) as conn:
            mirror(conn, user)
        with self._lock:
            self._known.clear()

    def everyone(self) -> list[MirroredUser]:
        """All users, disabled ones too."""
        with reading_from(self._database) as conn:
            return everyone(conn)

    def actor(self, id: int, via: Via = "page") -> Actor | None:
        """The actor of an active user."""
        found = self._find(id)
        if found is None or not found[0].active:
            return None
        user, attributes = found
        return Actor(
            id=user.id, name=user.name, roles=user.roles, language=user.language, attributes=attributes, via=via
        )

    def _find(self, id: int) -> tuple[MirroredUser, Mapping[str, Any]] | None:
        pulse = self._catalogs.pulse()
        with self._lock:
            if pulse != self._at:
                self._known.clear()
                self._at = pulse
            if id in self._known:
                return self._known[id]
        found = self._load(id)
        with self._lock:
            if pulse == self._at:
                self._known[id] = found
        return found

    def _load(self, id: int) -> tuple[MirroredUser, Mapping[str, Any]] | None:
        with pulsed_from(self._database) as (conn, now):
            compiled = self._catalogs.seen_by(conn, now)
            user = find(conn, id)
            if user is None:
                return None
            attributes: dict[str, Any] = {}
            for name, field in compiled.accounts.items():
                mine = inverse(conn, compiled.type(name).layout, field.column, [id])[id]
                if mine:
                    attributes[name] = mine[0].id
        return user, attributes
