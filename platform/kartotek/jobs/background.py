"""Background: the threads in which a process does the site's background work while it holds the lease."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from kartotek.jobs.duties import Duty, Round
from kartotek.jobs.lease import Lease
from kartotek.jobs.watcher import Watcher

EVERY = 0.2  # seconds between two looks
_AFTER_A_FAILURE = 2.0
_PATIENCE = 10.0
_log = logging.getLogger("kartotek.background")


class Background:
    """Started in each server process; the lease decides which one of them works.

    The watcher looks at the folder all the time; `duties` are done in their order, each as often as it wants.
    """

    def __init__(
        self, watcher: Watcher, lease: Lease, duties: Sequence[Duty] = (),
        *, monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._watcher = watcher
        self._lease = lease
        self._rounds = [Round(one, monotonic=monotonic) for one in duties if not one.apart]
        self._apart = [Round(one, monotonic=monotonic) for one in duties if one.apart]
        self._stopping = threading.Event()
        self._leading = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins in a thread of its own."""
        self._begin("kartotek-background", self.run)

    def run(self) -> None:
        """Works until it is asked to stop, and gives the lease back."""
        for one in self._apart:
            self._begin(f"kartotek-{one.duty.name}", partial(self._run_apart, one))
        held = False
        while not self._stopping.is_set():
            held = self._turn(held)
        self._leading.clear()
        self._lease.release()

    def ask_to_stop(self) -> None:
        """Lets run() end after the step in hand."""
        self._stopping.set()

    def stop(self) -> None:
        """Ends the threads after the step in hand and gives the lease back."""
        self.ask_to_stop()
        end = time.monotonic() + _PATIENCE
        for one in list(self._threads):
            one.join(timeout=max(0.0, end - time.monotonic()))

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _turn(self, held_before: bool) -> bool:
        """One look; whether the lease is held. Nothing that goes wrong in a step may end the thread."""
        more = False
        try:
            held = self._lease.held()
            if held and not held_before:
                self._watcher.forget()
            if held:
                self._leading.set()
                self._watcher.look()
                more = any([self._did(one) for one in self._rounds if one.is_due()])
            else:
                self._leading.clear()
        except Exception:
            _log.exception("A step of the background work failed; it is tried again.")
            self._leading.clear()
            self._stopping.wait(_AFTER_A_FAILURE)
            return False
        self._stopping.wait(0 if more else EVERY)
        return held

    def _did(self, one: Round) -> bool:
        """Whether the duty has more to do. One that fails keeps no other from being done."""
        try:
            return not self._stopping.is_set() and one.go()
        except Exception:
            _log.exception("%s failed; it is tried again.", one.duty.name)
            return False

    def _run_apart(self, one: Round) -> None:
        while not self._stopping.is_set():
            if not (self._leading.is_set() and one.is_due() and self._did(one)):
                self._stopping.wait(EVERY)
