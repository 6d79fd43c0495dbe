"""Backup places: the folders that backups go to. One of them may be a disk that is not always there."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from kartotek.engine.backups import ENDING
from kartotek.errors import SetupInvalid
from kartotek.storage.blobs import sync

# here: it can be written to. absent: the folder is not there. strange: it is there, but it is not the one that was used before,
# as when a disk is not mounted and the folder it belongs in is empty.
Presence = Literal["here", "absent", "strange"]
_MARK = ".kartotek-backups-"
_READ = 1 << 20
_TEMPORARY = ".unfinished-"


class BackupPlace:
    """One folder; `name` is what site.yaml calls it, `prefix` what the names of the site's backups begin with."""

    def __init__(self, name: str, site: Path, prefix: str) -> None:
        self.name = name
        self.own = not Path(name).is_absolute()
        self.folder = site / name
        self.prefix = prefix
        self._made = re.compile(rf"{re.escape(prefix)}-(\d{{8}}-\d{{6}}){re.escape(ENDING)}")

    def presence(self, *, used: bool) -> Presence:
        """Whether it is there; `used` says that it has held backups of the site before, and so must bear its mark."""
        try:
            if self.own:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.folder.is_dir():
                return "absent"
            return "strange" if used and not self._mark.exists() else "here"
        except OSError:
            return "absent"

    def adopt(self) -> None:
        """Makes it the folder that is used from now on. Raises SetupInvalid."""
        try:
            self._mark.write_text("Backups of Kartotek are kept in this folder.\n", encoding="ascii")
            sync(self.folder)
        except OSError as error:
            raise SetupInvalid(f"{self.folder} cannot be written: {error.strerror or error}.") from error

    def put(self, source: Path, name: str, sha256: str) -> None:
        """A copy under its final name, once what was written was read again from the disk and is the same. Raises SetupInvalid."""
        target, unfinished = self.folder / name, self.folder / f"{_TEMPORARY}{secrets.token_hex(4)}"
        try:
            self._clear()
            with closing(_Copy(unfinished)) as copy:
                for chunk in _chunks(source):
                    copy.write(chunk)
                copy.to_disk()
            if digest(unfinished) != sha256:
                raise SetupInvalid(f"What was written to {self.folder} reads otherwise: the disk may be failing.")
            os.replace(unfinished, target)
            sync(self.folder)
            if not self._mark.exists():
                self.adopt()
        except OSError as error:
            raise SetupInvalid(_refusal(self.folder, source, error)) from error
        finally:
            unfinished.unlink(missing_ok=True)

    def holds(self, name: str, size: int) -> bool:
        """Whether the backup is there, as long as it was."""
        try:
            return (self.folder / name).stat().st_size == size
        except OSError:
            return False

    def made(self) -> dict[datetime, Path]:
        """The site's backups that were made by themselves or at a button, by the moment they were made."""
        try:
            names = [(match, path) for path in self.folder.iterdir() if (match := self._made.fullmatch(path.name))]
        except OSError:
            return {}
        return {datetime.strptime(match[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC): path for match, path in names}

    def keep(self, surplus: Callable[[list[datetime]], list[datetime]], spared: set[str]) -> list[str]:
        """Removes those that need not stay, none that is `spared`; answers their names."""
        made, gone = self.made(), []
        for one in surplus(list(made)):
            if made[one].name not in spared:
                made[one].unlink(missing_ok=True)
                gone.append(made[one].name)
        if gone:
            sync(self.folder)
        return gone

    @property
    def free(self) -> int | None:
        """How many bytes have room, None where nobody can say."""
        try:
            found = os.statvfs(self.folder)
        except OSError:
            return None
        return found.f_bavail * found.f_frsize

    @property
    def _mark(self) -> Path:
        return self.folder / f"{_MARK}{self.prefix}"

    def _clear(self) -> None:
        """What those left who died while they copied; nobody else copies meanwhile."""
        for left in self.folder.glob(f"{_TEMPORARY}*"):
            if left.is_file() and not left.is_symlink():
                left.unlink(missing_ok=True)


class _Copy:
    """A new file that nobody else may read."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, chunk: bytes) -> None:
        """All of it."""
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def to_disk(self) -> None:
        """Waits until it is there, and lets the memory forget it, so that who reads it reads the disk."""
        os.fsync(self._descriptor)
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        """Ends it."""
        os.close(self._descriptor)


def digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal. Raises OSError."""
    found = hashlib.sha256()
    for chunk in _chunks(path):
        found.update(chunk)
    return found.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as stream:
        while chunk := stream.read(_READ):
            yield chunk


def _refusal(folder: Path, source: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"There is no room for {source.stat().st_size:,} bytes in {folder}."
    return f"{folder} cannot be written: {error.strerror or error}."
