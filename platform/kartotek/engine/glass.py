"""Glass: opening a record in an emergency, with a reason, for a while; known to those who are to be told, and to the audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kartotek.engine import held
from kartotek.engine.compiled import CompiledType
from kartotek.engine.envelopes import instant
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.errors import Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.clearance import BreakGlass
from kartotek.model.problem import problem
from kartotek.storage import glass, inbox, users
from kartotek.storage.glass import GlassRow
from kartotek.storage.loading import IDS

LONGEST_REASON = 500
_SHORTEST_REASON = 3


class Glass:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def open(self, actor: Actor, record_type: str, id: int, *, reason: str, once: Once | None = None) -> dict[str, Any]:
        """{"until", "as"}: for so long he reads the record as another role reads it, also one that he does not see otherwise.

        Raises NotFound, Forbidden, Invalid (reason), Busy.
        """

        def attempt(moment: Moment) -> Callable[[Writing], dict[str, Any]]:
            compiled, _ = moment.type(record_type)

            def work(writing: Writing) -> dict[str, Any]:
                declared, said = _allowed(writing, compiled, id), _reason(reason)
                record = held.live(writing, compiled, id) if id in IDS else None
                if record is None or (record_type, id) in moment.actor.barred:
                    raise NotFound("There is no such record.")
                row = GlassRow(
                    type=record_type, record_id=record.id, user_id=actor.id, reason=said,
                    at=moment.now, ends_at=moment.now + timedelta(minutes=declared.minutes),
                )
                self._keep(writing, declared, replace(row, id=glass.add(writing.conn, row)))
                return {"until": instant(row.ends_at), "as": declared.reads_as}

            return work

        answer = self._transactions.transact(actor, attempt, once)
        self._transactions.catalogs.current(fresh=True)  # whoever asks this process next finds it open
        return answer

    def close(self, actor: Actor, record_type: str, id: int) -> bool:
        """Ends before its time what he has opened; False where nothing was open. Raises NotFound, Busy."""

        def attempt(moment: Moment) -> Callable[[Writing], bool]:
            compiled, _ = moment.type(record_type)

            def work(writing: Writing) -> bool:
                held.readable(writing, compiled, id)
                return bool(glass.end(writing.conn, actor.id, (record_type, id), moment.now))

            return work

        ended = self._transactions.transact(actor, attempt)
        self._transactions.catalogs.current(fresh=True)
        return ended

    def until(self, actor: Actor, record_type: str, id: int) -> datetime | None:
        """Until when he reads the record as he has opened it; None where he has not."""
        moment = self._transactions.begin(actor)
        return self._transactions.opened.until(actor, record_type, id) if (record_type, id) in moment.actor.glass else None

    def _keep(self, writing: Writing, declared: BreakGlass, row: GlassRow) -> None:
        """Tells those who are to know, and the audit."""
        payload = {"template": "", "type": row.type, "id": row.record_id, "glass": row.id}
        for user in users.everyone(writing.conn):
            if user.active and user.roles & declared.notify and user.id != row.user_id:
                inbox.add(writing.conn, f"glass/{row.id}/{user.id}", user.id, payload, at=row.at)
        if writing.doings is not None:
            body = {"as": declared.reads_as, "until": instant(row.ends_at), "opening": row.id}
            writing.doings.entries.append(AuditEntry("break_glass", row.type, row.record_id, body=body))


def may_open(declared: BreakGlass, actor: Actor) -> bool:
    """Whether he is one of those who may; a limited token is none."""
    return bool(declared.roles & actor.roles) and actor.scope is None


def _allowed(writing: Writing, compiled: CompiledType, id: int) -> BreakGlass:
    """What is declared for those who may. Others are told of a record that they see, and of no other."""
    declared = compiled.type.break_glass
    if declared is None or not may_open(declared, writing.moment.actor):
        held.readable(writing, compiled, id)
        raise Forbidden("You may not open records of this type.", problems=[problem("", "glass_forbidden")])
    return declared


def _reason(text: str) -> str:
    said = " ".join(text.split())
    if len(said) < _SHORTEST_REASON:
        raise Invalid([problem("/reason", "required")])
    if len(said) > LONGEST_REASON:
        raise Invalid([problem("/reason", "max_length", limit=LONGEST_REASON)])
    return said
