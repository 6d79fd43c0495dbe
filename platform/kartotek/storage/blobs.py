"""Blobs: bytes on the disk under random names, so that nothing a person called a file can become a path."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kartotek.errors import NotFound, TooLarge

_PLACE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Blob:
    """`place` is "ab/…" below the folder, `size` in bytes, `sha256` in hexadecimal."""

    place: str
    size: int
    sha256: str


class Blobs:
    """The folder of a site's files. A place that was given out holds all bytes, even after a power cut."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, stream: BinaryIO, *, limit: int) -> Blob:
        """Keeps what the stream gives. Raises TooLarge past `limit` bytes, and then keeps nothing."""
        name = secrets.token_hex(16)
        place = f"{name[:2]}/{name}"
        target = self._folder / place
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._unfinished(target) as (path, file):
            size, digest = _copy(stream, file, limit)
            file.flush()
            os.fsync(file.fileno())
            os.replace(path, target)
        sync(target.parent)
        sync(self._folder)
        return Blob(place, size, digest)

    def path(self, place: str) -> Path:
        """Where the bytes lie. Raises NotFound for anything but a place that was given out."""
        path = self._folder / place
        if not _PLACE.fullmatch(place) or path.is_symlink() or not path.is_file():
            raise NotFound("There is no such file.")
        return path

    def derived(self, place: str, make: Callable[[bytes], bytes]) -> Path:
        """Where what `make` made of the bytes lies, made when it is first asked for. Raises NotFound."""
        source = self.path(place)
        target = source.with_name(f"{source.name}.small")
        if not target.is_file():
            with self._unfinished(target) as (path, file):
                file.write(make(source.read_bytes()))
                file.flush()
                os.replace(path, target)
        return target

    def remove(self, place: str) -> None:
        """Deletes the bytes; does nothing where there are none."""
        with suppress(NotFound, FileNotFoundError):
            path = self.path(place)
            path.with_name(f"{path.name}.small").unlink(missing_ok=True)
            path.unlink()

    @contextmanager
    def _unfinished(self, target: Path) -> Iterator[tuple[Path, BinaryIO]]:
        path = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                yield path, file
        finally:
            path.unlink(missing_ok=True)  # it has another name by now, unless something went wrong


def _copy(stream: BinaryIO, file: BinaryIO, limit: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The file is larger than {limit} bytes.", limit=limit)
        digest.update(chunk)
        file.write(chunk)
    return size, digest.hexdigest()


def sync(folder: Path) -> None:
    """Waits until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
