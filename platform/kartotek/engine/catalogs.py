"""Catalogs: the catalog in service, compiled once, and the pulse by which every process learns of a newer one."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from kartotek.declaration.foreign import take_as_sound
from kartotek.declaration.load import load
from kartotek.engine.busy import reading_from
from kartotek.engine.compiled import Compiled
from kartotek.errors import SetupInvalid
from kartotek.storage.catalogs import Pulse, latest, pulse
from kartotek.storage.database import Database

# A change anywhere is known here after at most this many seconds, at the price of one small query in that time.
_STALE_AFTER = 0.25
_NOTHING_APPLIED = {"site.yaml": "name: Kartotek\n"}


class Catalogs:
    """Of one process. Asking is cheap: the database is looked at when the last look is too old."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._seen = float("-inf")
        self._pulse = Pulse(-1, -1)
        self._compiled: Compiled | None = None

    def current(self, *, fresh: bool = False) -> Compiled:
        """The compiled catalog in service; with `fresh` the database is looked at now."""
        self._look(fresh)
        assert self._compiled is not None
        return self._compiled

    def pulse(self) -> Pulse:
        """The pulse as of the last look."""
        self._look(False)
        return self._pulse

    def _look(self, fresh: bool) -> None:
        if not fresh and time.monotonic() - self._seen < _STALE_AFTER:
            return
        with self._lock:
            if fresh or time.monotonic() - self._seen >= _STALE_AFTER:
                self._refresh()

    def _refresh(self) -> None:
        # The time is taken first: what changes while we read will be looked for again in time.
        now = time.monotonic()
        with reading_from(self._database) as conn:
            found = pulse(conn)
            if self._compiled is None or found.catalog_version != self._compiled.catalog.version:
                self._compiled = self._load(latest(conn))
        self._pulse, self._seen = found, now

    def _load(self, applied: object) -> Compiled:
        documents = getattr(applied, "documents", _NOTHING_APPLIED)
        take_as_sound(documents)
        loaded = load(documents, notes=False)
        if loaded.catalog is None:
            problem = loaded.problems[0]
            raise SetupInvalid(f"The applied catalog cannot be read by this version: {problem.place}: {problem.message}")
        catalog = replace(loaded.catalog, version=getattr(applied, "version", 0))
        return Compiled(catalog, self._database.dialect.name)
