"""Vault: the keys that values are sealed with, one for each person or type, kept in the database sealed by a master key."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import a2b_base64
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
_MOST = 5_000
_FROM, _QUOTE = 2 + NONCE, ord('"')


class _Ciphers(dict[int, Any]):
    """{algorithm's number: what opens with a key}, each made when it is first needed, since making one takes longer than using it."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._key = key

    def __missing__(self, number: int) -> Any:
        made = self[number] = cipher(number, self._key)
        return made


_Known = dict[str, _Ciphers | None]  # {number of a key, as text: its ciphers; None where it is gone}


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
        self._known: _Known = {}  # another one once keys were forgotten, so that whoever still fills the old one fills nothing

    def forget(self) -> None:
        """Lets go of all keys: one may have been destroyed; and there may be another master key."""
        self._known = {}
        self.ring.again()

    def fetch(self, conn: Any, texts: Iterable[str]) -> _Known:
        """What opens these sealed texts: one query gets the keys that are not known yet."""
        known, names = self._known, {text.partition(".")[0] for text in texts}
        if len(known) > _MOST and names - known.keys():
            known = self._known = {}
        wanted = names - known.keys()
        if wanted:
            found = {str(row.id): self._unwrapped(row) for row in keys.find(conn, sorted({_number(one) for one in wanted}))}
            for name in wanted:
                key = found.get(name)
                known[name] = None if key is None else _Ciphers(key)
        return known

    def open(self, conn: Any, text: str, label: str) -> Any:
        """The value. Raises Unreadable where its key is gone, or where it was changed or sealed for another place."""
        name = text.partition(".")[0]
        known = self._known
        return opened(text, label, known if name in known else self.fetch(conn, [text]))

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
                key = self._unwrapped(row)
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


def opened(text: str, label: str, known: _Known) -> Any:
    """The value of a sealed text by what opens it. Raises Unreadable."""
    name, _, body = text.partition(".")
    ciphers = known.get(name)
    if ciphers is None:
        raise Unreadable("The key of this value is gone.", gone=True)
    try:
        sealed = a2b_base64(body.replace("-", "+").replace("_", "/"))
        head = sealed[:2]
        plain = ciphers[head[1]].decrypt(sealed[2:_FROM], sealed[_FROM:], head + f"{name}|{label}".encode())
        if plain[0] == _QUOTE and b"\\" not in plain:  # a text that says nothing in a roundabout way
            return plain.rstrip(b" ")[1:-1].decode("utf-8", "surrogatepass")
        return json.loads(plain)
    except (InvalidTag, ValueError, LookupError) as error:
        raise Unreadable("This value was changed, or belongs elsewhere.") from error


def _number(name: str) -> int:
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 20 else 0


def _about(head: bytes, number: int, label: str) -> bytes:
    return head + f"{number}|{label}".encode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii", "replace"))
