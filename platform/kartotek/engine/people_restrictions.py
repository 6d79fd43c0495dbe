"""Restrictions: people whose data are kept and not used: hidden from all who have not to do with that, and sent nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kartotek.engine.barred import records_of_restricted
from kartotek.engine.envelopes import instant
from kartotek.engine.granting import Granting
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.people_graph import belonging, person
from kartotek.engine.transactions import Transactions
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.storage import restrictions
from kartotek.storage.catalogs import bump_security
from kartotek.storage.restrictions import RestrictionRow

_KEPT = "records of restricted people"


class Restrictions:
    """For those with the ability `people`."""

    def __init__(self, transactions: Transactions, granting: Granting) -> None:
        self._transactions = transactions
        self._granting = granting

    def find(self, actor: Actor, record_type: str, id: int) -> dict[str, Any] | None:
        """The restriction of a person. Raises NotFound."""
        self._granting.refuse_unable(actor, "people")
        with self._transactions.reading() as conn:
            found = restrictions.find(conn, record_type, id)
        return told(found) if found is not None else None

    def everyone(self, actor: Actor) -> list[dict[str, Any]]:
        """All who are restricted. Raises NotFound."""
        self._granting.refuse_unable(actor, "people")
        with self._transactions.reading() as conn:
            return [told(one) for one in restrictions.everyone(conn)]

    def restrict(self, actor: Actor, record_type: str, id: int, *, reason: str) -> dict[str, Any]:
        """Restricts a person; every process knows of it within a second. Raises NotFound, Busy."""
        self._granting.refuse_unable(actor, "people")

        def attempt(moment: Moment) -> Callable[[Writing], dict[str, Any]]:
            def work(writing: Writing) -> dict[str, Any]:
                person(moment, writing.conn, record_type, id)
                count = sum(map(len, belonging(moment.compiled, writing.conn, {record_type: [id]}).values()))
                row = RestrictionRow(type=record_type, record_id=id, at=moment.now, by=actor.id, reason=reason[:500], count=count)
                restrictions.put(writing.conn, row)
                bump_security(writing.conn)
                _noted(writing, AuditEntry("restricted", record_type, id))
                return told(restrictions.find(writing.conn, record_type, id) or row)

            return work

        made = self._transactions.transact(actor, attempt)
        self._transactions.catalogs.current(fresh=True)  # whoever asks this process next does not find her
        return made

    def lift(self, actor: Actor, record_type: str, id: int) -> bool:
        """Takes a restriction back; False where there was none. Raises NotFound, Busy."""
        self._granting.refuse_unable(actor, "people")

        def work(writing: Writing) -> bool:
            lifted = restrictions.lift(writing.conn, record_type, id)
            if lifted:
                bump_security(writing.conn)
                _noted(writing, AuditEntry("restriction_lifted", record_type, id))
            return lifted

        return self._transactions.transact(actor, lambda _: work)

    def refresh(self) -> None:
        """Has records that came to restricted people since hidden as well. For the background work."""
        with self._transactions.writing_at(Actor.system("people")) as (moment, conn):
            moved = False
            for row in restrictions.everyone(conn):
                if row.type in moment.compiled.types:
                    count = sum(map(len, belonging(moment.compiled, conn, {row.type: [row.record_id]}).values()))
                    if count != row.count:
                        restrictions.put(conn, RestrictionRow(
                            type=row.type, record_id=row.record_id, at=row.at, by=row.by, reason=row.reason, count=count,
                        ))  # fmt: skip
                        moved = True
            if moved:
                bump_security(conn)


def is_kept_back(moment: Moment, conn: Any, payload: Mapping[str, Any]) -> bool:
    """Whether a message or an event is about somebody who is restricted, or goes to her. Looked up once in a transaction."""
    if not moment.compiled.catalog.has_people:
        return False
    known = conn.kept.get(_KEPT)
    if known is None:
        known = conn.kept[_KEPT] = records_of_restricted(moment.compiled, conn)
    to = payload.get("to")
    named = [payload, *([to] if isinstance(to, Mapping) else [])]
    return any((one.get("type"), one.get("id")) in known for one in named)


def told(row: RestrictionRow) -> dict[str, Any]:
    """A restriction as plain JSON."""
    return {"type": row.type, "id": row.record_id, "at": instant(row.at), "by": row.by, "reason": row.reason}


def _noted(writing: Writing, entry: AuditEntry) -> None:
    if writing.doings is not None:
        writing.doings.entries.append(entry)
