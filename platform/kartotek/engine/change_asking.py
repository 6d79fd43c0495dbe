"""Asking for a change: a plan that was read becomes a row that is worked off, here and now or by the background work."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from kartotek.engine import plan_making
from kartotek.engine.change_checks import moved, refuse
from kartotek.engine.change_runs import Runner
from kartotek.engine.holding import SECONDS, holding
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.plan_making import Asked, Planned, Told
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.errors import Busy, KartotekError
from kartotek.model.versions import RunningChange
from kartotek.storage import changes, users
from kartotek.storage.changes import ChangeRow

_KEPT = timedelta(days=400)


@dataclass(frozen=True)
class Asking:
    """`hash` is that of the plan which somebody has read, `confirm` what was typed for it."""

    asked: Asked
    hash: str
    confirm: Collection[str] = ()
    once: Once | None = None


class Changes:
    """Changes of one site, one at a time over all its processes."""

    def __init__(self, transactions: Transactions, runner: Runner) -> None:
        self._transactions = transactions
        self._runner = runner

    def apply(self, asking: Asking, progress: Told | None = None) -> RunningChange:
        """Makes the change and answers when it is done."""
        with holding(self._transactions.database, self._transactions.clock, wait=SECONDS):
            planned = self._planned(asking, progress)
            self._end_left(asking.hash)
            row = self._accepted(asking, planned)
            if row is not None and row.is_open:
                row = self._runner.run(row.id, planned, progress)
        return self._nothing(planned) if row is None else self._told(row)

    def accept(self, asking: Asking) -> RunningChange:
        """Writes down that the change is to be made; the background work makes it."""
        planned = self._planned(asking, None)
        if self._left(asking.hash) is not None:
            with holding(self._transactions.database, self._transactions.clock):
                self._end_left(asking.hash)
        row = self._accepted(asking, planned)
        return self._nothing(planned) if row is None else self._told(row)

    def run_due(self) -> RunningChange | None:
        """Goes on with a change that waits or was interrupted, unless somebody is at it; the change, once it has ended."""
        with self._transactions.reading() as conn:
            row = changes.unfinished(conn)
        if row is None:
            return None
        # What ends it is told with it, and what does not is tried again.
        with suppress(KartotekError), holding(self._transactions.database, self._transactions.clock):
            self._runner.run(row.id)
        found = self._row(row.id)
        return None if found is None or found.is_open else self._told(found)

    def latest(self) -> RunningChange | None:
        """The change that was asked for last, however it ended."""
        with self._transactions.reading() as conn:
            row = changes.newest(conn)
        return None if row is None else self._told(row)

    def tidy(self) -> None:
        """Forgets how changes went that ended long ago."""
        with self._transactions.writing() as conn:
            changes.forget(conn, self._transactions.clock() - _KEPT)

    def _planned(self, asking: Asking, progress: Told | None) -> Planned:
        return plan_making.made(self._transactions.database, self._transactions.catalogs, asking.asked, progress)

    def _accepted(self, asking: Asking, planned: Planned) -> ChangeRow | None:
        """The row of the change, None where there is nothing to do."""

        def attempt(moment: Moment) -> Callable[[Writing], int]:
            refuse(planned[0], asking.hash, asking.confirm)
            return lambda writing: self._take(writing, planned)

        id = self._transactions.transact(asking.asked.by, attempt, asking.once)
        return self._row(id) if id else None

    def _end_left(self, hash: str) -> None:
        """Gives up what somebody left behind who died, so that it stands in nobody's way. The caller holds the lease."""
        left = self._left(hash)
        if left is not None:
            self._runner.give_up(left.id)

    def _left(self, hash: str) -> ChangeRow | None:
        """Another change that waits, and longer than it would if somebody were there to make it."""
        with self._transactions.reading() as conn:
            left = changes.unfinished(conn)
        if left is None or left.hash == hash or self._transactions.clock() - left.at < timedelta(seconds=SECONDS):
            return None
        return left

    def _take(self, writing: Writing, planned: Planned) -> int:
        plan, change = planned
        if writing.moment.compiled.catalog.version != plan.base:
            raise moved(plan)
        if change is None:
            return 0
        other = changes.unfinished(writing.conn)
        if other is None:
            return self._runner.add(writing.conn, plan, change)
        if other.hash != plan.hash:
            raise Busy("Another change of the declarations is being made just now; try again in a moment.", retry_after=5)
        return other.id

    def _row(self, id: int) -> ChangeRow | None:
        with self._transactions.reading() as conn:
            return changes.find(conn, id)

    def _nothing(self, planned: Planned) -> RunningChange:
        plan, now = planned[0], self._transactions.clock()
        return RunningChange(id=0, plan=plan.hash, base=plan.base, at=now, changed_at=now, version=plan.base)

    def _told(self, row: ChangeRow) -> RunningChange:
        with self._transactions.reading() as conn:
            user = users.find(conn, row.by) if row.by else None
        return RunningChange(
            id=row.id, plan=row.hash, base=row.base, status=row.status, reason=row.reason, at=row.at,
            by=user.name if user is not None else "", changed_at=row.changed_at, version=row.version, backup=row.backup,
            error=row.error, **row.progress,
        )
