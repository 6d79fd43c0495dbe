"""Archive: named streams of bytes in one compressed file, written and read in order, which a manifest ends."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from kartotek.errors import SetupInvalid

FORMAT = 1
_HEAD, _MANIFEST = "kartotek.json", "manifest.json"
_PART = 1 << 22  # bytes of a stream whose length nobody knows before it ends
_CHUNK = 1 << 18
_LONGEST_TEXT = 1 << 26
_LONGEST_EXTENSION = 1 << 16
_NUMBERED = re.compile(r"(.+)\.part(\d{6})")
_BROKEN = (EOFError, OSError, zlib.error, tarfile.TarError, ValueError, KeyError, TypeError, RecursionError)
# What nobody has sealed may unpack to so many times its bytes; no site's data comes near it.
_MOST, _TIMES = 1 << 28, 200


class ArchiveWriter:
    """A tar file, gzipped: other tools can look into it. Never holds more than one part in memory."""

    def __init__(self, stream: BinaryIO, head: Mapping[str, Any]) -> None:
        self._packed = gzip.GzipFile(filename="", fileobj=stream, mode="wb", compresslevel=1, mtime=0)
        self._tar = tarfile.open(fileobj=self._packed, mode="w|", format=tarfile.PAX_FORMAT)
        self._seal = Seal()
        self._text(_HEAD, {"format": FORMAT, **head})

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Adds a stream of any length, in parts."""
        digest, size = hashlib.sha256(), 0
        for number, part in enumerate(_parts(chunks), 1):
            digest.update(part)
            size += len(part)
            self._entry(f"{name}.part{number:06d}", len(part), io.BytesIO(part))
        self._seal.add(name, size, digest.hexdigest())

    def add_file(self, name: str, path: Path) -> None:
        """Adds a file that nobody is writing to."""
        with path.open("rb") as file:
            size, counted = path.stat().st_size, _Counted(file)
            self._entry(name, size, counted)
        self._seal.add(name, size, counted.digest.hexdigest())

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Ends the archive, which is none before. The stream stays open."""
        self._text(_MANIFEST, {**manifest, **self._seal.wire()})
        self._tar.close()
        self._packed.close()

    def _text(self, name: str, value: Mapping[str, Any]) -> None:
        text = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        self._entry(name, len(text), io.BytesIO(text))

    def _entry(self, name: str, size: int, content: Any) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, content)
        self._tar.members = []  # type: ignore[attr-defined]  # it would keep them all


class _Info(tarfile.TarInfo):
    """A member whose own extension is not longer than ours ever are: the library holds it whole."""

    def _proc_member(self, tar: tarfile.TarFile) -> Any:
        if not self.isreg() and self.size > _LONGEST_EXTENSION:
            raise tarfile.ReadError("an extension of a name is too long")
        return super()._proc_member(tar)  # type: ignore[misc]


class ArchiveReader:
    """Reads once and in order. Raises SetupInvalid for what is no archive, broken, cut off or written by a newer Kartotek.

    Names are given as they stand there: whoever makes paths of them has to judge them first. What is not `sealed` may have
    been written by anybody, so it may not unpack to more than an archive can hold.
    """

    def __init__(self, stream: BinaryIO, *, sealed: bool = False) -> None:
        self._seal = Seal()
        self._stream, self._sealed, self._unpacked = stream, sealed, 0
        self.manifest: Mapping[str, Any] = {}  # known when all members were read
        with _whole():
            self._packed = gzip.GzipFile(fileobj=stream, mode="rb")
            self._tar = tarfile.open(fileobj=self._packed, mode="r|", tarinfo=_Info)
            self.head = self._head()
        if self.head["format"] > FORMAT:
            raise SetupInvalid("The backup was written by a newer Kartotek: install that version to read it.")

    def members(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """(name, its bytes) in the order they were written; what is not taken of one is still checked."""
        with _whole():
            info = self._next()
            while info is not None and info.name != _MANIFEST:
                found = _Member(self, info)
                yield found.name, found.chunks()
                for _ in found.chunks():
                    pass
                self._seal.add(found.name, found.size, found.digest.hexdigest())
                info = found.following
            if info is None:
                raise SetupInvalid("The backup is not complete: its end is missing.")
            manifest = self._json(info)
            if {key: manifest[key] for key in self._seal.wire()} != self._seal.wire():
                raise SetupInvalid("The backup is damaged: what it holds is not what was written.")
            while self._packed.read(_CHUNK):
                pass  # to the checksum at the very end
            self.manifest = manifest

    def _head(self) -> Mapping[str, Any]:
        info = self._next()
        if info is None or info.name != _HEAD:
            raise SetupInvalid("This is not a backup of Kartotek.")
        head = self._json(info)
        if not isinstance(head["format"], int):
            raise SetupInvalid("This is not a backup of Kartotek.")
        return head

    def _next(self) -> tarfile.TarInfo | None:
        info = self._tar.next()
        self._tar.members = []  # type: ignore[attr-defined]
        if info is not None and (not info.isreg() or info.issparse()):
            raise SetupInvalid("The backup holds something that is not a file; Kartotek has not written it.")
        return info

    def _json(self, info: tarfile.TarInfo) -> Mapping[str, Any]:
        if info.size > _LONGEST_TEXT:
            raise SetupInvalid("This is not a backup of Kartotek.")
        found: Mapping[str, Any] = json.loads(b"".join(self._content(info)).decode("utf-8", "surrogatepass"))
        return found

    def _content(self, info: tarfile.TarInfo) -> Iterator[bytes]:
        file = self._tar.extractfile(info)
        while file is not None and (chunk := file.read(_CHUNK)):
            self._unpacked += len(chunk)
            if not self._sealed and self._unpacked > max(_MOST, _TIMES * self._stream.tell()):
                raise SetupInvalid("The backup unpacks to more than one can hold; Kartotek has not written it.")
            yield chunk


class _Member:
    """A member with all its parts; `following` is what comes after it, known when its bytes were read."""

    def __init__(self, reader: ArchiveReader, info: tarfile.TarInfo) -> None:
        numbered = _NUMBERED.fullmatch(info.name)
        self.name = numbered[1] if numbered else info.name
        self.digest, self.size = hashlib.sha256(), 0
        self.following: tarfile.TarInfo | None = info
        self._reader = reader
        self._number = 1 if numbered else 0
        self._left = self._read()

    def chunks(self) -> Iterator[bytes]:
        """The bytes that were not given yet."""
        with _whole():
            yield from self._left

    def _read(self) -> Iterator[bytes]:
        while self.following is not None and self.following.name == self._expected():
            for chunk in self._reader._content(self.following):
                self.digest.update(chunk)
                self.size += len(chunk)
                yield chunk
            self.following = self._reader._next()
            if not self._number:
                return
            self._number += 1

    def _expected(self) -> str:
        return f"{self.name}.part{self._number:06d}" if self._number else self.name


class Seal:
    """What tells whether the members are those that were written, in constant memory."""

    def __init__(self) -> None:
        self._members, self._bytes, self._digest = 0, 0, hashlib.sha256()

    def add(self, name: str, size: int, digest: str) -> None:
        """One more member."""
        self._members += 1
        self._bytes += size
        self._digest.update(f"{name}\0{size}\0{digest}\n".encode("utf-8", "surrogatepass"))

    def wire(self) -> dict[str, Any]:
        """{"members", "bytes", "sha256"}."""
        return {"members": self._members, "bytes": self._bytes, "sha256": self._digest.hexdigest()}


class _Counted:
    """A file whose bytes are digested while others read them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of one size; one empty part where there is nothing."""
    waiting, size, given = [], 0, False
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= _PART:
            yield b"".join(waiting)
            waiting, size, given = [], 0, True
    if waiting or not given:
        yield b"".join(waiting)


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except _BROKEN as exc:
        raise SetupInvalid(f"The backup is damaged or not complete: {exc or type(exc).__name__}.") from exc
