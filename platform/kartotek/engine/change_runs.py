"""Running a change of the catalog: from what was asked for to the new version, gone on with by whoever finds it unfinished."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from kartotek.engine import plan_making, preparation
from kartotek.engine.busy import reading_from, writing_to
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.change import CatalogChange
from kartotek.engine.change_checks import is_moved, moved
from kartotek.engine.plan_making import Asked, Planned, Told
from kartotek.engine.switch import switch
from kartotek.errors import Busy, KartotekError
from kartotek.model.actor import Actor
from kartotek.model.plan import Plan, Progress
from kartotek.model.plan_wire import answers_of, answers_wire, kept_wire
from kartotek.storage import changes
from kartotek.storage.changes import ChangeRow
from kartotek.storage.connection import Connection
from kartotek.storage.database import Collision, Database, StaleCatalog

_ATTEMPTS = 5
_PAUSE = 0.2  # seconds, longer with each attempt
_NOTED_EVERY = 0.5  # seconds between two notes of how far it is
_ANYBODY = Actor.system("apply")


@dataclass(frozen=True)
class Runner:
    """What a change needs to be run; `back_up` makes a verified backup for a reason and says where it is."""

    database: Database
    catalogs: Catalogs
    clock: Callable[[], datetime]
    back_up: Callable[[str], Path]

    def add(self, conn: Connection, plan: Plan, change: CatalogChange) -> int:
        """Writes down what is asked for: from here on it is done, if not by us then by another."""
        return changes.add(
            conn, at=change.at, hash=plan.hash, base=plan.base, documents=dict(change.wanted.documents),
            answers=answers_wire(change.answers), steps=[kept_wire(one) for one in plan.steps], reason=change.reason,
            by=change.by.id,
        )

    def run(self, id: int, planned: Planned | None = None, progress: Told | None = None) -> ChangeRow:
        """Makes the change; `planned` is given by one who has just looked. The caller holds the lease.

        Raises Busy where it is still to be gone on with; whatever else is raised has ended it.
        """
        row, noting = self._row(id), _Noting(self, id, progress)
        try:
            self._attempt(row, planned or self._again(row, noting), noting)
        except Busy:
            raise
        except KartotekError as error:
            self.end(id, error)
            raise
        self.catalogs.current(fresh=True)
        self.note(id, progress={})
        return self._row(id)

    def give_up(self, id: int) -> None:
        """Ends a change that nobody goes on with, because another one is to take its place."""
        self.end(id, moved(Plan(hash="", base=0)))

    def end(self, id: int, error: KartotekError) -> None:
        """Gives a change up, for good; what was prepared for it goes away."""
        preparation.give_up(self.database, id)
        wire = {"code": error.code, "message": error.sentence, "problems": [one.wire() for one in error.problems]}
        self.note(id, status="given_up" if is_moved(error) else "failed", error=wire)

    def note(self, id: int, **values: Any) -> None:
        """Writes to the row of a change."""
        with writing_to(self.database) as conn:
            changes.change(conn, id, self.clock(), **values)

    def _attempt(self, row: ChangeRow, planned: Planned, noting: Told) -> None:
        if any(one["verdict"] == "confirm" for one in row.steps) and not row.backup:
            self.note(row.id, backup=str(self.back_up(f"Before a change of the declarations: {row.reason or row.hash}")))
        self.note(row.id, status="preparing")
        for number in range(_ATTEMPTS):
            time.sleep(number * _PAUSE)
            try:
                self._make(row, planned, noting)
                return
            except Collision:
                continue
            except StaleCatalog:
                if not self._row(row.id).is_open:  # it was done, only the answer was lost
                    return
                planned = self._again(row, noting)
        raise Busy("The database is busy; the change is tried again.", retry_after=2)

    def _make(self, row: ChangeRow, planned: Planned, noting: Told) -> None:
        plan, change = planned
        assert change is not None  # else there would be no row
        by = change.by if change.by.id == row.by else replace(_ANYBODY, id=row.by)
        change = replace(change, id=row.id, by=by, reason=row.reason)  # whoever asked first, if it was left behind
        preparation.prepare(self.database, change, noting)
        switch(self.database, change, plan.problems)

    def _again(self, row: ChangeRow, noting: Told) -> Planned:
        """The same change worked out anew. Raises Conflict where another catalog came first, or records forbid it now."""
        asked = Asked(
            documents=row.documents, by=replace(_ANYBODY, id=row.by), at=self.clock(), reason=row.reason,
            answers=answers_of(row.answers),
        )
        plan, change = plan_making.made(self.database, self.catalogs, asked, noting)
        if plan.base != row.base or change is None or plan.verdict == "refused":
            raise moved(plan)
        return plan, change

    def _row(self, id: int) -> ChangeRow:
        with reading_from(self.database) as conn:
            found = changes.find(conn, id)
        assert found is not None
        return found


class _Noting:
    """Tells how far it is to whoever waits, and now and then to everybody."""

    def __init__(self, runner: Runner, id: int, progress: Told | None) -> None:
        self._runner = runner
        self._id = id
        self._progress = progress
        self._noted = float("-inf")

    def __call__(self, now: Progress) -> None:
        if self._progress is not None:
            self._progress(now)
        if time.monotonic() - self._noted < _NOTED_EVERY:
            return
        self._noted = time.monotonic()
        self._runner.note(self._id, progress={"step": now.step, "done": now.done, "total": now.total})
