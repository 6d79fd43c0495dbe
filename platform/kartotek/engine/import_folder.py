"""The folder of one import: the file as it was sent, its rows as they were read, and those that can be taken in."""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

import orjson

from kartotek.errors import Busy, TooLarge

_CHUNK = 65_536
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


class ImportFolder:
    """`prepared` are the rows as the reader of spreadsheets leaves them, `rows` the good ones, `bad` the others; a JSON line each."""

    def __init__(self, root: Path, id: int) -> None:
        self.path = root / str(id)
        self.source = self.path / "source"
        self.prepared = self.path / "prepared.jsonl"
        self.rows = self.path / "rows.jsonl"
        self.bad = self.path / "bad.jsonl"

    def receive(self, stream: BinaryIO, *, limit: int) -> None:
        """Keeps what the stream gives. Raises TooLarge, Busy where the disk is full."""
        with roomy():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.source.open("wb") as kept:
                while chunk := stream.read(_CHUNK):
                    kept.write(chunk)
                    if kept.tell() > limit:
                        raise TooLarge(f"A file may have {limit} bytes.", limit=limit)

    def remove(self) -> None:
        """Removes all of it."""
        shutil.rmtree(self.path, ignore_errors=True)


@contextmanager
def roomy() -> Iterator[None]:
    """Says in one sentence that the disk is full. Raises Busy."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Busy("There is no room left on the disk.", retry_after=60) from error


def read_lines(path: Path, position: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """(so many lines from the byte `position` on, the byte after them)."""
    with path.open("rb") as stream:
        stream.seek(position)
        lines = [_read(line) for _, line in zip(range(limit), stream)]
        return lines, stream.tell()


def each_line(path: Path) -> Iterator[dict[str, Any]]:
    """All lines, one after the other; none of a file that is not there."""
    if path.exists():
        with path.open("rb") as stream:
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
