"""Sending: messages and webhooks put into the outbox, with the change that is their cause."""

from __future__ import annotations

from datetime import datetime

from kartotek.engine.open_writing import Writing
from kartotek.model.record import Record
from kartotek.model.workflow import NotifyEffect, WebhookEffect


def send(
    writing: Writing, record: Record, effect: NotifyEffect | WebhookEffect, *, key: str, meant_at: datetime
) -> None:
    """Puts what the effect sends into the outbox, once for each `key`; `meant_at` is when it would have been in time."""
