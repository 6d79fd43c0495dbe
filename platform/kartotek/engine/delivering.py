"""Delivering: what follows for a row from what became of it outside."""

from __future__ import annotations

from datetime import datetime

from kartotek.engine.outgoing import Outcome
from kartotek.engine.preparing import Verdict
from kartotek.rules.retrying import FOR_PEOPLE, FOR_PROGRAMS, next_try
from kartotek.storage.outbox import OutboxRow


def verdict_on(row: OutboxRow, outcome: Outcome, now: datetime) -> Verdict:
    """Sent, to be tried again, or dead for whoever looks after it."""
    if outcome.code == "sent":
        return Verdict("sent", "sent", outcome.params)
    pause = next_try(row.tries, row.key, FOR_PROGRAMS if row.is_webhook else FOR_PEOPLE) if outcome.again else None
    if pause is None:
        return Verdict("dead", outcome.code, outcome.params)
    return Verdict("waiting", outcome.code, outcome.params, due=now + pause)
