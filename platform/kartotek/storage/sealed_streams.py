"""Sealed streams: long runs of bytes, encrypted piece by piece, so that none has to be held whole and none can be cut, moved or changed.

Layout: magic, the algorithm's number, a random salt; then pieces of 64 KiB with a tag each. A stream has a key of its own, made of
the key that is given, the salt and what the stream is about. The nonce of a piece is its place and whether it is the last, as in
Hoang and others, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance" (STREAM): so a missing end is noticed.
"""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kartotek.errors import Unreadable
from kartotek.storage import aead

MAGIC = b"KTSEAL1\n"
PIECE = 65_536  # bytes of plain text in each piece but the last, which may hold none
_SALT = 32
_HEAD = len(MAGIC) + 1 + _SALT
_SEALED = PIECE + aead.TAG


class Damaged(Unreadable, ValueError):
    """The bytes are not what was written under this key for this purpose, or some are missing."""


class SealedWriter(io.RawIOBase):
    """Takes plain bytes and writes sealed ones into `file`, which it does not close. Only `close` writes the end.

    `about` says what the stream is, such as its place; whoever reads it has to say the same.
    """

    def __init__(self, file: BinaryIO, key: bytes, about: bytes) -> None:
        super().__init__()
        number = aead.best()
        self._head = MAGIC + bytes((number,)) + os.urandom(_SALT)
        self._cipher = aead.cipher(number, _own_key(key, self._head, about))
        self._file, self._held, self._count = file, bytearray(), 0
        file.write(self._head)

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Takes all of it."""
        self._held += data
        while len(self._held) > PIECE:  # what might be the last piece is kept back
            self._seal(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]
        return len(data)

    def close(self) -> None:
        """Writes the last piece. Without it the stream counts as cut off."""
        if not self.closed:
            self._seal(bytes(self._held), last=True)
        super().close()

    def abandon(self) -> None:
        """Ends without an end, so that nobody takes what was written for the whole."""
        super().close()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._count, last=last), piece, self._head))
        self._count += 1


class SealedReader(io.RawIOBase):
    """Gives the plain bytes of a sealed stream that begins where `file` stands; can be sought in where `file` can.

    Closes `file` with itself. Raises Damaged as soon as a piece is read that is wrong: what was given before it is as it was written.
    """

    def __init__(self, file: BinaryIO, key: bytes, about: bytes) -> None:
        super().__init__()
        self._file, self._start = file, file.tell() if file.seekable() else 0
        head = _exactly(file, _HEAD)
        if len(head) < _HEAD or not head.startswith(MAGIC):
            raise Damaged("This is no sealed stream.")
        self._head = head
        try:
            self._cipher = aead.cipher(head[len(MAGIC)], _own_key(key, head, about))
        except ValueError as exc:
            raise Damaged("It was sealed in a way that is not known here.") from exc
        self._ahead = _exactly(file, _SEALED)
        self._next, self._piece, self._at, self._ended = 0, b"", 0, False

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """Whether the file below is."""
        return self._file.seekable()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fills the buffer as far as one piece goes. Raises Damaged."""
        if self._at >= len(self._piece) and not self._turn():
            return 0
        count = min(len(buffer), len(self._piece) - self._at)
        buffer[:count] = self._piece[self._at : self._at + count]
        self._at += count
        return count

    def close(self) -> None:
        """Closes the file below too."""
        if not self.closed:
            self._file.close()
        super().close()

    def tell(self) -> int:
        """The place in the plain bytes."""
        return max(self._next - 1, 0) * PIECE + self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Goes to a place in the plain bytes; past the end it is the end."""
        size = self.size
        wanted = min(max({os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: size}[whence] + offset, 0), size)
        number, at = divmod(wanted, PIECE)
        if number and number * PIECE == size:  # the end of a full last piece is no piece of its own
            number, at = number - 1, PIECE
        self._file.seek(self._start + _HEAD + number * _SEALED)
        self._ahead = _exactly(self._file, _SEALED)
        self._next, self._piece, self._at, self._ended = number, b"", 0, False
        self._turn()
        self._at = at
        return wanted

    @property
    def size(self) -> int:
        """How many plain bytes there are, if the file is whole. Raises Damaged where it cannot be."""
        here = self._file.tell()
        sealed = self._file.seek(0, os.SEEK_END) - self._start
        self._file.seek(here)
        return plain_size(sealed)

    def _turn(self) -> bool:
        """Opens the next piece; False after the last."""
        if self._ended:
            return False
        sealed, self._ahead = self._ahead, _exactly(self._file, _SEALED)
        self._ended = not self._ahead
        try:
            self._piece = self._cipher.decrypt(_nonce(self._next, last=self._ended), sealed, self._head)
        except (InvalidTag, ValueError) as exc:
            raise Damaged(f"Piece {self._next} is damaged, cut off or sealed with another key.") from exc
        self._next, self._at = self._next + 1, 0
        return bool(self._piece)


def plain_size(sealed: int) -> int:
    """How many plain bytes a whole stream of so many sealed ones holds. Raises Damaged where none is so long."""
    pieces, rest = divmod(sealed - _HEAD, _SEALED)
    if sealed < _HEAD + aead.TAG or 0 < rest < aead.TAG:
        raise Damaged("It is cut off.")
    return pieces * PIECE + (rest - aead.TAG if rest else 0)


def _own_key(key: bytes, head: bytes, about: bytes) -> bytes:
    return HKDF(SHA256(), aead.KEY, head[-_SALT:], b"kartotek stream\0" + about).derive(key)


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(aead.NONCE - 1, "big") + bytes((last,))


def _exactly(file: BinaryIO, count: int) -> bytes:
    """So many bytes, fewer only at the end."""
    found = bytearray()
    while len(found) < count and (more := file.read(count - len(found))):
        found += more
    return bytes(found)
