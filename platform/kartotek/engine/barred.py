"""Barred: the records of people who are restricted, kept from all whose business they are not."""

from __future__ import annotations

import threading
from dataclasses import replace

from kartotek.engine.busy import pulsed_from
from kartotek.engine.compiled import Compiled
from kartotek.engine.people_graph import belonging
from kartotek.model.actor import Actor
from kartotek.rules.abilities import able
from kartotek.storage import restrictions
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database

Records = frozenset[tuple[str, int]]
_NONE: Records = frozenset()


class Barred:
    """Of one process. Asking costs no query unless the site's epoch of rights, or its catalog, has moved since."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: tuple[tuple[int, int], Records] = ((-1, -1), _NONE)

    def kept_from(self, actor: Actor, compiled: Compiled, epoch: int, conn: Connection | None = None) -> Actor:
        """The actor with what is kept from him; the site itself, and who looks after people's rights, sees all."""
        if not compiled.catalog.has_people or actor.via == "system" or able(actor, compiled.catalog.settings, "people"):
            return actor
        found = self._records(compiled, epoch, conn)
        return replace(actor, barred=found) if found else actor

    def _records(self, compiled: Compiled, epoch: int, conn: Connection | None) -> Records:
        wanted = (epoch, compiled.catalog.version)
        known = self._known
        if known[0] < wanted:
            with self._lock:
                if self._known[0] < wanted:
                    self._known = (wanted, self._look(compiled, conn))
                known = self._known
        return known[1]

    def _look(self, compiled: Compiled, conn: Connection | None) -> Records:
        if conn is None:
            with pulsed_from(self._database) as (own, found):
                # Another catalog than the one that was asked about names other tables: then nobody is looked for twice.
                return self._look(compiled, own) if found.catalog_version == compiled.catalog.version else self._known[1]
        return records_of_restricted(compiled, conn)


def records_of_restricted(compiled: Compiled, conn: Connection) -> Records:
    """(type, id) of all records that belong to people who are restricted."""
    roots: dict[str, list[int]] = {}
    for one in restrictions.everyone(conn):
        if one.type in compiled.types:
            roots.setdefault(one.type, []).append(one.record_id)
    return frozenset((name, id) for name, ids in belonging(compiled, conn, roots).items() for id in ids) if roots else _NONE
