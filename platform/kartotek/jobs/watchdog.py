"""Watchdog: ends a conversation that takes too long as a whole; timeouts of a socket begin anew with every byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any


@contextmanager
def watched(connected: Callable[[], Any], seconds: float) -> Iterator[threading.Event]:
    """Cuts what `connected()` gives, a socket or None, when the time is up; the event says whether that has happened."""
    fired = threading.Event()

    def cut() -> None:
        fired.set()
        found = connected()
        if found is not None:
            with suppress(OSError):
                socket.socket.shutdown(found, socket.SHUT_RDWR)  # not that of TLS, which is another thread's

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield fired
    finally:
        timer.cancel()
