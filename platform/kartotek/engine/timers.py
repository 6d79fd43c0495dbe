"""Timers: what is due is done, each in the transaction that also marks it as done, so that a crash repeats and loses nothing."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from kartotek.engine import breaching, firing, rechecking, recomputing, replanning, telling
from kartotek.engine.doing import Doer
from kartotek.engine.occurrences import arrange
from kartotek.engine.open_writing import Writing
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.errors import Busy, KartotekError
from kartotek.model.actor import Actor
from kartotek.model.query import Page
from kartotek.storage import occasions, timers
from kartotek.storage.records import load_many
from kartotek.storage.timers import TimerRow

# {what a timer's name begins with: who does it}
DOERS: Mapping[str, Doer] = MappingProxyType({
    "transition": firing.transition,
    "schedule": firing.schedule,
    "clock": firing.clock,
    "replan": replanning.run,
    "recheck": rechecking.run,
    "breach": breaching.run,
    "recompute": recomputing.run,
})
ACTOR = Actor.system("timer")
TRIES = 8
_TOGETHER = 25  # timers in one transaction: others wait no longer for their turn to write than these take
_CLAIM_SECONDS = 20
_SUSPECT = 3  # claimed so often without an end, it is done alone: it may be what ends the process
_HOPELESS = 100
_KEPT, _KEPT_OCCASIONS = timedelta(days=40), timedelta(days=800)
_LONGEST_ERROR = 1000


class Timers:
    """Safe to share by threads and to run in several processes at once."""

    def __init__(self, transactions: Transactions, secret: bytes, doers: Mapping[str, Doer] = DOERS) -> None:
        self._transactions = transactions
        self._secret = secret
        self._doers = doers

    def run_due(self, limit: int = 500, *, seconds: float = 1.5, monotonic: Callable[[], float] = time.monotonic) -> int:
        """Does what is due, the earliest first, at most so many and for about so long; how many were done or put off.

        What fails is tried again later, and given up after some tries. Raises Busy; and what a defect raises: then the
        timer has been put off, and the next call does the others.
        """
        end = monotonic() + seconds
        holder = secrets.token_hex(8)
        rows = self._claim(holder, limit)
        left = {one.id: None for one in rows}
        try:
            for batch in _batches(rows):
                for one in batch:
                    del left[one.id]
                self._run(batch, holder)
                if monotonic() >= end:
                    break
        finally:
            if left:
                with self._transactions.writing() as conn:
                    timers.let_go(conn, list(left), holder)
        return len(rows) - len(left)

    def arrange(self) -> None:
        """Sees to it that every periodic schedule has its next occurrence."""
        self._transactions.transact(ACTOR, lambda moment: arrange)

    def tidy(self) -> None:
        """Removes what was done long ago."""
        now = self._transactions.clock()
        more = True
        while more:
            with self._transactions.writing() as conn:
                more = timers.purge(conn, now - _KEPT) > 0
        with self._transactions.writing() as conn:
            occasions.purge(conn, now - _KEPT_OCCASIONS)

    def failed(self, actor: Actor, *, cursor: str = "", limit: int = 50) -> Page:
        """Timers that failed, newest first; those that are "dead" are not tried again. Raises Forbidden, Malformed."""
        with self._transactions.at(actor) as (moment, conn):
            return telling.failed(moment, conn, cursor=cursor, limit=limit, secret=self._secret)

    def waiting(self, actor: Actor, *, cursor: str = "", limit: int = 50) -> Page:
        """Timers that are still to come, the earliest first. Raises Forbidden, Malformed."""
        with self._transactions.at(actor) as (moment, conn):
            return telling.waiting(moment, conn, cursor=cursor, limit=limit, secret=self._secret)

    def upcoming(self, actor: Actor, record_type: str, id: int) -> list[dict[str, Any]]:
        """What is to happen by itself to a record that the actor can read, the earliest first. Raises NotFound."""
        with self._transactions.at(actor) as (moment, conn):
            return telling.upcoming(moment, conn, record_type, id)

    def retry(self, actor: Actor, id: int, *, once: Once | None = None) -> dict[str, Any]:
        """Has a timer that failed run again at once; the timer. Raises Forbidden, NotFound, Busy."""
        return self._transactions.transact(actor, lambda moment: lambda open: telling.retry(moment, open.conn, id), once)

    def _claim(self, holder: str, limit: int) -> list[TimerRow]:
        now = self._transactions.clock()
        with self._transactions.reading() as conn:
            if not timers.are_due(conn, now):
                return []
        with self._transactions.writing() as conn:
            return timers.claim(conn, holder, now, seconds=_CLAIM_SECONDS, limit=limit)

    def _run(self, rows: Sequence[TimerRow], holder: str) -> None:
        """Does some together; where that fails, each alone."""
        if len(rows) > 1:
            with self._suspecting(rows, holder):
                try:
                    self._attempt(rows, holder)
                    return
                except Busy:
                    raise
                except KartotekError:
                    pass  # one of them is to blame
        for row in rows:
            if row.attempts > _HOPELESS:
                self._note(row, holder, "It never came to an end.", last=True)
                continue
            with self._answering(row, holder):
                self._attempt([row], holder)

    def _attempt(self, rows: Sequence[TimerRow], holder: str) -> None:
        self._transactions.transact(ACTOR, lambda moment: lambda writing: self._fire(writing, rows, holder))

    def _fire(self, writing: Writing, rows: Sequence[TimerRow], holder: str) -> None:
        # Records before their timers, in the order of their ids, as every other write locks them.
        _lock(writing, rows)
        for row in rows:
            doer = self._doers.get(row.name.partition(".")[0])
            # First, because what is done may take back or set anew the timers of the record.
            if not timers.finish(writing.conn, row.id, holder, writing.moment.now) or doer is None:
                continue
            again = doer(writing, row)
            if again is not None:
                timers.go_on(writing.conn, row, again.payload, writing.moment.now)

    @contextmanager
    def _answering(self, row: TimerRow, holder: str) -> Iterator[None]:
        """Keeps what goes wrong with the timer that it went wrong with. A defect is raised besides."""
        known = False
        try:
            yield
            known = True
        except Busy:
            known = True
            raise
        except KartotekError as error:
            known = True
            self._note(row, holder, _words(error))
        finally:
            defect = sys.exc_info()[1]
            if not known and isinstance(defect, Exception):
                self._note(row, holder, f"{type(defect).__name__}: {defect}")

    @contextmanager
    def _suspecting(self, rows: Sequence[TimerRow], holder: str) -> Iterator[None]:
        """After a defect has each of them done alone the next time."""
        try:
            yield
        finally:
            if isinstance(sys.exc_info()[1], Exception) and not isinstance(sys.exc_info()[1], KartotekError):
                with self._transactions.writing() as conn:
                    timers.suspect(conn, [one.id for one in rows], holder, attempts=_SUSPECT)

    def _note(self, row: TimerRow, holder: str, words: str, *, last: bool = False) -> None:
        now, error = self._transactions.clock(), words[:_LONGEST_ERROR]
        with self._transactions.writing() as conn:
            if last or row.failures + 1 >= TRIES:
                timers.give_up(conn, row.id, holder, now, error=error)
            else:
                timers.put_off(conn, row.id, holder, now + timedelta(minutes=2**row.failures), error=error)


def _batches(rows: Sequence[TimerRow]) -> Iterator[Sequence[TimerRow]]:
    """Those of whole types alone, and first; then those of records some at a time, and last, alone, those under suspicion."""
    yield from ([one] for one in rows if one.record_id == 0)
    records = [one for one in rows if one.record_id and one.attempts <= _SUSPECT]
    yield from (records[start : start + _TOGETHER] for start in range(0, len(records), _TOGETHER))
    yield from ([one] for one in rows if one.record_id and one.attempts > _SUSPECT)


def _lock(writing: Writing, rows: Sequence[TimerRow]) -> None:
    if len(rows) == 1 or not writing.conn.dialect.for_update:
        return
    ids: dict[str, set[int]] = {}
    for row in rows:
        if row.type in writing.moment.compiled.catalog.types:
            ids.setdefault(row.type, set()).add(row.record_id)
    for name, each in sorted(ids.items()):
        load_many(writing.conn, writing.moment.compiled.type(name).layout, sorted(each), lock=True, parts=False)


def _words(error: KartotekError) -> str:
    problems = "; ".join(f"{one.path or '/'}: {one.message} [{one.code}]" for one in error.problems[:5])
    return f"{error.sentence} {problems}".strip()
