"""File keys: each uploaded file is sealed with a key of its own, and that key is kept encrypted beside its name."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from kartotek.engine.keyring import Keyring
from kartotek.errors import Unreadable
from kartotek.storage.aead import KEY

_PURPOSE = "files"
_SITE = "site:"


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

    def key(self, file_id: str, kept: str | None) -> bytes | None:
        """The key; None for a file that lies open. Raises Unreadable where it is another site's or another file's."""
        if kept is None:
            return None
        if not kept.startswith(_SITE):
            raise Unreadable("The key of this file is kept in a way that is not known here.")
        return self._ring.unseal(_PURPOSE, urlsafe_b64decode(kept.removeprefix(_SITE)), file_id.encode())
