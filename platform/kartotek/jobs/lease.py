"""Lease: at most one process at a time does the background work of a site."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable

from kartotek.engine.engine import Engine

SECONDS = 4.0
_RENEW_AFTER = 1.5
_ASK_AGAIN_AFTER = 1.0


class Lease:
    """A claim on `name` that is renewed while it is held and runs out by itself when this process dies."""

    def __init__(self, engine: Engine, name: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._name = name
        self._holder = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"
        self._monotonic = monotonic
        self._asked_at: float | None = None
        self._held = False

    def held(self) -> bool:
        """Whether this process may work now. Writes to the database every one or two seconds at most."""
        now = self._monotonic()
        pause = _RENEW_AFTER if self._held else _ASK_AGAIN_AFTER
        if self._asked_at is None or now - self._asked_at >= pause:
            self._held = False  # should asking fail, the claim is not relied upon
            self._held = self._engine.hold_lease(self._name, self._holder, SECONDS)
            self._asked_at = now
        return self._held

    def release(self) -> None:
        """Lets another process begin at once."""
        if self._held:
            self._held = False
            self._asked_at = None
            self._engine.release_lease(self._name, self._holder)
