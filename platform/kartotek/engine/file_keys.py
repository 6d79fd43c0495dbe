"""File keys: each uploaded file is sealed with a key of its own, and that key is kept encrypted beside its name.

A staged file's key is the site's affair. With the record that takes the file it becomes that of the person whom the record is
about: once his key is destroyed, no backup gives the file back.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from kartotek.engine.keyring import Keyring
from kartotek.errors import Unreadable
from kartotek.storage.aead import KEY
from kartotek.storage.connection import Connection
from kartotek.storage.layout import Layout
from kartotek.storage.sealing import owners_by_id

_PURPOSE = "files"
_SITE, _PERSON = "site:", "person:"


class FileKeys:
    """Of one site: what is kept of a key says who holds it."""

    def __init__(self, ring: Keyring) -> None:
        self._ring = ring

    def fresh(self, file_id: str) -> tuple[bytes, str]:
        """A new key, and what is kept of it, which opens the key of this very file alone."""
        key = secrets.token_bytes(KEY)
        return key, self.kept(file_id, key)

    def kept(self, file_id: str, key: bytes) -> str:
        """What is kept of a key that the site itself holds."""
        return _SITE + urlsafe_b64encode(self._ring.seal(_PURPOSE, key, file_id.encode())).decode("ascii")

    def key(self, conn: Connection, file_id: str, kept: str | None) -> bytes | None:
        """The key; None for a file that lies open.

        Raises Unreadable where it is another site's or another file's, or where the person whose it was has been erased.
        """
        if kept is None:
            return None
        if kept.startswith(_PERSON):
            return urlsafe_b64decode(conn.vault.open(conn, kept.removeprefix(_PERSON), _about(file_id)))
        if not kept.startswith(_SITE):
            raise Unreadable("The key of this file is kept in a way that is not known here.")
        return self._ring.unseal(_PURPOSE, urlsafe_b64decode(kept.removeprefix(_SITE)), file_id.encode())

    def resealed(self, file_id: str, kept: str) -> str | None:
        """What is to be kept of a key that the site holds, sealed with the master key in use now; None for all others."""
        if not kept.startswith(_SITE):
            return None
        return self.kept(file_id, self._ring.unseal(_PURPOSE, urlsafe_b64decode(kept.removeprefix(_SITE)), file_id.encode()))


def held_by_person(conn: Connection, layout: Layout, record_id: int, *, keys: dict[str, bytes]) -> dict[str, str]:
    """{file id: what is to be kept of its key} of the files that a record takes; nothing where it is about nobody."""
    if layout.sealing is None or not layout.sealing.person or not keys:
        return {}
    owner = owners_by_id(conn, layout, [record_id])[record_id]
    key = conn.vault.keys_of(conn, [owner])[owner]
    return {
        id: _PERSON + conn.vault.seal(key, _about(id), urlsafe_b64encode(one).decode("ascii")) for id, one in keys.items()
    }


def _about(file_id: str) -> str:
    return f"file.{file_id}"
