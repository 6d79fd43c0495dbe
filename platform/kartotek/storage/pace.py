"""Pace: how fast each sender may go, counted for all processes of a machine together, in a file that they all have in memory.

A database would be written once a request for it. Here a request costs some microseconds, and what is lost when the machine stops
is no more than the last minute's counting.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

_SLOT = struct.Struct("<8sd")  # who, and the moment at which he will have used up what he was allowed
_WAYS = 8  # slots among which a sender finds his own; the one that is free longest makes room
_BUCKETS = 8192
_BUCKET = _SLOT.size * _WAYS
_MINUTE = 60.0


class Pace:
    """A sender may go as fast as he likes until he has used up a minute's allowance, and then as fast as it grows back.

    Safe to share by threads and over a fork. Other processes that were given the same path count along.
    """

    def __init__(self, path: Path, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._key = blake2b(secret, digest_size=32, person=b"pace").digest()  # else one could choose whose slot to take
        self._clock = clock
        self._lock = threading.Lock()
        self._opened_by = 0
        self._file = -1
        self._memory: mmap.mmap | None = None

    def wait(self, sender: str, per_minute: int) -> float:
        """The seconds that this sender has to wait, 0.0 where he may go on; then it is counted. 0 a minute is any number."""
        if not per_minute:
            return 0.0
        who = blake2b(sender.encode("utf-8", "surrogatepass"), digest_size=16, key=self._key).digest()
        start = int.from_bytes(who[8:], "little") % _BUCKETS * _BUCKET
        with self._lock:
            memory = self._shared()
            fcntl.lockf(self._file, fcntl.LOCK_EX, _BUCKET, start)
            try:
                return self._count(memory, start, who[:8], _MINUTE / per_minute)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _BUCKET, start)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._release()

    def _count(self, memory: mmap.mmap, start: int, who: bytes, each: float) -> float:
        now, place, used_up = self._clock(), start, float("inf")
        for at in range(start, start + _BUCKET, _SLOT.size):
            whose, until = _SLOT.unpack_from(memory, at)
            if whose == who:
                place, used_up = at, until
                break
            if until < used_up:
                place, used_up = at, until
        else:
            used_up = now
        if used_up < now or used_up > now + 2 * _MINUTE:  # so far ahead only after the clock was put back
            used_up = now
        if used_up + each > now + _MINUTE + each / 2:  # half of one for what rounding adds up to
            return used_up + each - now - _MINUTE
        _SLOT.pack_into(memory, place, who, used_up + each)
        return 0.0

    def _shared(self) -> mmap.mmap:
        if self._memory is None or self._opened_by != os.getpid():
            self._release()  # what came over a fork is the parent's, whose locks are its own
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._memory = mmap.mmap(self._file if self._has_room() else -1, _BUCKETS * _BUCKET)
            self._opened_by = os.getpid()
        return self._memory

    def _has_room(self) -> bool:
        """Whether the file has a place on the disk for all of it; writing in memory to a hole would end the process once it is full."""
        try:
            os.posix_fallocate(self._file, 0, _BUCKETS * _BUCKET)
        except OSError:
            return False  # counted for this process alone, until it is started again
        return True

    def _release(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None
            with suppress(OSError):
                os.close(self._file)
