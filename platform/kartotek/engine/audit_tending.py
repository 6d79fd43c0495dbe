"""Audit tending: the heads that are kept and sent away each day, and the end of entries whose time is over."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from kartotek.engine.audit import Audit
from kartotek.engine.transactions import Transactions
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.storage import audit, outbox
from kartotek.storage.outbox import WEBHOOK, OutboxRow

EVENT = "audit.head"
_ACTOR = Actor.system("audit")


class AuditTending:
    """What the background work does for the audit once a minute."""

    def __init__(self, transactions: Transactions, kept: Audit) -> None:
        self._transactions = transactions
        self._audit = kept

    def run_due(self) -> int:
        """Keeps the head, sends it where it has not been sent today, removes what is over its time. Raises Busy, OSError."""
        plan = self._transactions.catalogs.current().catalog.settings.audit
        self._audit.keep_head()
        if plan.endpoint:
            self._send(plan.endpoint)
        if plan.days:
            self._audit.trim(timedelta(days=plan.days))
        return 0

    def _send(self, endpoint: str) -> None:
        """The row's key is the day's, so that whoever comes second finds it there."""
        zone = ZoneInfo(self._transactions.catalogs.current().catalog.settings.timezone)
        now = self._transactions.clock()
        key = f"audit-head/{endpoint}/{now.astimezone(zone).date()}"
        with self._transactions.reading() as conn:
            if outbox.has_key(conn, key):
                return
        with self._transactions.writing() as conn:
            head = audit.held_head(conn)
            payload = {"event": EVENT, "type": "audit", "id": head.seq, "version": 0, "head": self._audit.text_of(head)}
            if head.seq and outbox.add(conn, OutboxRow(key=key, channel=WEBHOOK + endpoint, payload=payload, due=now, meant_at=now)):
                self._audit.append(conn, _ACTOR, AuditEntry("head_sent", body={"endpoint": endpoint, "seq": head.seq}))
