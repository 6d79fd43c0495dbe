"""Webhooks and gateways: what goes over HTTP, signed or with the secret in a header.

Source: Standard Webhooks 1.0 (headers, signature, the form of secrets).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace

from kartotek.engine.outgoing import Outcome, Outgoing
from kartotek.jobs.http import Request, origin
from kartotek.jobs.secret_files import SecretFiles
from kartotek.model.process import Channel, Endpoint

Call = Callable[[Request], Outcome]
_PREFIX = "whsec_"
_MARK = "{secret}"


class WebhookCarrier:
    """Tells endpoints of events, signed. Whatever they answer but 200 to 299 is tried again, for a day."""

    def __init__(self, call: Call, secrets: SecretFiles) -> None:
        self._call = call
        self._secrets = secrets

    def __call__(self, outgoing: Outgoing) -> Outcome:
        """Sends it once; nothing is raised."""
        endpoint = outgoing.way
        assert isinstance(endpoint, Endpoint)
        secret = self._secrets.read(endpoint.secret, origin(endpoint.url))
        if isinstance(secret, Outcome):
            return secret
        seconds = int(outgoing.at.timestamp())
        headers = {
            "Content-Type": "application/json", "webhook-id": outgoing.id, "webhook-timestamp": str(seconds),
            "webhook-signature": signature(secret, outgoing.id, seconds, outgoing.body),
        }
        outcome = self._call(Request(url=endpoint.url, body=outgoing.body, headers=headers, private=endpoint.private))
        return replace(outcome, again=True) if outcome.code == "answered" else outcome


class HttpCarrier:
    """Hands messages to a gateway, as its channel declares."""

    def __init__(self, call: Call, secrets: SecretFiles) -> None:
        self._call = call
        self._secrets = secrets

    def __call__(self, outgoing: Outgoing) -> Outcome:
        """Sends it once; nothing is raised."""
        assert isinstance(outgoing.way, Channel)
        settings = outgoing.way.settings
        headers = {"Content-Type": "application/json", "Idempotency-Key": outgoing.id}
        known = {name.lower(): name for name in headers}
        for name, value in dict(settings.get("headers") or {}).items():
            headers[known.get(str(name).lower(), str(name))] = str(value)
        url = str(settings["url"])
        if settings.get("secret"):
            secret = self._secrets.read(str(settings["secret"]), origin(url))
            if isinstance(secret, Outcome):
                return secret
            headers = with_secret(headers, secret)
        method, private = str(settings.get("method") or "POST"), bool(settings.get("private"))
        return self._call(Request(url=url, body=outgoing.body, headers=headers, method=method, private=private))


def signature(secret: str, id: str, seconds: int, body: bytes) -> str:
    """The webhook-signature header: v1,base64(HMAC-SHA256(id.timestamp.body))."""
    signed = f"{id}.{seconds}.".encode() + body
    return f"v1,{base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()}"


def with_secret(headers: dict[str, str], secret: str) -> dict[str, str]:
    """The headers with the secret where they ask for it, else as a bearer token."""
    if any(_MARK in value for value in headers.values()):
        return {name: value.replace(_MARK, secret) for name, value in headers.items()}
    return {"Authorization": f"Bearer {secret}", **headers}


def _key(secret: str) -> bytes:
    """The bytes of a secret: base64 after whsec_, else the text itself."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()
