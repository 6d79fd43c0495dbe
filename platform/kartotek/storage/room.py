"""Room: how a full disk shows itself, and what is said of it wherever that is."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from kartotek.errors import NoRoom

_LETTERS = frozenset({errno.ENOSPC, errno.EDQUOT})
_SHARED = 10 | 19 << 8  # SQLITE_IOERR_SHMSIZE: the memory that SQLite's processes share, a file too, could not grow


def is_full(error: BaseException) -> bool:
    """Whether that is what an error of a file or of a database means."""
    if isinstance(error, OSError):
        return error.errno in _LETTERS
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) or 0
        return code & 0xFF == sqlite3.SQLITE_FULL or code == _SHARED
    return isinstance(error, psycopg.errors.DiskFull)


def no_room() -> NoRoom:
    """The error for people."""
    return NoRoom("There is no room left on the server's disk, so nothing was changed. What was saved before is safe.")


@contextmanager
def said_so() -> Iterator[None]:
    """Around work with files. Raises NoRoom where the disk is full."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise no_room() from error
        raise
