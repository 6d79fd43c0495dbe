"""Vault: the keys that values are sealed with, one for each person or type, kept in the database sealed by a master key."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag

from kartotek.errors import Unreadable
from kartotek.kinds.sealed import SealedText
from kartotek.storage import keys
from kartotek.storage.aead import KEY, NONCE, best, cipher
from kartotek.storage.dialect import json_text

# Whose a key is: the stable number of a type and the id of a record, 0 for the key of the type itself.
Owner = tuple[int, int]
VALUES, INDEX = "values", "index"
SITE: Owner = (0, 0)  # what belongs to no type
_VERSION = 1
_STEP = 32  # bytes: lengths are told no more exactly than this
_MARK = 16  # bytes of a digest
_MOST = 20_000


class Ring(Protocol):
    """What seals keys: engine.keyring.Keyring."""

    @property
    def current(self) -> str: ...
    def seal(self, purpose: str, content: bytes, about: bytes = b"") -> bytes: ...
    def unseal(self, purpose: str, sealed: bytes, about: bytes = b"") -> bytes: ...
    def again(self) -> None: ...


class Vault:
    """Of one process, safe to share by threads. What it has unsealed it keeps until it is told to forget."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self._keys: dict[int, bytes | None] = {}

    def forget(self) -> None:
        """Lets go of all keys: one may have been destroyed; and there may be another master key."""
        self._keys = {}
        self.ring.again()

    def fetch(self, conn: Any, texts: Iterable[str]) -> None:
        """Gets the keys of these sealed texts that are not known yet, by one query."""
        wanted = {number for text in texts if (number := _number(text)) not in self._keys}
        if not wanted:
            return
        if len(self._keys) > _MOST:
            self._keys = {}
        found = {row.id: self._unwrapped(row) for row in keys.find(conn, sorted(wanted))}
        self._keys |= {number: found.get(number) for number in wanted}

    def open(self, conn: Any, text: str, label: str) -> Any:
        """The value. Raises Unreadable where its key is gone, or where it was changed or sealed for another place."""
        number = _number(text)
        if number not in self._keys:
            self.fetch(conn, [text])
        key = self._keys.get(number)
        if key is None:
            raise Unreadable("The key of this value is gone.")
        try:
            sealed = _bytes(text.partition(".")[2])
            head, nonce, body = sealed[:2], sealed[2 : 2 + NONCE], sealed[2 + NONCE :]
            plain = cipher(head[1], key).decrypt(nonce, body, _about(head, number, label))
            return json.loads(plain)
        except (InvalidTag, ValueError, IndexError, Error) as error:
            raise Unreadable("This value was changed, or belongs elsewhere.") from error

    def seal(self, key: tuple[int, bytes], label: str, wire: Any) -> SealedText:
        """A value as it stands in the database, for one place alone."""
        number, secret = key
        plain = json_text(wire).encode("utf-8", "surrogatepass")
        plain += b" " * (-len(plain) % _STEP)
        algorithm, nonce = best(), secrets.token_bytes(NONCE)
        head = bytes((_VERSION, algorithm))
        body = cipher(algorithm, secret).encrypt(nonce, plain, _about(head, number, label))
        return SealedText(f"{number}.{urlsafe_b64encode(head + nonce + body).decode()}")

    def mark(self, key: tuple[int, bytes], label: str, text: str) -> str:
        """A digest by which equal values of one field are found, and nothing else is."""
        made = hmac.new(key[1], f"{label}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return urlsafe_b64encode(made[:_MARK]).rstrip(b"=").decode()

    def keys_of(self, conn: Any, owners: Iterable[Owner], purpose: str = VALUES) -> Mapping[Owner, tuple[int, bytes]]:
        """{owner: (number, key)}, made for those who have none. In a transaction that writes; whoever is asked for twice is known."""
        known: dict[tuple[str, Owner], tuple[int, bytes]] = conn.kept.setdefault("keys", {})
        wanted = {owner for owner in owners if (purpose, owner) not in known}
        if wanted:
            found = {row.owner: row for row in keys.of_owners(conn, purpose, wanted)}
            made = [self._made(purpose, owner) for owner in sorted(wanted - found.keys())]
            if made:
                keys.add(conn, made, datetime.now(UTC))
                found |= {row.owner: row for row in keys.of_owners(conn, purpose, [one.owner for one in made])}
            for owner, row in found.items():
                key = self._keys.get(row.id) or self._unwrapped(row)
                if key is None:
                    raise Unreadable("A key that is needed to write cannot be read.")
                known[purpose, owner] = row.id, key
        return {owner: known[purpose, owner] for owner in owners}

    def known_key(self, conn: Any, owner: Owner, purpose: str) -> tuple[int, bytes] | None:
        """The key of an owner, if there is one already."""
        row = next(iter(keys.of_owners(conn, purpose, [owner])), None)
        key = self._unwrapped(row) if row is not None else None
        return (row.id, key) if row is not None and key is not None else None

    def rewrapped(self, row: keys.KeyRow) -> keys.KeyRow:
        """The same key, sealed by the master key in use now. Raises Unreadable."""
        content = self.ring.unseal(VALUES, _bytes(row.wrapped), row.about)
        return self._wrapped(row.purpose, row.owner, content, id=row.id)

    def _made(self, purpose: str, owner: Owner) -> keys.KeyRow:
        return self._wrapped(purpose, owner, secrets.token_bytes(KEY), id=secrets.randbits(60) + 1)

    def _wrapped(self, purpose: str, owner: Owner, key: bytes, *, id: int) -> keys.KeyRow:
        bare = keys.KeyRow(id, purpose, owner, self.ring.current, "")
        sealed = self.ring.seal(VALUES, key, bare.about)
        return keys.KeyRow(id, purpose, owner, self.ring.current, urlsafe_b64encode(sealed).decode())

    def _unwrapped(self, row: keys.KeyRow) -> bytes | None:
        """The key; None where it was destroyed. Raises Unreadable where the master key is not here."""
        return self.ring.unseal(VALUES, _bytes(row.wrapped), row.about) if row.wrapped else None


def _number(text: str) -> int:
    head = text.partition(".")[0]
    return int(head) if head.isascii() and head.isdecimal() and len(head) < 20 else 0


def _about(head: bytes, number: int, label: str) -> bytes:
    return head + f"{number}|{label}".encode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii", "replace"))
