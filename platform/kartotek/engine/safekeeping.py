"""Safekeeping: the backups that are made by themselves or at a button: when, whether they come back, and what becomes of failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.backup_copies import BackupCopies, used_places
from kartotek.engine.backup_places import digest
from kartotek.engine.backup_trials import BackupTrials, Trial
from kartotek.engine.backups import ENDING, Backups
from kartotek.engine.holding import holding
from kartotek.engine.transactions import Transactions
from kartotek.errors import Busy, SetupInvalid
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditAction, AuditEntry
from kartotek.model.settings import SiteSettings
from kartotek.rules import backup_times
from kartotek.storage import backups as rows
from kartotek.storage.backups import BackupRow
from kartotek.storage.catalogs import first_at

LEASE = "backup"
_PATIENCE = 60.0  # seconds that a change of the declarations may still take
_PAUSES = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60))  # before what failed is tried again
_REASONS = {"schedule": "Made by itself.", "hand": "Asked for on the page."}
_BY = Actor.system("backups")


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be done now: a row that waits or is tried again, or a moment that has come."""

    row: BackupRow | None = None
    due_at: datetime | None = None


class Safekeeping:
    """Of one site; one process at a time does it, whoever asks."""

    def __init__(self, transactions: Transactions, backups: Backups, copies: BackupCopies, trials: BackupTrials) -> None:
        self._transactions = transactions
        self._backups = backups
        self.copies = copies
        self._trials = trials

    def run_due(self) -> int:
        """Does what is due: what somebody asked for, what the plan says, what a folder lacks that was away. Answers how much."""
        try:
            return self._run() if self._next() else self._make_up()
        except Busy:  # somebody else does it, or the declarations are being changed: in a moment, then
            return 0

    def write_keys(self) -> None:
        """Writes the keys of people anew beside all backups within reach: of who was erased just now none opens any longer."""
        self.copies.write_keys(self._settings().backups)

    def _run(self) -> int:
        with holding(self._transactions.database, self._transactions.clock, LEASE):
            self._end_interrupted()
            job = self._next()  # again, now that nobody else does it
            if job is None:
                return 0
            row = self._begun(job)
            try:
                if row.kind == "trial":
                    self._try_newest(row)
                else:
                    self._make(row)
            except (SetupInvalid, OSError) as error:
                self._end(row, "failed", {**row.told, "error": str(getattr(error, "sentence", error))})
            return 1

    def _next(self) -> _Job | None:
        settings, now = self._settings(), self._transactions.clock()
        due = backup_times.last_due(settings.backups, ZoneInfo(settings.timezone), now)
        with self._transactions.reading() as conn:
            waiting = [one for one in rows.open_ones(conn) if one.state == "waiting"]
            if waiting:
                return _Job(row=waiting[0])
            first = first_at(conn)
            if due is None or first is None or first >= due:  # nothing was missed before there was anything
                return None
            last = rows.scheduled(conn, due, now)
        if last is None:
            return _Job(due_at=due)
        if last.state == "running":  # by somebody who may have died
            return _Job(row=last)
        pause = _PAUSES[min(last.tries, len(_PAUSES)) - 1]
        return _Job(row=last) if last.state == "failed" and now >= last.changed_at + pause else None

    def _begun(self, job: _Job) -> BackupRow:
        now = self._transactions.clock()
        with self._transactions.writing() as conn:
            id = job.row.id if job.row else rows.add(conn, now=now, kind="schedule", state="running", due_at=job.due_at)
            rows.change(conn, id, now=now, state="running", begun_at=now, tries=(job.row.tries if job.row else 0) + 1)
            return next(one for one in rows.open_ones(conn) if one.id == id)

    def _end_interrupted(self) -> None:
        """What somebody had begun who lives no longer: what was asked for has failed, what was due is made again."""
        now = self._transactions.clock()
        with self._transactions.writing() as conn:
            for one in rows.open_ones(conn):
                if one.state == "running":
                    rows.change(conn, one.id, now=now, state="failed", told={**one.told, "error": "It was interrupted."})

    def _make(self, row: BackupRow) -> None:
        plan, database = self._settings().backups, self._transactions.database
        name = f"{self._backups.name}-{row.begun_at:%Y%m%d-%H%M%S}{ENDING}"
        staged = self.copies.staged(name)
        with holding(database, self._transactions.clock, wait=_PATIENCE):  # no table is altered meanwhile
            made = self._backups.write(staged, _REASONS[row.kind])
        told: dict[str, Any] = {
            **row.told, "size": staged.stat().st_size, "sha256": digest(staged), "rows": sum(made.rows.values()),
            "files": made.files or 0, "missing": made.missing, "error": "",
        }
        with self._transactions.reading() as conn:
            used = used_places(conn)
        told["places"] = {one.name: self.copies.put(one, staged, told, used=one.name in used) for one in self.copies.places(plan)}
        self._settle(row, name, told)

    def _settle(self, row: BackupRow, name: str, told: dict[str, Any]) -> None:
        """Tries what lies in a folder; only what came back whole lets older ones go."""
        settings = self._settings()
        lying = self.copies.lying(settings.backups, name, told)
        if lying is None:
            told["error"] = "No folder could take it: it lies in data/backups until one can."
            return self._end(row, "kept", told, name=name)
        trial = self._trials.run(lying)
        told |= {"trial": trial.wire(), "error": f"It does not come back: {trial.error}" if trial.done and not trial.ok else ""}
        self._end(row, "failed" if told["error"] else "good", told, name=name)
        if trial.ok:
            self.copies.tidy(settings.backups, ZoneInfo(settings.timezone), name, told)

    def _try_newest(self, row: BackupRow) -> None:
        with self._transactions.reading() as conn:
            newest = next(iter(rows.newest(conn, state="good", trials=False)), None)
        lying = self.copies.lying(self._settings().backups, newest.name, newest.told) if newest else None
        if newest is None or lying is None:
            raise SetupInvalid("There is no good backup in a folder that is there.")
        trial = self._trials.run(lying)
        told = {**row.told, "trial": trial.wire(), "error": trial.error}
        self._end(row, "good" if trial.ok else "failed", told, name=newest.name)
        if trial.done:
            self._judge(newest, trial)

    def _judge(self, newest: BackupRow, trial: Trial) -> None:
        """A backup that does not come back any longer is none."""
        error = "" if trial.ok else f"It does not come back: {trial.error}"
        with self._transactions.writing() as conn:
            state = "good" if trial.ok else "failed"
            rows.change(conn, newest.id, now=self._transactions.clock(), state=state, told={**newest.told, "trial": trial.wire(), "error": error})

    def _make_up(self) -> int:
        """Brings the newest to folders that were away when it was made; how many."""
        settings = self._settings()
        with self._transactions.reading() as conn:
            newest = next(iter(rows.newest(conn, trials=False)), None)
            if newest is None or newest.state not in ("good", "kept"):
                return 0
            used = used_places(conn)
        lacking = self.copies.lacking(settings.backups, newest.told, used)
        source = self.copies.lying(settings.backups, newest.name, newest.told) or self.copies.staged(newest.name)
        if not lacking or not source.is_file():
            return 0
        with holding(self._transactions.database, self._transactions.clock, LEASE):
            found = {one.name: self.copies.put(one, source, newest.told, used=one.name in used) for one in lacking}
            told = {**newest.told, "places": {**newest.told["places"], **found}}
            if newest.state == "kept":
                self._settle(newest, newest.name, told)
            else:
                self._remember(newest, told)
                self.copies.tidy(settings.backups, ZoneInfo(settings.timezone), newest.name, told)
        return sum(one["state"] == "good" for one in found.values())

    def _remember(self, row: BackupRow, told: Mapping[str, Any]) -> None:
        with self._transactions.writing() as conn:
            rows.change(conn, row.id, now=self._transactions.clock(), told=told)

    def _end(self, row: BackupRow, state: str, told: Mapping[str, Any], *, name: str = "") -> None:
        """What became of it, and the same in the audit."""
        action: AuditAction = "backup_tried" if row.kind == "trial" else "backup_failed" if state == "failed" else "backup_made"
        body = {"name": name, "state": state, "error": told.get("error", "")}
        with self._transactions.writing() as conn:
            rows.change(conn, row.id, now=self._transactions.clock(), state=state, name=name, told=told)
            self._transactions.audit.append(conn, _BY, AuditEntry(action, body=body))

    def _settings(self) -> SiteSettings:
        return self._transactions.catalogs.current().catalog.settings
