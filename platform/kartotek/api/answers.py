"""Answers: wire values as JSON bytes, with the headers that every answer of the API carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from flask import Response

JSON = "application/json"
_SAFE = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


def answer(wire: Any, *, status: int = 200, headers: Mapping[str, str] | None = None, media: str = JSON) -> Response:
    """The value as a JSON answer. Nothing here may be kept by a cache: it is one actor's view of records."""
    return encoded(encode(wire), status=status, headers=headers, media=media)


def encoded(raw: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None, media: str = JSON) -> Response:
    """The same of a value that is encoded already."""
    return Response(raw, status=status, content_type=media, headers=[*_SAFE, *(headers or {}).items()])


def nothing(*, headers: Mapping[str, str] | None = None) -> Response:
    """204, an answer without a body."""
    response = Response(status=204, headers=[*_SAFE, *(headers or {}).items()])
    response.headers.pop("Content-Type", None)
    return response


def record(envelope: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A record's envelope with its version as entity tag."""
    return answer(envelope, status=status, headers={"ETag": f'"{envelope["version"]}"', **(headers or {})})


def encode(wire: Any) -> bytes:
    """JSON in UTF-8; by the standard library where orjson has no words: integers over 64 bit, lone surrogates."""
    try:
        return orjson.dumps(wire, default=_plain)
    except TypeError:
        return json.dumps(wire, default=_plain, separators=(",", ":")).encode("ascii")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place on the wire")
