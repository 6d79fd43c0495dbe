"""Transactions: moments and transactions over one database, for every part of the engine that needs its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime

from kartotek.engine.alternatives import alternatives
from kartotek.engine.audit import Audit
from kartotek.engine.barred import Barred
from kartotek.engine.busy import pulsed_from, reading_from, writing_to
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.moment import Moment
from kartotek.engine.opened import Opened
from kartotek.engine.transaction import Answer, Attempt, Once, keyed, transact
from kartotek.errors import Busy, Conflict
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.storage.catalogs import kept_pulse
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.sealing import damaged


class Transactions:
    """Safe to share by threads."""

    def __init__(self, database: Database, catalogs: Catalogs, clock: Callable[[], datetime], audit: Audit) -> None:
        self.database = database
        self.catalogs = catalogs
        self.clock = clock
        self.audit = audit
        self.opened = Opened(database, clock)
        self._barred = Barred(database)

    def begin(self, actor: Actor) -> Moment:
        """The catalog in service and the present instant, pinned."""
        return self._moment(actor)

    def _moment(self, actor: Actor, *, fresh: bool = False) -> Moment:
        compiled = self.catalogs.current(fresh=fresh)
        if compiled.catalog.has_glass:
            actor = self.opened.worn(actor, self.catalogs.pulse().security_epoch)
        if compiled.catalog.has_people:
            actor = self._barred.kept_from(actor, compiled, self.catalogs.pulse().security_epoch)
        return Moment(actor, compiled, self.clock())

    def transact(self, actor: Actor, attempt: Attempt[Answer], once: Once | None = None) -> Answer:
        """What the attempt answers, committed, tried again where others stood in the way. Raises Busy.

        A Conflict for a time that is taken tells what is free instead, in `params["alternatives"]`.
        """

        def begin(attempts: int) -> Moment:
            return self._moment(actor, fresh=attempts > 0)

        try:
            return transact(self.database, begin, keyed(once, attempt), self.audit)
        except Conflict as exc:
            self._add_alternatives(exc)
            raise

    def _add_alternatives(self, error: Conflict) -> None:
        """Looked for after the transaction, so that nobody waits for it; without a database to ask there are none."""
        refusal = error.params.pop("refusal", None)
        if refusal is not None and refusal.moment.actor.via != "system":
            with suppress(Busy), self.reading() as conn:
                error.params["alternatives"] = alternatives(conn, refusal)

    @contextmanager
    def at(self, actor: Actor) -> Iterator[tuple[Moment, Connection]]:
        """A connection to read from, and a moment with the very catalog that it sees. Raises Busy.

        What was shown of what is sensitive stands in the audit before this ends. Raises Unrecorded where it cannot.
        """
        with pulsed_from(self.database) as (conn, found):
            seen = self.catalogs.seen_by(conn, found)
            if seen.catalog.has_glass:
                actor = self.opened.worn(actor, found.security_epoch, conn)
            actor = self._barred.kept_from(actor, seen, found.security_epoch, conn)
            moment = Moment(actor, seen, self.clock())
            yield moment, conn
        for table, id, column in damaged(conn):
            self.audit.refused(actor, AuditEntry("value_damaged", table, id, fields=(column,)))
        self.audit.shown(actor, moment.seen)

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection to read rows from that are no records. Raises Busy."""
        return reading_from(self.database)

    @contextmanager
    def writing_at(self, actor: Actor) -> Iterator[tuple[Moment, Connection]]:
        """A transaction for rows that are no records, beside records that are read under the catalog in service. Raises Busy."""
        with self.writing() as conn:
            yield Moment(actor, self.catalogs.seen_by(conn, kept_pulse(conn)), self.clock()), conn

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction for rows that are no records. Raises Busy."""
        return writing_to(self.database)
