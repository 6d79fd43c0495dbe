"""What the owner is told of an outbox row: what it is, for whom, how it stands and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from kartotek.engine.envelopes import instant
from kartotek.engine.preparing import Verdict
from kartotek.model.outcomes import OUTCOMES
from kartotek.storage.outbox import WEBHOOK, OutboxRow

_LONGEST_LOG = 40


def decided(row: OutboxRow, verdict: Verdict, now: datetime) -> OutboxRow:
    """The row with the decision, and the decision written down with it."""
    entry = {"at": instant(now), "code": verdict.code, "params": dict(verdict.params)}
    return replace(
        row, state=verdict.state, due=verdict.due or row.due, error="" if verdict.state == "sent" else verdict.code,
        log=(*row.log, entry)[-_LONGEST_LOG:], done_at=None if verdict.state in ("waiting", "held") else now,
    )


def described(row: OutboxRow) -> dict[str, Any]:
    """The row as the API gives it."""
    payload = row.payload
    what = {"event": payload["event"], "endpoint": row.channel.removeprefix(WEBHOOK)} if row.is_webhook else {
        "template": payload["template"], "channel": row.channel, "to": payload["to"]
    }
    return {
        "id": row.id, "kind": "webhook" if row.is_webhook else "message", **what,
        "record": {"type": payload["type"], "id": payload["id"], "version": payload["version"]},
        "state": row.state, "due": instant(row.due), "meant_at": instant(row.meant_at), "done_at": instant(row.done_at),
        "tries": row.tries, "reason": row.error or None, "log": [_entry(one) for one in row.log],
    }


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    code, params = entry["code"], entry.get("params", {})
    try:
        message = OUTCOMES.get(code, code).format_map(params)
    except KeyError:
        message = code  # written down by another version, with other parameters
    return {"at": entry["at"], "code": code, "message": message, "params": params}
