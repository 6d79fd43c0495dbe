"""Audit journal: files of lines that every process writes for itself, so that what is shown is noted before, and soon.

Each line is bound to the one before by a mac, as in the chain. Whoever writes holds the file's lock; a file that nobody holds
is finished. What stands there goes on into the chain.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
import threading
import time
from collections.abc import Sequence
from pathlib import Path

ENDING = ".journal"
_LONGEST = 1 << 20  # bytes, after which another file is begun
_OLDEST = 3600.0  # seconds


class Journal:
    """The file of this process; after a fork the child begins its own. Safe to share by threads, which share their syncs."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._batch = _Batch()
        self._file: _File | None = None

    def write(self, content: str) -> None:
        """Returns when the line is on the disk. Raises OSError where it is not, and then it never will be."""
        with self._lock:
            batch = self._batch
            batch.lines.append(content)
        with self._writing:
            if not batch.done:
                self._flush(batch)
        if batch.error is not None:
            raise OSError(*batch.error.args) from batch.error

    def _flush(self, batch: _Batch) -> None:
        with self._lock:
            self._batch = _Batch()
        try:
            self._open().append(batch.lines)
        except OSError as error:
            batch.error = error
            self._close()
        finally:
            batch.done = True

    def _open(self) -> _File:
        file = self._file
        if file is None or not file.goes_on():
            self._close()
            file = self._file = _File(self._folder, self._key)
        return file

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file.descriptor)
            self._file = None

    def close(self) -> None:
        """Ends the file: it can go on into the chain and be removed."""
        with self._writing:
            self._close()


class _Batch:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.done = False
        self.error: OSError | None = None


class _File:
    def __init__(self, folder: Path, key: bytes) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._pid = os.getpid()
        self._began = time.monotonic()
        self._key = key
        self._size = 0
        self.mac = f"{self._pid}-{secrets.token_hex(8)}{ENDING}"  # the first line is bound to the file's name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self.descriptor = os.open(folder / self.mac, flags, 0o600)
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        _sync(folder)

    def goes_on(self) -> bool:
        """Whether more may be written here."""
        young = self._size < _LONGEST and time.monotonic() - self._began < _OLDEST
        return young and self._pid == os.getpid()

    def append(self, contents: Sequence[str]) -> None:
        """All of the lines, on the disk, or none of them."""
        mac, lines = self.mac, []
        for content in contents:
            mac = line_mac(self._key, mac, content)
            lines.append(f"{mac} {content}\n")
        text = "".join(lines).encode("ascii")
        if os.fstat(self.descriptor).st_nlink == 0:
            raise OSError("The journal of the audit was removed.")
        try:
            _write(self.descriptor, text)
            os.fdatasync(self.descriptor)
        except OSError:
            os.ftruncate(self.descriptor, self._size)  # nobody is told of it, so it shall not be found either
            raise
        self.mac = mac
        self._size += len(text)


def lines_after(path: Path, key: bytes, start: int, mac: str) -> tuple[list[tuple[str, int, str]], bool]:
    """([(content, where the line ends, its mac)] of the whole lines from a place on, whether something there was changed).

    An unfinished last line is not counted: whoever wrote it has told nobody.
    """
    with path.open("rb") as file:
        shorter = file.seek(0, os.SEEK_END) < start
        file.seek(start)
        text = file.read()
    found, end, before = [], start, mac or path.name
    if shorter:
        return [], True
    for line in text.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        given, _, content = line[:-1].decode("ascii", "replace").partition(" ")
        before = line_mac(key, before, content)
        end += len(line)
        if not hmac.compare_digest(given.encode(), before.encode()):
            return found, True
        found.append((content, end, before))
    return found, False


def finished(path: Path) -> bool:
    """Whether nobody writes to the file any more."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def line_mac(key: bytes, before: str, content: str) -> str:
    """What proves that this line stood behind that one."""
    return hmac.digest(key, f"{before} {content}".encode(), "sha256").hex()


def _write(descriptor: int, text: bytes) -> None:
    while text:
        text = text[os.write(descriptor, text) :]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
