"""Backups: what a site holds at one moment, in one sealed file that was read again before it counts as one."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import kartotek
from kartotek.engine.audit import Audit
from kartotek.engine.backup_keys import ENDING as KEYS_ENDING
from kartotek.engine.backup_keys import living, write_keys
from kartotek.engine.backup_reading import PURPOSE, Backup, checked
from kartotek.engine.busy import busy_instead, reading_from
from kartotek.engine.keyring import Keyring
from kartotek.engine.scratch_folder import scratch_in
from kartotek.errors import NotFound, SetupInvalid
from kartotek.storage import beside
from kartotek.storage.archive import ArchiveWriter
from kartotek.storage.archive_seal import sealing
from kartotek.storage.blobs import Blobs, sync
from kartotek.storage.catalogs import mark
from kartotek.storage.copying import Snapshot
from kartotek.storage.copying_postgresql import snapshot as postgresql_snapshot
from kartotek.storage.copying_sqlite import ACCOUNTS
from kartotek.storage.copying_sqlite import snapshot as sqlite_snapshot
from kartotek.storage.database import Database, SqliteDatabase

KEPT = 10
ENDING = ".kartotek"
_MADE = re.compile(r"\d{8}-\d{6}(-\d+)?\.kartotek(\.tar\.gz)?")  # the longer ending is that of archives which nothing sealed


class Backups:
    """Of one site. Those made by themselves lie in `data/backups`, the newest ten; files are not in them, since no change touches these."""

    def __init__(
        self, database: Database, data: Path, clock: Callable[[], datetime], keys: Keyring, *, audit: Audit | None = None
    ) -> None:
        self._database = database
        self._audit = audit
        self._data = data
        self._keys = keys
        self._folder = data / "backups"
        self._blobs = Blobs(data / "files")
        self._clock = clock

    def make(self, reason: str) -> Path:
        """A new backup of records and accounts, complete and read again. Raises Busy, SetupInvalid; then there is none."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(self._folder):
                path = self._unused()
                self._write(path, reason, files=False)
                for old in self.kept()[KEPT:]:
                    old.unlink()
        except OSError as error:
            raise SetupInvalid(f"No backup can be made in {self._folder}: {error.strerror or error}.") from error
        return path

    def write(self, target: Path, reason: str) -> Backup:
        """A backup with the files, at a place that is not taken. Raises Busy, SetupInvalid."""
        if target.exists():
            raise SetupInvalid(f"{target} is there already.")
        return self._write(target, reason, files=True)

    def write_keys(self, folder: Path) -> Path:
        """Writes the keys of people anew beside the backups in a folder. Raises Busy, SetupInvalid."""
        with reading_from(self._database) as conn:
            rows, marked = beside.taken(conn), mark(conn)
        path = folder / f"{self.name}{KEYS_ENDING}"
        try:
            write_keys(path, marked, self._keys, rows)
        except OSError as error:
            raise SetupInvalid(f"The keys {path} cannot be written: {error.strerror or error}.") from error
        return path

    @property
    def name(self) -> str:
        """What the names of this site's backups begin with: its folder's, and what tells it from others of that name."""
        with reading_from(self._database) as conn:
            return f"{_plain(self._data.parent.name)}-{mark(conn)}"

    def kept(self) -> list[Path]:
        """The backups that were made by themselves, newest first."""
        return sorted((one for one in self._folder.glob("*") if _MADE.fullmatch(one.name)), key=_order, reverse=True)

    def _write(self, target: Path, reason: str, *, files: bool) -> Backup:
        """What nobody has sealed yet stays in the site's own folder: the target may be a disk that goes to somebody else."""
        if self._audit is not None:
            self._audit.seal()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with scratch_in(self._folder) as scratch, scratch_in(target.parent) as near:
                path = near / "archive"
                with _private(path) as stream, busy_instead(), self._snapshot(scratch) as snapshot:
                    self._fill(stream, snapshot, reason, files=files)
                    stream.flush()
                    os.fsync(stream.fileno())
                found = checked(path, self._keys)
                self.write_keys(target.parent)
                _name(path, target)
            sync(target.parent)
        except OSError as error:
            raise SetupInvalid(f"The backup {target} cannot be written: {error.strerror or error}.") from error
        return replace(found, path=target)

    def _fill(self, stream: BinaryIO, snapshot: Snapshot, reason: str, *, files: bool) -> None:
        head = {
            "kartotek": kartotek.__version__, "made_at": self._clock().isoformat(), "reason": reason, "files": files,
            "keys": living(beside.taken(snapshot.conn)), "audit": self._audit.head_text() if self._audit is not None else "",
            **snapshot.head(),
        }
        key = self._keys.current
        label = {"kartotek": head["kartotek"], "made_at": head["made_at"], "key": key, "mark": mark(snapshot.conn)}
        with ExitStack() as stack:
            sealed = sealing(stream, self._keys.derived(PURPOSE, key), label)
            stack.callback(sealed.abandon)  # what does not come to its end must not get one
            archive = ArchiveWriter(sealed, head)
            rows = snapshot.write(archive)
            missing = self._add_files(archive, snapshot) if files else 0
            archive.finish({"rows": dict(rows), "missing": missing})
            sealed.close()

    def _add_files(self, archive: ArchiveWriter, snapshot: Snapshot) -> int:
        """Adds the files that the records of this moment hold; answers how many are not there."""
        missing = 0
        for place in snapshot.places():
            try:
                path = self._blobs.path(place)
            except NotFound:
                missing += 1
            else:
                archive.add_file(f"files/{place}", path)
        return missing

    @contextmanager
    def _snapshot(self, scratch: Path) -> Iterator[Snapshot]:
        database = self._database
        with ExitStack() as stack:
            if isinstance(database, SqliteDatabase):
                yield stack.enter_context(sqlite_snapshot(database, self._data / ACCOUNTS, scratch))
            else:
                yield stack.enter_context(postgresql_snapshot(database))

    def _unused(self) -> Path:
        stamp, number = f"{self._clock():%Y%m%d-%H%M%S}", 1
        path = self._folder / f"{stamp}{ENDING}"
        while path.exists():
            number += 1
            path = self._folder / f"{stamp}-{number}{ENDING}"
        return path


def _name(path: Path, target: Path) -> None:
    """Gives a file its name, which nobody else has; disks of cameras and the like know no links."""
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS) or target.exists():
            raise
        os.rename(path, target)


def _plain(name: str) -> str:
    """A name with nothing in it that a disk or a command might take amiss."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:40] or "site"


def _order(path: Path) -> tuple[str, int]:
    stamp, _, number = path.name.partition(".")[0][9:].partition("-")
    return path.name[:9] + stamp, int(number or 1)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time in a folder."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _private(path: Path) -> BinaryIO:
    """A new file that nobody else may read."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")
