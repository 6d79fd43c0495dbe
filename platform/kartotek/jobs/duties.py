"""Duties: what the background work does again and again, each with a rhythm of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_AFTER_A_FAILURE = 2.0
_LONGEST_PAUSE = 300.0


@dataclass(frozen=True, slots=True)
class Duty:
    """`run` does some of it and answers how much; while it does any, it is called again at once, else after `every` seconds.

    One that waits for others, for a network, is done `apart`, in a thread of its own, so that nothing else waits with it.
    """

    name: str
    every: float
    run: Callable[[], int | None]
    apart: bool = False


class Round:
    """When a duty is to be done next. One that fails is given longer and longer pauses."""

    def __init__(self, duty: Duty, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.duty = duty
        self._monotonic = monotonic
        self._next = float("-inf")
        self._failures = 0

    def is_due(self) -> bool:
        """Whether it is to be done now."""
        return self._monotonic() >= self._next

    def go(self) -> bool:
        """Does it; whether there is more to do. What it raises is raised, and the duty pauses."""
        self._failures += 1
        pause = min(_AFTER_A_FAILURE * 2 ** (self._failures - 1), _LONGEST_PAUSE)
        self._next = self._monotonic() + pause
        done = self.duty.run()
        self._failures = 0
        self._next = self._monotonic() + (0 if done else self.duty.every)
        return bool(done)
