"""Backups: what a site holds at one moment, in one file that was read again before it counts as one."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import kartotek
from kartotek.engine.busy import busy_instead
from kartotek.errors import NotFound, SetupInvalid
from kartotek.storage.archive import ArchiveReader, ArchiveWriter
from kartotek.storage.blobs import Blobs
from kartotek.storage.copying import Snapshot
from kartotek.storage.copying_postgresql import snapshot as postgresql_snapshot
from kartotek.storage.copying_sqlite import ACCOUNTS
from kartotek.storage.copying_sqlite import snapshot as sqlite_snapshot
from kartotek.storage.database import Database, SqliteDatabase
from kartotek.storage.blobs import sync

KEPT = 10
ENDING = ".kartotek.tar.gz"
_MADE = re.compile(rf"\d{{8}}-\d{{6}}(-\d+)?{re.escape(ENDING)}")
_UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself. `rows` is {table: how many}, `files` how many files it holds, None where it was made without."""

    path: Path
    made_at: datetime
    reason: str
    head: Mapping[str, Any]
    rows: Mapping[str, int]
    files: int | None
    missing: int


class Backups:
    """Of one site. Those made by themselves lie in `data/backups`, the newest ten; files are not in them, since no change touches these."""

    def __init__(self, database: Database, data: Path, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._data = data
        self._folder = data / "backups"
        self._blobs = Blobs(data / "files")
        self._clock = clock

    def make(self, reason: str) -> Path:
        """A new backup of records and accounts, complete and read again. Raises Busy, SetupInvalid; then there is none."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(self._folder), scratch_in(self._folder, first=True) as scratch:
                path = self._unused()
                self._write(path, reason, scratch, files=False)
                for old in self.kept()[KEPT:]:
                    old.unlink()
        except OSError as error:
            raise SetupInvalid(f"No backup can be made in {self._folder}: {error.strerror or error}.") from error
        return path

    def write(self, target: Path, reason: str) -> Backup:
        """A backup with the files, at a place that is not taken. Raises Busy, SetupInvalid."""
        if target.exists():
            raise SetupInvalid(f"{target} is there already.")
        with scratch_in(target.parent) as scratch:
            return self._write(target, reason, scratch, files=True)

    def kept(self) -> list[Path]:
        """The backups that were made by themselves, newest first."""
        return sorted((one for one in self._folder.glob(f"*{ENDING}") if _MADE.fullmatch(one.name)), key=_order, reverse=True)

    def _write(self, target: Path, reason: str, scratch: Path, *, files: bool) -> Backup:
        path = scratch / "archive"
        try:
            with _private(path) as stream, busy_instead(), self._snapshot(scratch) as snapshot:
                self._fill(stream, snapshot, reason, files=files)
                stream.flush()
                os.fsync(stream.fileno())
            found = checked(path)
            os.link(path, target)
            sync(target.parent)
        except OSError as error:
            raise SetupInvalid(f"The backup {target} cannot be written: {error.strerror or error}.") from error
        return replace(found, path=target)

    def _fill(self, stream: BinaryIO, snapshot: Snapshot, reason: str, *, files: bool) -> None:
        head = {
            "kartotek": kartotek.__version__, "made_at": self._clock().isoformat(), "reason": reason, "files": files,
            **snapshot.head(),
        }
        archive = ArchiveWriter(stream, head)
        rows = snapshot.write(archive)
        missing = self._add_files(archive, snapshot) if files else 0
        archive.finish({"rows": dict(rows), "missing": missing})

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


def checked(path: Path) -> Backup:
    """What a backup holds, after all of it was read and counted. Raises SetupInvalid for one that is not whole."""
    with opened(path) as reader:
        counts: dict[str, int] = {}
        files = 0
        for name, chunks in reader.members():
            files += name.startswith("files/")
            if name.startswith("tables/"):
                counts[name] = sum(chunk.count(b"\n") for chunk in chunks)
        try:
            return _described(path, reader, counts, files)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise SetupInvalid(f"{path} does not say what a backup says of itself.") from exc


def _described(path: Path, reader: ArchiveReader, counts: Mapping[str, int], files: int) -> Backup:
    head, rows = reader.head, reader.manifest["rows"]
    for number, table in enumerate(head.get("tables", ())):
        if counts.get(f"tables/{number:04d}") != rows[table["name"]]:
            raise SetupInvalid(f"The backup {path} does not hold all rows of {table['name']}.")
    return Backup(
        path, datetime.fromisoformat(head["made_at"]), str(head["reason"]), head, rows,
        files if head["files"] else None, reader.manifest["missing"],
    )


@contextmanager
def opened(path: Path) -> Iterator[ArchiveReader]:
    """The archive in a file. Raises SetupInvalid."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise SetupInvalid(f"{path} cannot be read: {error.strerror}.") from error
    with closing(stream):
        yield ArchiveReader(stream)


def _order(path: Path) -> tuple[str, int]:
    stamp, _, number = path.name.removesuffix(ENDING)[9:].partition("-")
    return path.name[:9] + stamp, int(number or 1)


@contextmanager
def scratch_in(folder: Path, *, first: bool = False) -> Iterator[Path]:
    """A folder that is removed afterwards; where nobody else works in there, also those that others left when they died."""
    if first:
        for left in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
    made = folder / f"{_UNFINISHED}{secrets.token_hex(4)}"
    try:
        made.mkdir(mode=0o700)
    except OSError as error:
        raise SetupInvalid(f"{folder} cannot be written: {error.strerror}.") from error
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time in a folder."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _private(path: Path) -> BinaryIO:
    """A new file that nobody else may read."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")
