"""The lock of a site's folder: many read at once, one writes alone, in all processes of a machine."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kartotek.errors import Busy, SetupInvalid

_ASK_AGAIN_AFTER = 0.01


class FolderLock:
    """Kept by the system, which gives it back when its holder dies. Nobody may ask for it twice, one in the other.

    Both raise SetupInvalid where there is no place for it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def reading(self, wait: float = 0.0) -> Iterator[bool]:
        """Whether nobody writes, which stays so while the block runs."""
        with self._held(fcntl.LOCK_SH, wait) as is_held:
            yield is_held

    @contextmanager
    def writing(self, wait: float) -> Iterator[None]:
        """Alone. Raises Busy when others read or write for so many seconds on end."""
        with self._held(fcntl.LOCK_EX, wait) as is_held:
            if not is_held:
                raise Busy("The site's files are being read or written just now; try again in a moment.", retry_after=2)
            yield

    @contextmanager
    def _held(self, how: int, wait: float) -> Iterator[bool]:
        try:
            held = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SetupInvalid(f"{self._path} cannot be opened: {error.strerror}.") from error
        try:
            yield _asked(held, how, time.monotonic() + wait)
        finally:
            os.close(held)


def _asked(held: int, how: int, end: float) -> bool:
    while True:
        try:
            fcntl.flock(held, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(_ASK_AGAIN_AFTER)
        else:
            return True
