"""AEAD: authenticated encryption by numbers that are kept beside what was encrypted, so that a better one can follow."""

from __future__ import annotations

from functools import cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV

KEY = 32  # bytes
NONCE = 12
TAG = 16

GCM_SIV = 1  # forgives a nonce that comes twice, as after a machine was restored from an image (RFC 8452)
GCM = 2


@cache
def best() -> int:
    """The number of the best that this machine's OpenSSL has."""
    try:
        AESGCMSIV(bytes(KEY))
    except UnsupportedAlgorithm:
        return GCM
    return GCM_SIV


def cipher(number: int, key: bytes) -> AESGCM | AESGCMSIV:
    """The cipher of a number with a key of 32 bytes. Raises ValueError for a number that is not known here."""
    if number == GCM_SIV:
        return AESGCMSIV(key)
    if number == GCM:
        return AESGCM(key)
    raise ValueError(f"There is no algorithm {number}.")
