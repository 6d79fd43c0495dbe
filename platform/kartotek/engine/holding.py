"""Holding: a lease for as long as a piece of work takes, renewed beside it, so that one process at a time does it."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from kartotek.engine.busy import reading_from, writing_to
from kartotek.errors import Busy
from kartotek.storage import changes, leases
from kartotek.storage.database import Database

APPLYING = "apply"  # whoever changes the catalog has this one
SECONDS = 10.0  # how long others wait for one who died
_RENEW_AFTER = 2.0
_ASK_AGAIN_AFTER = 0.2


@contextmanager
def holding(
    database: Database, clock: Callable[[], datetime], name: str = APPLYING, *, wait: float = 0.0
) -> Iterator[None]:
    """Has the lease while the block runs. Raises Busy where somebody else has it, for `wait` seconds on end."""
    holder = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"
    end = time.monotonic() + wait
    while not _acquire(database, clock, name, holder):
        if time.monotonic() >= end:
            raise Busy("Somebody else is changing the declarations just now; try again in a moment.", retry_after=2)
        time.sleep(_ASK_AGAIN_AFTER)
    ended = threading.Event()
    renewing = threading.Thread(
        target=_renew, args=(database, clock, name, holder), kwargs={"ended": ended}, name=f"kartotek-{name}", daemon=True
    )
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()
        with suppress(Busy), writing_to(database) as conn:  # it runs out by itself
            leases.release(conn, name, holder)


@contextmanager
def undisturbed(database: Database, clock: Callable[[], datetime], *, wait: float = SECONDS) -> Iterator[None]:
    """Has the lease, and nobody has a change to go on with that another catalog would make void. Raises Busy."""
    with holding(database, clock, wait=wait):
        with reading_from(database) as conn:
            left = changes.unfinished(conn)
        if left is not None:
            raise Busy("A change of the declarations is being made just now; try again in a moment.", retry_after=2)
        yield


def _acquire(database: Database, clock: Callable[[], datetime], name: str, holder: str) -> bool:
    with writing_to(database) as conn:
        return leases.acquire(conn, name, holder, now=clock(), seconds=SECONDS)


def _renew(database: Database, clock: Callable[[], datetime], name: str, holder: str, *, ended: threading.Event) -> None:
    while not ended.wait(_RENEW_AFTER):
        # While the tables are being switched nobody else gets to write either, so a renewal may wait.
        with suppress(Busy):
            _acquire(database, clock, name, holder)
