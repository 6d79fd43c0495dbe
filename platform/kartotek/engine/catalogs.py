"""Catalogs: the catalog in service, compiled once, and the pulse by which every process learns of a newer one."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from kartotek.declaration.foreign import take_as_sound
from kartotek.declaration.load import load
from kartotek.engine.busy import reading_from
from kartotek.engine.compiled import Compiled
from kartotek.engine.sealing import numbered
from kartotek.errors import SetupInvalid
from kartotek.storage.catalogs import Pulse, latest, pulse
from kartotek.storage.connection import Connection
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
        self._former: Compiled | None = None

    def current(self, *, fresh: bool = False) -> Compiled:
        """The compiled catalog in service; with `fresh` the database is looked at now."""
        self._look(fresh)
        assert self._compiled is not None
        return self._compiled

    def pulse(self) -> Pulse:
        """The pulse as of the last look."""
        self._look(False)
        return self._pulse

    def seen_by(self, conn: Connection, found: Pulse) -> Compiled:
        """The compiled catalog that is applied in what a connection sees, whose pulse was found there."""
        compiled = self._known(found.catalog_version)
        if compiled is None or found != self._pulse:
            with self._lock:
                compiled = self._known(found.catalog_version) or self._take(conn, found)
                self._advance(found)
        return compiled

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
            if self._known(found.catalog_version) is None:
                self._take(conn, found)
        self._advance(found)
        self._seen = now

    def _known(self, version: int) -> Compiled | None:
        """The one in service, or the one before: a reader may have begun just before the switch."""
        for one in (self._compiled, self._former):
            if one is not None and one.catalog.version == version:
                return one
        return None

    def _take(self, conn: Connection, found: Pulse) -> Compiled:
        compiled = self._load(latest(conn))
        if self._compiled is None or found.catalog_version > self._compiled.catalog.version:
            self._compiled, self._former = compiled, self._compiled
        return compiled

    def _advance(self, found: Pulse) -> None:
        """Both numbers only grow; one who looked earlier may be told later."""
        known = self._pulse
        if found.security_epoch > known.security_epoch and self._database.vault is not None:
            self._database.vault.forget()  # a key may have been destroyed
        self._pulse = Pulse(
            max(known.catalog_version, found.catalog_version), max(known.security_epoch, found.security_epoch)
        )

    def _load(self, applied: object) -> Compiled:
        documents = getattr(applied, "documents", _NOTHING_APPLIED)
        take_as_sound(documents)
        loaded = load(documents, notes=False)
        if loaded.catalog is None:
            problem = loaded.problems[0]
            raise SetupInvalid(f"The applied catalog cannot be read by this version: {problem.place}: {problem.message}")
        catalog = replace(loaded.catalog, version=getattr(applied, "version", 0), ratcheted=_ratcheted(applied))
        return Compiled(numbered(catalog, getattr(applied, "ids", {})), self._database.dialect.name)


def _ratcheted(applied: object) -> Mapping[str, frozenset[str]]:
    told: Mapping[str, Sequence[str]] = getattr(applied, "ratcheted", {})
    return MappingProxyType({name: frozenset(each) for name, each in told.items() if each})
