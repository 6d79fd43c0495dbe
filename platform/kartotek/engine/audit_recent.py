"""Audit recent: what was noted a moment ago need not be noted again, and what anybody can cause only so often."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from time import monotonic

_READS = 600.0  # seconds for which a read stands for those that follow
_MOST_READS = 200_000
_REFUSALS = 60.0
_MOST_REFUSALS = 10_000
_BURST, _EVERY = 100.0, 6.0  # so many notes of refusals at once, and one more each so many seconds


class Reads:
    """What this process has noted. Safe to share by threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: dict[Hashable, float] = {}

    def unnoted(self, who: Hashable, ids: Iterable[int]) -> list[int]:
        """Those of which nothing was noted for ten minutes."""
        old = self._clock() - _READS
        with self._lock:
            return [id for id in ids if self._noted.get((who, id), old) <= old]

    def noted(self, who: Hashable, ids: Iterable[int]) -> None:
        """From now on these are."""
        now = self._clock()
        with self._lock:
            if len(self._noted) > _MOST_READS:
                self._noted = {key: at for key, at in self._noted.items() if at > now - _READS}
                if len(self._noted) > _MOST_READS:
                    self._noted.clear()
            self._noted.update(((who, id), now) for id in ids)


class Refusals:
    """One note a minute for refusals of the same sort, and so many in all: nobody fills the disk by being refused."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[Hashable, float] = {}
        self._left, self._at = _BURST, clock()
        self._unnoted: dict[Hashable, int] = {}

    def turn(self, sort: Hashable) -> int | None:
        """None where this one is only counted; else how many were only counted since the last note of its sort."""
        with self._lock:
            now = self._clock()
            self._left, self._at = min(_BURST, self._left + (now - self._at) / _EVERY), now
            if now - self._last.get(sort, float("-inf")) < _REFUSALS or self._left < 1:
                if sort in self._unnoted or len(self._unnoted) < _MOST_REFUSALS:
                    self._unnoted[sort] = self._unnoted.get(sort, 0) + 1
                return None
            self._left -= 1
            if len(self._last) > _MOST_REFUSALS:
                self._last = {key: at for key, at in self._last.items() if now - at < _REFUSALS}
            self._last[sort] = now
            return self._unnoted.pop(sort, 0)
