"""Blobs: sealed bytes on the disk under random names, so that nothing a person called a file can become a path."""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from kartotek.errors import NotFound, TooLarge
from kartotek.storage.room import said_so
from kartotek.storage.sealed_streams import Damaged, SealedReader, SealedWriter

_PLACE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Blob:
    """`place` is "ab/…" below the folder, `size` in bytes as they were given, `sha256` in hexadecimal of those that lie there."""

    place: str
    size: int
    sha256: str


class Blobs:
    """The folder of a site's files. A place that was given out holds all bytes, even after a power cut."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, stream: BinaryIO, *, limit: int, key: bytes) -> Blob:
        """Keeps what the stream gives, sealed with the key. Raises TooLarge past `limit` bytes, NoRoom, and then keeps nothing."""
        name = secrets.token_hex(16)
        place = f"{name[:2]}/{name}"
        target = self._folder / place
        with said_so(), self._unfinished(target) as (path, file):
            counted = _Digested(file)
            with _sealing(cast(BinaryIO, counted), key, place) as sealed:
                size = _copy(stream, sealed, limit)
            file.flush()
            os.fsync(file.fileno())
            os.replace(path, target)
        sync(target.parent)
        sync(self._folder)
        return Blob(place, size, counted.digest.hexdigest())

    def path(self, place: str) -> Path:
        """Where the bytes lie. Raises NotFound for anything but a place that was given out."""
        path = self._folder / place
        if not _PLACE.fullmatch(place) or path.is_symlink() or not path.is_file():
            raise NotFound("There is no such file.")
        return path

    def open(self, place: str, key: bytes | None, *, name: str = "") -> BinaryIO:
        """The bytes as they were given, to be read and sought in; without a key they lie open. Raises NotFound, Damaged."""
        path = self.path(place)
        file = (path.with_name(f"{path.name}.{name}") if name else path).open("rb")
        try:
            if key is None:
                return file
            opened = io.BufferedReader(SealedReader(file, key, f"{place}.{name}".encode()))
            opened.peek(1)  # so that the first piece is told to be damaged now, while there is somebody to tell
        except Damaged:
            file.close()
            raise
        return opened

    def derived(self, place: str, key: bytes | None, name: str, make: Callable[[bytes], bytes]) -> BinaryIO:
        """What `make` made of the bytes, made when it is first asked for and kept under that name. Raises NotFound, Damaged."""
        source = self.path(place)
        target = source.with_name(f"{source.name}.{name}")
        if not target.is_file():
            with self.open(place, key) as whole:
                made = make(whole.read())
            with self._unfinished(target) as (path, file):
                with _sealing(file, key, place, name) as sealed:
                    sealed.write(made)
                file.flush()
                os.replace(path, target)
        return self.open(place, key, name=name)

    def remove(self, place: str) -> None:
        """Deletes the bytes; does nothing where there are none."""
        with suppress(NotFound, FileNotFoundError):
            path = self.path(place)
            for made in path.parent.glob(f"{path.name}.*"):
                made.unlink(missing_ok=True)
            path.unlink()

    @contextmanager
    def _unfinished(self, target: Path) -> Iterator[tuple[Path, BinaryIO]]:
        path = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                yield path, file
        finally:
            path.unlink(missing_ok=True)  # it has another name by now, unless something went wrong


class _Digested(io.RawIOBase):
    """Writes into a file and knows the hash of all that it wrote."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self.digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.digest.update(data)
        return self._file.write(data)


@contextmanager
def _sealing(file: BinaryIO, key: bytes | None, place: str, name: str = "") -> Iterator[BinaryIO | SealedWriter]:
    """The file itself where there is no key."""
    if key is None:
        yield file
        return
    with SealedWriter(file, key, f"{place}.{name}".encode()) as sealed:
        yield sealed


def _copy(stream: BinaryIO, file: BinaryIO | SealedWriter, limit: int) -> int:
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The file is larger than {limit} bytes.", limit=limit)
        file.write(chunk)
    return size


def sync(folder: Path) -> None:
    """Waits until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
