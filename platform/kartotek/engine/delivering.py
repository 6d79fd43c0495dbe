"""Delivering: what follows for a row from what became of it, or of another on its way, outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kartotek.engine.outgoing import Outcome
from kartotek.engine.preparing import Verdict
from kartotek.rules.retrying import FOR_PEOPLE, FOR_PROGRAMS, next_try
from kartotek.storage.outbox import OutboxRow

# Claimed so often and never carried: something in it ends the worker each time.
_MOST_CLAIMS = 200


def verdict_on(row: OutboxRow, outcome: Outcome, now: datetime) -> Verdict:
    """Sent, to be tried again, or dead for whoever looks after it."""
    if outcome.code == "sent":
        return Verdict("sent", "sent", outcome.params)
    within = FOR_PROGRAMS if row.is_webhook else FOR_PEOPLE
    left = _begun(row, now) + within - now
    pause = next_try(row.tries, row.key, within) if outcome.again else None
    if pause is None or left.total_seconds() <= 0:
        return Verdict("dead", outcome.code, outcome.params)
    return Verdict("waiting", outcome.code, outcome.params, due=now + min(pause, left))


def verdict_behind(row: OutboxRow, outcome: Outcome, due: datetime, now: datetime) -> Verdict:
    """What follows for a row that was not tried, because another on its way had just failed: it waits until `due`."""
    after = verdict_on(replace(row, tries=max(row.tries, 1)), outcome, now)
    return replace(after, due=due) if after.state == "waiting" else after


def in_turn(rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Those claimed least often first: a row that ends each worker holds up nobody else."""
    return sorted(rows, key=lambda row: row.attempts)


def is_broken(row: OutboxRow) -> bool:
    """Whether no worker ever gets through with it."""
    return row.attempts > _MOST_CLAIMS and row.tries == 0


def _begun(row: OutboxRow, now: datetime) -> datetime:
    """When it was first to be sent, or sent again by its owner's word."""
    for entry in reversed(row.log):
        if entry["code"] in ("resent", "released"):
            return datetime.fromisoformat(entry["at"])
    return row.seen_at or now
