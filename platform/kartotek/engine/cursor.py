"""Cursors: where the next page begins, opaque and signed, so that nobody can probe a list with values of his own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kartotek.errors import Malformed

_TAG = 12


def sealed(secret: bytes, purpose: str, keys: Sequence[Any]) -> str:
    """The cursor of the keys of a page's last record. `purpose` binds it to one question."""
    body = json.dumps([_plain(key) for key in keys], separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_tag(secret, purpose, body) + body).rstrip(b"=").decode()


def opened(secret: bytes, purpose: str, cursor: str) -> tuple[Any, ...]:
    """The keys of a cursor made for the same question. Raises Malformed."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError as exc:
        raise Malformed("The cursor cannot be read.", parameter="cursor") from exc
    tag, body = raw[:_TAG], raw[_TAG:]
    if not hmac.compare_digest(tag, _tag(secret, purpose, body)):
        raise Malformed("The cursor does not belong to this question.", parameter="cursor")
    return tuple(_value(one) for one in json.loads(body))


def _tag(secret: bytes, purpose: str, body: bytes) -> bytes:
    return hmac.new(secret, purpose.encode("utf-8", "surrogatepass") + b"\0" + body, hashlib.sha256).digest()[:_TAG]


def _plain(key: Any) -> Any:
    for letter, python_type in (("t", datetime), ("d", date)):
        if isinstance(key, python_type):
            return {letter: key.isoformat()}
    return {"n": str(key)} if isinstance(key, Decimal) else key


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    ((letter, text),) = plain.items()
    read: dict[str, Callable[[str], Any]] = {"t": datetime.fromisoformat, "d": date.fromisoformat, "n": Decimal}
    return read[letter](text)
