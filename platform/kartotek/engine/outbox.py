"""Outbox: delivers what is due, each row by one worker at a time, and lets the owner look and decide."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

from kartotek.engine.announcing import prepared_webhook
from kartotek.engine.cursor import opened, sealed
from kartotek.engine.delivering import in_turn, is_broken, verdict_behind, verdict_on
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.outbox_wire import decided, described
from kartotek.engine.outgoing import Carriers, Outcome, Outgoing
from kartotek.engine.people_restrictions import is_kept_back
from kartotek.engine.preparing import ForInbox, Prepared, Verdict, is_carried, prepared_message
from kartotek.engine.previewing import preview
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.engine.wording import LinkOf, foresee
from kartotek.errors import Conflict, Forbidden, NotFound
from kartotek.model.actor import Actor
from kartotek.model.problem import Problem
from kartotek.model.query import Page
from kartotek.rules.setting import Setting
from kartotek.storage import inbox, outbox
from kartotek.storage.outbox import OutboxRow, State

STATES: tuple[State, ...] = get_args(State)
LATE = timedelta(hours=1)
MOST_LATE = 20  # so many late messages are sent without asking
_ACTOR = Actor.system("outbox")
_KEPT = timedelta(days=90)
_MOST_HELD = 100_000
_RESENDABLE: frozenset[State] = frozenset({"held", "sent", "unsent", "dead", "dropped", "waiting"})
_DROPPABLE: frozenset[State] = frozenset({"waiting", "held", "dead"})


class Outbox:
    """Safe to share by threads and by several workers of one site."""

    def __init__(self, transactions: Transactions, link: LinkOf, secret: bytes) -> None:
        self._transactions = transactions
        self._link = link
        self._secret = secret

    def deliver(self, carriers: Carriers, limit: int = 50, *, seconds: float = 60.0) -> int:
        """Delivers what is due, at most so many rows, and answers how many it has dealt with.

        The rows are this call's for so many seconds; what it would begin too late it leaves to the next. A carrier may
        take half of that time and runs outside of any transaction. Who dies in between lets a row be carried again.
        """
        now, started = self._transactions.clock(), time.monotonic()
        with self._transactions.reading() as conn:
            if not outbox.is_due(conn, now):
                return 0
        holder = secrets.token_hex(8)
        with self._transactions.writing() as conn:
            outbox.see(conn, now, late=now - LATE, most=MOST_LATE)
            rows = outbox.claim_seen(conn, holder, now, seconds=seconds, limit=limit)
        moment = self._transactions.begin(_ACTOR)
        here = [row for row in rows if not is_carried(moment, row)]
        carried = in_turn([row for row in rows if is_carried(moment, row)])
        self._settle_here([row for row in here if row.attempts == 1], holder)
        behind: dict[str, tuple[Outcome, datetime]] = {}
        for place, row in enumerate(carried):
            if time.monotonic() - started > seconds / 2:
                with self._transactions.writing() as conn:
                    outbox.give_back(conn, [one.id for one in carried[place:]], holder)
                return len(rows) - len(carried) + place
            self._carry(row, carriers, holder, behind)
        for row in in_turn([row for row in here if row.attempts > 1]):
            self._settle_here([row], holder)
        return len(rows)

    # --- what its owner sees and does

    def listing(self, actor: Actor, *, states: Sequence[State] = (), cursor: str = "", limit: int = 50) -> Page:
        """The rows, newest first. Raises Forbidden, Malformed."""
        _refuse_unless_owner(actor)
        purpose = f"outbox/{','.join(sorted(states))}"
        before = opened(self._secret, purpose, cursor)[0] if cursor else None
        with self._transactions.reading() as conn:
            rows = outbox.listing(conn, states, before=before, limit=limit + 1)
        shown = rows[:limit]
        more = sealed(self._secret, purpose, [shown[-1].id]) if len(rows) > limit else None
        return Page([described(row) for row in shown], more)

    def counts(self, actor: Actor) -> dict[str, int]:
        """{state: how many}. Raises Forbidden."""
        _refuse_unless_owner(actor)
        with self._transactions.reading() as conn:
            return outbox.counts(conn)

    def show(self, actor: Actor, id: int) -> dict[str, Any]:
        """One row, with what would be sent now, personal links left out. Raises Forbidden, NotFound."""
        _refuse_unless_owner(actor)
        with self._transactions.at(_ACTOR) as (moment, conn):
            row = _found(outbox.find(conn, id))
            return {**described(row), "preview": preview(moment, conn, row)}

    def resend(self, actor: Actor, id: int, *, once: Once | None = None) -> dict[str, Any]:
        """Lets a row be sent at once, whatever became of it before. Raises Forbidden, NotFound, Conflict (state), Busy."""
        return self._decide(actor, id, Verdict("waiting", "resent"), _RESENDABLE, once=once)

    def drop(self, actor: Actor, id: int, *, once: Once | None = None) -> dict[str, Any]:
        """Sees to it that a row is never sent. Raises Forbidden, NotFound, Conflict (state), Busy."""
        return self._decide(actor, id, Verdict("dropped", "dropped"), _DROPPABLE, once=once)

    def release(self, actor: Actor, *, once: Once | None = None) -> int:
        """Lets all held messages be sent; how many. Raises Forbidden, Busy."""
        return self._decide_held(actor, Verdict("waiting", "released"), once)

    def drop_held(self, actor: Actor, *, once: Once | None = None) -> int:
        """Sees to it that no held message is sent; how many. Raises Forbidden, Busy."""
        return self._decide_held(actor, Verdict("dropped", "dropped"), once)

    def tidy(self) -> None:
        """Removes what was dealt with 90 days ago. Writes."""
        before = self._transactions.clock() - _KEPT
        with self._transactions.writing() as conn:
            outbox.purge(conn, before)
            inbox.purge(conn, before)

    # --- inside

    def _settle_here(self, rows: Sequence[OutboxRow], holder: str) -> None:
        """What needs no carrier is decided and put into inboxes in one transaction."""
        if not rows:
            return
        with self._transactions.writing_at(_ACTOR) as (moment, conn):
            setting = moment.setting(conn)
            foresee(moment, [row.payload for row in rows], setting)
            for row in rows:
                done = self._prepared(moment, conn, row, setting)
                if isinstance(done, Verdict):
                    outbox.settle(conn, decided(row, done, moment.now), holder)
                elif outbox.settle(conn, decided(replace(row, tries=row.tries + 1), Verdict("sent", "sent"), moment.now), holder):
                    assert isinstance(done, ForInbox)
                    inbox.add(conn, row.key, done.user_id, row.payload, at=moment.now)

    def _carry(
        self, row: OutboxRow, carriers: Carriers, holder: str, behind: dict[str, tuple[Outcome, datetime]]
    ) -> None:
        """Prepares and carries one row. Where another has just failed on its way, this one waits with it."""
        if row.channel in behind:
            now = self._transactions.clock()
            verdict = verdict_behind(row, *behind[row.channel], now)
            waits = verdict.state == "waiting"
            self._settle(replace(row, due=verdict.due or now, error=verdict.code) if waits else decided(row, verdict, now), holder)
            return
        with self._transactions.at(_ACTOR) as (moment, conn):
            done = self._prepared(moment, conn, row, moment.setting(conn))
        if not isinstance(done, Outgoing):
            assert isinstance(done, Verdict)
            self._settle(decided(row, done, moment.now), holder)
            return
        outcome = carriers[done.sort](done)
        row, now = replace(row, tries=row.tries + 1), self._transactions.clock()
        verdict = verdict_on(row, outcome, now)
        if outcome.is_of_the_way and verdict.due is not None:
            behind[row.channel] = outcome, verdict.due
        self._settle(decided(row, verdict, now), holder)

    def _prepared(self, moment: Moment, conn: Any, row: OutboxRow, setting: Setting) -> Prepared:
        if is_broken(row):
            return Verdict("dead", "broken")
        if is_kept_back(moment, conn, row.payload):
            return Verdict("unsent", "restricted")
        if row.is_webhook:
            return prepared_webhook(moment, conn, row)
        return prepared_message(moment, conn, row, setting, link=self._link)

    def _settle(self, row: OutboxRow, holder: str) -> None:
        with self._transactions.writing() as conn:
            outbox.settle(conn, row, holder)

    def _decide(
        self, actor: Actor, id: int, verdict: Verdict, states: frozenset[State], *, once: Once | None
    ) -> dict[str, Any]:
        _refuse_unless_owner(actor)

        def attempt(moment: Moment) -> Callable[[Writing], dict[str, Any]]:
            def work(writing: Writing) -> dict[str, Any]:
                row = _found(outbox.find(writing.conn, id, lock=True))
                if row.state not in states or (row.until is not None and row.until > moment.now):
                    raise _stands_otherwise()
                after = decided(replace(row, tries=0), replace(verdict, due=moment.now), moment.now)
                outbox.decide(writing.conn, [replace(after, error="" if after.state == "waiting" else after.error)])
                return described(after)

            return work

        return self._transactions.transact(actor, attempt, once)

    def _decide_held(self, actor: Actor, verdict: Verdict, once: Once | None) -> int:
        _refuse_unless_owner(actor)

        def attempt(moment: Moment) -> Callable[[Writing], int]:
            def work(writing: Writing) -> int:
                rows = outbox.held(writing.conn, _MOST_HELD)
                done = replace(verdict, due=moment.now)
                outbox.decide(writing.conn, [decided(row, done, moment.now) for row in rows])
                return len(rows)

            return work

        return self._transactions.transact(actor, attempt, once)


def _refuse_unless_owner(actor: Actor) -> None:
    if not actor.is_owner:
        raise Forbidden("Only an owner may see what is sent.")


def _found(row: OutboxRow | None) -> OutboxRow:
    if row is None:
        raise NotFound("There is no such message.")
    return row


def _stands_otherwise() -> Conflict:
    sentence = "This message has been dealt with, or is being sent just now."
    return Conflict(sentence, problems=[Problem("", "state", sentence)])
