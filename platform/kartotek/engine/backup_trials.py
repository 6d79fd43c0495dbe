"""Backup trials: a backup restored into a place that nobody sees, compared with what it should be, and thrown away."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kartotek.engine.backup_reading import Backup, checked, opened
from kartotek.engine.busy import busy_instead
from kartotek.engine.keyring import Keyring
from kartotek.engine.restoring import Means, keys_of, restore, without_files
from kartotek.engine.scratch_folder import scratch_in
from kartotek.errors import KartotekError, SetupInvalid
from kartotek.storage import beside
from kartotek.storage.beside import Rows
from kartotek.storage.catalogs import latest
from kartotek.storage.connection import Connection
from kartotek.storage.copying import places
from kartotek.storage.database import Database, SqliteDatabase
from kartotek.storage.trial_postgresql import tried

_SPARE = 64_000_000  # bytes that stay free


@dataclass(frozen=True, slots=True)
class Trial:
    """`seconds` is how long it took until all was there again, so about how long a real restore would take.

    `done` is False where there was no room to try, which says nothing about the backup.
    """

    at: datetime
    ok: bool
    done: bool = True
    seconds: float = 0.0
    rows: int = 0
    files: int = 0
    error: str = ""

    def wire(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "at": self.at.isoformat(), "seconds": round(self.seconds, 2)}


class BackupTrials:
    """Of one site: its database tells of which sort the backups are, its data folder has the room."""

    def __init__(self, database: Database, data: Path, clock: Callable[[], datetime], keys: Keyring) -> None:
        self._database, self._data, self._clock, self._keys = database, data, clock, keys

    def run(self, path: Path) -> Trial:
        """Tries one; whatever is wrong with it is told, not raised."""
        now, begun = self._clock(), time.monotonic()
        try:
            folder = self._data / "backups"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            backup = checked(path, self._keys)
            if (lacking := self._lacking(folder, backup)) > 0:
                return Trial(now, ok=False, done=False, error=f"There is no room to try it: {lacking:,} bytes more are needed.")
            with scratch_in(folder) as scratch, busy_instead():
                rows = (self._sqlite if isinstance(self._database, SqliteDatabase) else self._postgresql)(backup, scratch)
                files = sum(1 for _ in scratch.rglob("files/*/*"))
            if files != (backup.files or 0):
                raise SetupInvalid(f"{files} files came back of {backup.files}.")
        except (KartotekError, OSError) as error:
            return Trial(now, ok=False, seconds=time.monotonic() - begun, error=str(getattr(error, "sentence", error)))
        return Trial(now, ok=True, seconds=time.monotonic() - begun, rows=rows, files=files)

    def _sqlite(self, backup: Backup, scratch: Path) -> int:
        """By the very way that a restore takes, which compares all rows and bytes."""
        data = scratch / "data"
        data.mkdir(mode=0o700)
        url = f"sqlite:///{quote(str(data / 'records.db'))}"
        restore(backup.path, data, url, means=Means(self._keys), replace=False, clock=self._clock)
        with closing(Database.open(url)) as database, database.read() as conn:
            _look(conn, backup)
        return sum(backup.rows.values())

    def _postgresql(self, backup: Backup, scratch: Path) -> int:
        keys = keys_of(backup, Means(self._keys))
        with opened(backup.path, self._keys) as reader:
            rows = tried(self._database, backup.head, without_files(reader, scratch), lambda conn: _look(conn, backup, keys))
        if rows != dict(backup.rows):
            raise SetupInvalid("What came back has other numbers of rows than the backup.")
        return sum(rows.values())

    def _lacking(self, folder: Path, backup: Backup) -> int:
        """How many bytes are missing to hold all that is in it for a while."""
        return int(backup.seal["bytes"]) + _SPARE - shutil.disk_usage(folder).free


def _look(conn: Connection, backup: Backup, keys: Rows | None = None) -> None:
    """What is in service there must be what the backup says, and its keys must fit in."""
    if keys:
        beside.lay(conn, keys)
    applied = latest(conn)
    if (applied.hash if applied else "") != backup.head["catalog"]["hash"]:
        raise SetupInvalid("What came back has other declarations than the backup.")
    if backup.files is not None and sum(1 for _ in places(conn)) != backup.files + backup.missing:
        raise SetupInvalid("What came back names other files than the backup.")
