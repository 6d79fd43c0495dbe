"""Opened: which records each person has opened for himself just now; looked up when anybody's rights have changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from kartotek.engine.busy import reading_from
from kartotek.model.actor import Actor
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.glass import GlassRow, still_open

_WORN_BY = frozenset({"page", "api"})  # what runs in the background opens nothing


class Opened:
    """Of one process. Asking costs no query unless the site's epoch of rights has moved since."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[int, Mapping[int, tuple[GlassRow, ...]]] = (-1, {})

    def worn(self, actor: Actor, epoch: int, conn: Connection | None = None) -> Actor:
        """The actor with what he has opened; `epoch` is that of the rights as far as it is known."""
        if actor.via not in _WORN_BY:
            return actor
        mine = self._rows(epoch, conn).get(actor.id, ())
        if not mine:
            return actor
        now = self._clock()
        return replace(actor, glass=frozenset((one.type, one.record_id) for one in mine if one.ends_at > now))

    def until(self, actor: Actor, record_type: str, id: int) -> datetime | None:
        """When that ends which he has opened, as far as was known at the last look."""
        mine = self._known[1].get(actor.id, ())
        return max((one.ends_at for one in mine if (one.type, one.record_id) == (record_type, id)), default=None)

    def _rows(self, epoch: int, conn: Connection | None) -> Mapping[int, tuple[GlassRow, ...]]:
        known = self._known
        if known[0] < epoch:
            with self._lock:
                if self._known[0] < epoch:
                    self._known = (epoch, self._look(conn))
                known = self._known
        return known[1]

    def _look(self, conn: Connection | None) -> Mapping[int, tuple[GlassRow, ...]]:
        if conn is None:
            with reading_from(self._database) as own:
                return self._look(own)
        found: dict[int, tuple[GlassRow, ...]] = {}
        for row in still_open(conn, self._clock()):
            found[row.user_id] = (*found.get(row.user_id, ()), row)
        return found
