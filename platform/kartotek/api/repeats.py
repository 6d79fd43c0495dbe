"""Repeats: the Idempotency-Key of a request, with a fingerprint of what it asks."""

from __future__ import annotations

import hashlib
import re

from flask import request

from kartotek.engine.transaction import Once
from kartotek.errors import Malformed
from kartotek.model.problem import problem

_KEY = re.compile(r'[\x21\x23-\x7e]{1,255}|"[\x20\x21\x23-\x7e]{1,255}"')


def once(content: bytes) -> Once | None:
    """The key and the fingerprint of method, address, If-Match and content; None where no key was sent."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    if not _KEY.fullmatch(header.strip()):
        wrong = problem("", "header", name="Idempotency-Key", expected="1 to 255 printable ASCII characters")
        raise Malformed("A header cannot be read.", problems=[wrong])
    return Once(header.strip().strip('"'), _fingerprint(content))


def _fingerprint(content: bytes) -> str:
    digest = hashlib.sha256()
    asked = (request.method, request.path, request.query_string.decode("latin-1"), request.headers.get("If-Match", ""))
    for part in (*(text.encode("utf-8", "surrogatepass") for text in asked), content):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
