"""The folder of one import: the file as it was sent, its rows as they were read, and those that can be taken in."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

import orjson

from kartotek.engine.keyring import Keyring
from kartotek.errors import Busy, TooLarge
from kartotek.storage.aead import KEY
from kartotek.storage.sealed_streams import MAGIC, SealedReader, SealedWriter

_CHUNK = 65_536
_KEY, _PURPOSE = "key", "imports"
_MEMORY = Path("/dev/shm")
_TIMES = 20  # so many times the file must fit in: a spreadsheet is packed, its rows are not
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


class ImportFolder:
    """`prepared` are the rows as the reader of spreadsheets leaves them, `rows` the good ones, `bad` the others; a JSON line each.

    All of them are sealed with a key of the import's own, which stands beside them sealed by `ring`.
    """

    def __init__(self, root: Path, id: int, ring: Keyring | None = None) -> None:
        self.path = root / str(id)
        self._ring = ring
        self._about = f"import {id}".encode()
        self._name = hashlib.sha256(str(self.path.absolute()).encode()).hexdigest()[:24]
        self.source = self.path / "source"
        self.prepared = self.path / "prepared.jsonl"
        self.rows = self.path / "rows.jsonl"
        self.bad = self.path / "bad.jsonl"

    def receive(self, stream: BinaryIO, *, limit: int) -> None:
        """Keeps what the stream gives. Raises TooLarge, Busy where the disk is full."""
        with roomy():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._ring is not None:
                (self.path / _KEY).write_bytes(self._ring.seal(_PURPOSE, secrets.token_bytes(KEY), self._about))
            size = 0
            with self.writing(self.source) as kept:
                while chunk := stream.read(_CHUNK):
                    kept.write(chunk)
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(f"A file may have {limit} bytes.", limit=limit)

    def remove(self) -> None:
        """Removes all of it."""
        shutil.rmtree(self._open_place(), ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)

    @contextmanager
    def writing(self, path: Path) -> Iterator[IO[bytes]]:
        """One of its files, to be written from its beginning; what is not written to its end counts as cut off."""
        key = self._key()
        with path.open("wb") as raw:
            if key is None:
                yield raw
                return
            sealing = SealedWriter(raw, key, self._about)
            buffer = io.BufferedWriter(sealing, _CHUNK)
            whole = False
            try:
                yield buffer
                buffer.flush()
                whole = True
            finally:
                sealing.close() if whole else sealing.abandon()

    @contextmanager
    def reading(self, path: Path) -> Iterator[IO[bytes]]:
        """One of its files, to be read; as it stands where it came before files were sealed. Raises Unreadable."""
        with path.open("rb") as raw:
            key = self._key() if raw.read(len(MAGIC)) == MAGIC else None
            raw.seek(0)
            if key is None:
                yield raw
                return
            with io.BufferedReader(SealedReader(raw, key, self._about), _CHUNK) as buffer:
                yield buffer

    @contextmanager
    def laid_open(self) -> Iterator[tuple[Path, Path]]:
        """(the file as it was sent, a place for the prepared rows), for another program: in memory where there is room for it."""
        place = self._open_place()
        shutil.rmtree(place, ignore_errors=True)  # a killed process may have left it
        try:
            with roomy():
                place.mkdir(mode=0o700)
                with self.reading(self.source) as sealed, (place / "source").open("wb") as plain:
                    shutil.copyfileobj(sealed, plain, _CHUNK)
            yield place / "source", place / "prepared.jsonl"
            if (place / "prepared.jsonl").exists():
                with roomy(), (place / "prepared.jsonl").open("rb") as plain, self.writing(self.prepared) as sealed:
                    shutil.copyfileobj(plain, sealed, _CHUNK)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _open_place(self) -> Path:
        size = self.source.stat().st_size if self.source.exists() else 0
        try:
            room = shutil.disk_usage(_MEMORY).free
        except OSError:
            room = 0
        return _MEMORY / f"kartotek-{self._name}" if room > _TIMES * size else self.path / "open"

    def _key(self) -> bytes | None:
        kept = self.path / _KEY
        if self._ring is None or not kept.exists():
            return None
        return self._ring.unseal(_PURPOSE, kept.read_bytes(), self._about)


@contextmanager
def roomy() -> Iterator[None]:
    """Says in one sentence that the disk is full. Raises Busy."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Busy("There is no room left on the disk.", retry_after=60) from error


def read_lines(folder: ImportFolder, path: Path, *, position: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """(so many lines from the byte `position` on, the byte after them)."""
    with folder.reading(path) as stream:
        stream.seek(position)
        lines = [_read(line) for _, line in zip(range(limit), stream)]
        return lines, stream.tell()


def each_line(folder: ImportFolder, path: Path) -> Iterator[dict[str, Any]]:
    """All lines, one after the other; none of a file that is not there."""
    if path.exists():
        with folder.reading(path) as stream:
            for line in stream:
                yield _read(line)


def _read(line: bytes) -> dict[str, Any]:
    """The faster reader would take integers over 64 bit for fractions."""
    made: dict[str, Any] = json.loads(line) if _LONG_NUMBER.search(line) else orjson.loads(line)
    return made


def write_line(stream: IO[bytes], wire: Mapping[str, Any]) -> None:
    """Appends one line."""
    try:
        stream.write(orjson.dumps(wire, option=orjson.OPT_APPEND_NEWLINE))
    except TypeError:  # integers over 64 bit
        stream.write(json.dumps(wire).encode() + b"\n")
