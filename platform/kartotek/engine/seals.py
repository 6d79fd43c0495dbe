"""Seals: short texts that only this site can have made, for links and forms that anyone may bring."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

_MAC = 16  # bytes: nobody guesses 128 bits


def sealed(secret: bytes, purpose: str, content: bytes) -> str:
    """The content with a seal, safe in an address; whoever has it can read the content but not change it."""
    return urlsafe_b64encode(content + _mac(secret, purpose, content)).rstrip(b"=").decode()


def opened(secret: bytes, purpose: str, text: str) -> bytes | None:
    """What was sealed for this purpose; None for anything that this site did not seal."""
    content = unjudged(text)
    # Compared as it is written, because a decoder takes more than one spelling of the same bytes.
    made = sealed(secret, purpose, content).encode()
    return content if hmac.compare_digest(made, text.encode("utf-8", "surrogatepass")) else None


def unjudged(text: str) -> bytes:
    """What the text says is sealed, whoever made it; b"" where it cannot be read. Only to look up what to judge it by."""
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))[:-_MAC]
    except (Error, ValueError):
        return b""


def blurred(secret: bytes, text: str) -> str:
    """A short name for a text that may not be kept, the same each time."""
    return hmac.new(secret, b"blur\0" + text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:24]


def _mac(secret: bytes, purpose: str, content: bytes) -> bytes:
    return hmac.new(secret, purpose.encode() + b"\0" + content, hashlib.sha256).digest()[:_MAC]
