"""Transactions: run as one, run again when another stood in the way, and answered from memory when asked twice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from kartotek.engine.audit import Audit
from kartotek.engine.audit_changes import Doings
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.errors import Busy, Conflict, Invalid, KartotekError
from kartotek.model.problem import Problem
from kartotek.storage.catalogs import write_under
from kartotek.storage.database import Collision, Database, StaleCatalog
from kartotek.storage.idempotency import GONE, finish, reserve

Answer = TypeVar("Answer")
# What to do in the transaction, prepared outside of it: the write lock is then held for no longer than it must be.
Attempt = Callable[[Moment], Callable[[Writing], Answer]]
_ATTEMPTS = 6
_PAUSE = 0.01  # seconds, longer with each attempt and never the same for two who stood in each other's way


@dataclass(frozen=True, slots=True)
class Once:
    """An Idempotency-Key and the fingerprint of the request it came with."""

    key: str
    fingerprint: str


def transact(
    database: Database, begin: Callable[[int], Moment], attempt: Attempt[Answer], audit: Audit | None = None
) -> Answer:
    """What the attempt answers, committed. After a deadlock or under a new catalog all is done again, with a new moment.

    `begin` is given the number of attempts made before. What it did stands in the audit, where there is one. Raises Busy
    when even trying again does not help, Unrecorded where what it shows cannot be noted; it is then not done.
    """
    for number in range(_ATTEMPTS):
        if number:
            time.sleep(random.random() * _PAUSE * 2**number)
        moment = begin(number)
        work = attempt(moment)
        try:
            with write_under(database, moment.compiled.catalog.version) as conn:
                writing = Writing(moment, conn, moment.setting(conn, lock=True), doings=Doings())
                answer = work(writing)
                writing.finish()
                if audit is not None and writing.doings is not None:
                    audit.shown(moment.actor, moment.seen)
                    audit.append(conn, moment.actor, *writing.doings.all())
                return answer
        except (Collision, StaleCatalog):
            continue
    raise Busy("The database is busy; try again in a moment.", retry_after=1)


def keyed(once: Once | None, attempt: Attempt[Answer]) -> Attempt[Answer]:
    """The same attempt under an idempotency key: its answer, which must be plain JSON, is kept for a day and given again.

    Raises Invalid for a key that came with another request, Conflict for one whose request is still running.
    """
    if once is None:
        return attempt

    def prepare(moment: Moment) -> Callable[[Writing], Answer]:
        # An answer may hold what its reader was allowed to see then: with other rights the key is another request's.
        fingerprint = f"{once.fingerprint}/{moment.actor.standing.text}"
        prepared: list[Callable[[Writing], Answer]] = []
        # A repeated request is answered even if it would be refused today, so a refusal waits until the key was looked up.
        refusal: list[KartotekError] = []
        try:
            prepared.append(attempt(moment))
        except KartotekError as error:
            refusal.append(error)

        def work(writing: Writing) -> Answer:
            found = reserve(writing.conn, once.key, moment.actor.id, fingerprint, at=moment.now)
            if found is not None:
                replayed: Answer = _replayed(found, fingerprint)
                return replayed
            if refusal:
                raise refusal[0]
            answer = prepared[0](writing)
            # Wrapped, because None is an answer too.
            finish(writing.conn, once.key, moment.actor.id, [answer], secret=moment.compiled.has_secrets)
            return answer

        return work

    return prepare


def _replayed(found: Any, fingerprint: str) -> Any:
    if found.fingerprint != fingerprint:
        sentence = "This Idempotency-Key was used with another request."
        raise Invalid([Problem("", "idempotency_key_reused", sentence)], sentence)
    if found.answer is None:
        sentence = "A request with this Idempotency-Key is still running."
        raise Conflict(sentence, problems=[Problem("", "idempotency_key_running", sentence)])
    if found.answer == GONE:
        sentence = "This request was done; what was answered to it was erased since. Look at the records."
        raise Conflict(sentence, problems=[Problem("", "idempotency_answer_gone", sentence)])
    return found.answer[0]
