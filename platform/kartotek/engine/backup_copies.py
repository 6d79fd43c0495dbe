"""Backup copies: the same backup in all folders of the plan, those that were away included once they are back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.backup_places import BackupPlace
from kartotek.engine.backups import Backups
from kartotek.errors import SetupInvalid
from kartotek.model.backups import BackupPlan
from kartotek.model.frozen import EMPTY
from kartotek.rules.backup_times import surplus
from kartotek.storage import backups as rows
from kartotek.storage.connection import Connection

_LOOKED_BACK = 60  # backups
_AGAIN = timedelta(hours=1)  # when a folder that failed is tried again

_log = logging.getLogger("kartotek.backups")

Told = Mapping[str, Any]  # what a row tells, see storage/backups.py


class BackupCopies:
    """Of one site, whose data folder is given; what is on its way to the folders lies in `data/backups` meanwhile."""

    def __init__(self, backups: Backups, data: Path, clock: Callable[[], datetime]) -> None:
        self._backups = backups
        self._data = data
        self._clock = clock

    def places(self, plan: BackupPlan) -> list[BackupPlace]:
        """The folders of the plan."""
        prefix = self._backups.name
        return [BackupPlace(name, self._data.parent, prefix) for name in plan.to]

    def staged(self, name: str) -> Path:
        """Where a backup is made."""
        return self._data / "backups" / name

    def put(self, place: BackupPlace, source: Path, told: Told, *, used: bool) -> dict[str, Any]:
        """What became of the copy in one folder; `used` says that the folder has held some before."""
        state = place.presence(used=used)
        if state == "here":
            try:
                self._bring(place, source, told)
            except SetupInvalid as refused:
                return {"state": "failed", "at": self._clock().isoformat(), "error": refused.sentence}
        return {"state": "good" if state == "here" else state, "at": self._clock().isoformat(), "error": ""}

    def lacking(self, plan: BackupPlan, told: Told, used: frozenset[str]) -> list[BackupPlace]:
        """The folders that lack it and are there now, but those that have failed within the hour."""
        return [
            one for one in self.places(plan)
            if _state(told, one.name) != "good" and not self._failed_lately(told, one.name) and one.presence(used=one.name in used) == "here"
        ]

    def lying(self, plan: BackupPlan, name: str, told: Told) -> Path | None:
        """Where it lies in a folder of the plan, whole as far as its length tells."""
        found = (one.folder / name for one in self.places(plan) if _state(told, one.name) == "good" and one.holds(name, told["size"]))
        return next(found, None)

    def beside_data(self, place: BackupPlace) -> bool:
        """Whether it lies on the very disk that the site's data lie on, and is lost with it."""
        try:
            return place.folder.stat().st_dev == self._data.stat().st_dev
        except OSError:
            return False

    def tidy(self, plan: BackupPlan, zone: ZoneInfo, name: str, told: Told) -> list[str]:
        """Lets go what need not stay, of folders that have this one, and what was on its way once all have it; the names."""
        gone: list[str] = []
        places = self.places(plan)
        for one in places:
            if _state(told, one.name) == "good" and one.presence(used=True) == "here" and one.holds(name, told["size"]):
                gone += one.keep(lambda made: surplus(made, plan.keep, zone), {name})
        own = self.staged(name)
        if not any(one.folder.resolve() == own.parent.resolve() for one in places):
            complete = all(_state(told, one.name) == "good" for one in places)
            passing = BackupPlace(str(own.parent), self._data, self._backups.name).made().values()
            for path in passing:
                if complete or path.name != name:
                    path.unlink(missing_ok=True)
        return gone

    def write_keys(self, plan: BackupPlan) -> None:
        """Writes the keys of people anew beside the backups that can be reached; the others follow at the next backup. Raises Busy."""
        folders = {one.folder.resolve() for one in self.places(plan) if one.presence(used=True) == "here"}
        own = self._data / "backups"
        for folder in folders | ({own.resolve()} if own.is_dir() else set()):
            try:
                self._backups.write_keys(folder)
            except SetupInvalid as error:
                _log.warning("%s They are as they were there until the next backup.", error.sentence)

    def _bring(self, place: BackupPlace, source: Path, told: Told) -> None:
        if place.folder.resolve() == source.parent.resolve():
            place.adopt()
            return
        self._backups.write_keys(place.folder)
        place.put(source, source.name, told["sha256"])

    def _failed_lately(self, told: Told, name: str) -> bool:
        found = told["places"].get(name, EMPTY)
        return found.get("state") == "failed" and self._clock() - datetime.fromisoformat(found["at"]) < _AGAIN


def used_places(conn: Connection) -> frozenset[str]:
    """The folders that held one of the last good backups."""
    found = rows.newest(conn, limit=_LOOKED_BACK, state="good", trials=False)
    return frozenset(name for row in found for name, one in row.told.get("places", EMPTY).items() if one["state"] == "good")


def _state(told: Told, name: str) -> str:
    return str(told["places"].get(name, EMPTY).get("state", ""))
