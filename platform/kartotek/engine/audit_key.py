"""Audit key: what the macs of the audit are made with; it stays the same for good, sealed by the site's master keys."""

from __future__ import annotations

import secrets

from kartotek.engine.keyring import Keyring
from kartotek.errors import SetupInvalid, Unreadable
from kartotek.storage import audit
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database

_PURPOSE = "audit"
_ABOUT = b"audit chain"
_SIZE = 32


def settled_key(database: Database, keys: Keyring) -> bytes:
    """The key; made where there was never one. Raises SetupInvalid where it cannot be read."""
    with database.read() as conn:
        kept = audit.sealed_key(conn)
    if kept is not None:
        return _opened(kept, keys)
    with database.write() as conn:
        kept = audit.sealed_key(conn, held=True)  # another process may have been faster
        if kept is not None:
            return _opened(kept, keys)
        made = secrets.token_bytes(_SIZE)
        audit.keep_key(conn, keys.seal(_PURPOSE, made, _ABOUT).hex())
        return made


def reseal(conn: Connection, keys: Keyring) -> None:
    """Seals the key with the master key that is the current one now."""
    kept = audit.sealed_key(conn, held=True)
    if kept is not None:
        audit.keep_key(conn, keys.seal(_PURPOSE, _opened(kept, keys), _ABOUT).hex())


def _opened(kept: str, keys: Keyring) -> bytes:
    try:
        return keys.unseal(_PURPOSE, bytes.fromhex(kept), _ABOUT)
    except (Unreadable, ValueError) as error:
        raise SetupInvalid(
            "The key of the audit cannot be read with this site's master keys: put secrets/master.key back as it was."
        ) from error
