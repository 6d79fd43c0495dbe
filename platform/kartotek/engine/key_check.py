"""Key check: a site that was once used with master keys starts with all of them, or not at all."""

from __future__ import annotations

from datetime import datetime

from kartotek.engine.keyring import Keyring
from kartotek.errors import SetupInvalid
from kartotek.storage import keys
from kartotek.storage.database import Database


def settled(database: Database, ring: Keyring, now: datetime) -> Keyring:
    """The ring, checked: makes the first key where there was never one, and notes which keys the data needs.

    Raises SetupInvalid where a key that it needs is missing; nothing was written then.
    """
    with database.read() as conn:
        needed = keys.masters(conn)
    if not needed and not ring.ids:
        ring.make()
    missing = [id for id in needed if id not in ring.ids]
    if missing:
        raise SetupInvalid(
            f"The master key {missing[0]} is missing, or another stands in its place: what is encrypted here was encrypted "
            "with it. Put secrets/master.key back, or write it anew from the recovery sheet. Nothing was changed."
        )
    if ring.current not in needed:
        with database.write() as conn:
            keys.add_master(conn, ring.current, now)
    return ring
