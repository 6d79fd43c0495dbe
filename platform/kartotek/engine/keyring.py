"""Keyring: the site's master keys, what is derived from them, and the file they stand in, outside of all data."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from base64 import b32decode, b32encode
from binascii import Error
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kartotek.errors import SetupInvalid, Unreadable
from kartotek.storage.aead import KEY, NONCE, best, cipher

FILE = "master.key"
_HEAD = (
    "# The master keys of this site, the one in use first. What is encrypted cannot be read without them, by nobody:\n"
    "# keep a copy away from this computer (kartotek keys sheet), and never in the folder data/ or beside a backup.\n"
)
_VERSION = 1
_ID = 6  # bytes of a key's name, which is a check of it too


class Keyring:
    """Master keys by their names, the current one first. Where there is none yet, `make` makes the first.

    A key's name follows from the key, so a mistyped one is found, and what was made with a key can name it.
    """

    def __init__(self, keys: Mapping[str, bytes], path: Path | None = None) -> None:
        self._keys = dict(keys)
        self._path = path

    @classmethod
    def of(cls, path: Path, given: str = "", *, data: Path | None = None) -> Keyring:
        """The keys that are given, as text or as the path of another file; else those in the file, none if it is missing.

        Raises SetupInvalid for what is no key and for a file in the data folder, where backups would take it along.
        """
        if given and not given.startswith("/"):
            return cls(keys_in(given, "The master key that was given"))
        path = Path(given) if given else path
        if data is not None and path.resolve().is_relative_to(data.resolve()):
            raise SetupInvalid(f"The master key {path} lies in {data}, with what it protects: move it elsewhere.")
        return cls(_read(path), path)

    @classmethod
    def of_secret(cls, secret: bytes) -> Keyring:
        """A ring of one key that follows from another secret."""
        key = _expanded(secret, "master")
        return cls({name_of(key): key})

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the keys, the current one first."""
        return tuple(self._keys)

    @property
    def all(self) -> Mapping[str, bytes]:
        """The keys by their names, for another ring that shall open the same."""
        return dict(self._keys)

    @property
    def current(self) -> str:
        """The name of the key that what is made now is made with. Raises SetupInvalid where there is none."""
        if not self._keys:
            raise SetupInvalid("This site has no master key.")
        return next(iter(self._keys))

    def derived(self, purpose: str, id: str = "") -> bytes:
        """32 bytes for one purpose, of the current key or of the one with this name. Raises Unreadable where it is missing.

        Who keeps what he makes with it keeps `current` beside it: after a rotation the current key is another.
        """
        return _expanded(self._key(id or self.current), purpose)

    def seal(self, purpose: str, content: bytes, about: bytes = b"") -> bytes:
        """The content encrypted for this purpose, with the name of its key; `about` must be the same when it is opened."""
        algorithm, nonce, id = best(), secrets.token_bytes(NONCE), self.current
        head = bytes((_VERSION, algorithm)) + bytes.fromhex(id)
        return head + nonce + cipher(algorithm, self.derived(purpose, id)).encrypt(nonce, content, head + about)

    def unseal(self, purpose: str, sealed: bytes, about: bytes = b"") -> bytes:
        """What was sealed. Raises Unreadable for anything else, also for what was changed or sealed about something else."""
        head, nonce, body = sealed[: 2 + _ID], sealed[2 + _ID : 2 + _ID + NONCE], sealed[2 + _ID + NONCE :]
        if len(nonce) < NONCE or head[0] != _VERSION:
            raise Unreadable("This was not encrypted here.")
        try:
            return cipher(head[1], self.derived(purpose, head[2:].hex())).decrypt(nonce, body, head + about)
        except (InvalidTag, ValueError) as error:
            raise Unreadable("What is encrypted was changed, or belongs elsewhere.") from error

    def make(self) -> str:
        """The name of a new key, which is the current one from now on and stands in the file before this returns."""
        key = secrets.token_bytes(KEY)
        self.write({name_of(key): key, **self._keys})
        return self.current

    def forget(self, id: str) -> None:
        """Takes a key that nothing needs any longer out of the ring and of its file."""
        self.write({name: key for name, key in self._keys.items() if name != id})

    def write(self, keys: Mapping[str, bytes]) -> None:
        """Makes these the keys, in the file too. Raises SetupInvalid where they were given and stand in no file."""
        if self._path is None:
            raise SetupInvalid("The master key was given from outside: change it where it is given.")
        text = _HEAD + "".join(f"{name}: {readable(key)}\n" for name, key in keys.items())
        _written(self._path, text, new=not self._keys)
        self._keys = _read(self._path)

    def again(self) -> None:
        """Reads the file again: another process may have changed it."""
        if self._path is not None:
            self._keys = _read(self._path) or self._keys

    def readable(self, id: str) -> str:
        """A key as it stands on paper."""
        return readable(self._key(id))

    def _key(self, id: str) -> bytes:
        if id not in self._keys:
            self.again()
        try:
            return self._keys[id]
        except KeyError:
            raise Unreadable(f"The master key {id} is missing.") from None


def name_of(key: bytes) -> str:
    """What a master key is called."""
    return _expanded(key, "name")[:_ID].hex()


def readable(key: bytes) -> str:
    """A key in letters and digits that can be told apart, in groups of four."""
    text = b32encode(key).rstrip(b"=").decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def keys_in(text: str, where: str) -> dict[str, bytes]:
    """The keys in a text, one a line or between commas, each with or without its name. Raises SetupInvalid."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    found = [_one(piece, where) for line in lines for piece in line.split(",") if piece.strip()]
    return dict(found)


def _one(piece: str, where: str) -> tuple[str, bytes]:
    name, _, written = piece.rpartition(":")
    letters = re.sub(r"[\s-]", "", written).upper()
    try:
        key = b32decode(letters + "=" * (-len(letters) % 8))
    except (Error, ValueError):
        key = b""
    if len(key) != KEY or name.strip() not in ("", name_of(key)):
        raise SetupInvalid(f"{where} is not a master key: a letter is wrong or missing.")
    return name_of(key), key


def _read(path: Path) -> dict[str, bytes]:
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return keys_in(path.read_text(encoding="ascii"), f"What stands in {path}")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SetupInvalid(f"The master key {path} cannot be read: {error}.") from error


def _written(path: Path, text: str, *, new: bool) -> None:
    """The whole file or none of it, whatever happens; the first one only where nobody else was faster."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    if not new:
        unfinished.replace(path)
    else:
        with suppress(FileExistsError):
            os.link(unfinished, path)
        unfinished.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _expanded(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY, salt=None, info=b"kartotek " + purpose.encode()).derive(hashlib.sha256(secret).digest())
