"""Background: the thread in which a process does the site's background work while it holds the lease."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from kartotek.jobs.lease import Lease
from kartotek.jobs.watcher import Watcher

EVERY = 0.2  # seconds between two looks
TIDY_EVERY = 3600.0
_AFTER_A_FAILURE = 2.0
_log = logging.getLogger("kartotek.background")


class Background:
    """Started in each server process; the lease decides which one of them works. `tidy` is called now and then."""

    def __init__(self, watcher: Watcher, lease: Lease, *, tidy: Callable[[], None]) -> None:
        self._watcher = watcher
        self._lease = lease
        self._tidy = tidy
        self._tidied = float("-inf")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="kartotek-background", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Works until stop() is called."""
        held = False
        while not self._stopping.is_set():
            held = self._turn(held)
        self._lease.release()

    def ask_to_stop(self) -> None:
        """Lets run() end after the step in hand."""
        self._stopping.set()

    def stop(self) -> None:
        """Ends the thread after the step in hand and gives the lease back."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _tidy_now_and_then(self) -> None:
        if time.monotonic() - self._tidied >= TIDY_EVERY:
            self._tidied = time.monotonic()
            self._tidy()

    def _turn(self, held_before: bool) -> bool:
        """One look; whether the lease is held. Nothing that goes wrong in a step may end the thread."""
        try:
            held = self._lease.held()
            if held and not held_before:
                self._watcher.forget()
            if held:
                self._watcher.look()
                self._tidy_now_and_then()
        except Exception:
            _log.exception("A step of the background work failed; it is tried again.")
            self._stopping.wait(_AFTER_A_FAILURE)
            return False
        self._stopping.wait(EVERY)
        return held
