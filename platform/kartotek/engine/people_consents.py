"""Consents: what a person agreed to and took back, for each purpose, and whether something may be sent to her now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kartotek.engine import held
from kartotek.engine.envelopes import instant
from kartotek.engine.granting import Granting
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.people_graph import person, root_of
from kartotek.engine.transactions import Transactions
from kartotek.engine.visible import visible
from kartotek.errors import Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.problem import problem
from kartotek.model.record import Record
from kartotek.model.settings import Purpose
from kartotek.rules import decide
from kartotek.storage import consents
from kartotek.storage.consents import ConsentRow


class Consents:
    """The consents of one site. Who may change a person's record writes her answers down; who may see it sees them."""

    def __init__(self, transactions: Transactions, granting: Granting) -> None:
        self._transactions = transactions
        self._granting = granting

    def listing(self, actor: Actor, record_type: str, id: int) -> dict[str, Any]:
        """{"purposes": what stands for each now, "entries": every answer, oldest first}. Raises NotFound."""
        with self._transactions.at(actor) as (moment, conn):
            self._seen(moment, conn, record_type, id)
            return told(moment, consents.of_person(conn, record_type, id))

    def answer(self, actor: Actor, record_type: str, id: int, purpose: str, *, given: bool) -> dict[str, Any]:
        """Writes an answer down, with what was asked; the listing afterwards. Raises NotFound, Forbidden, Invalid, Busy."""

        def attempt(moment: Moment) -> Callable[[Writing], dict[str, Any]]:
            def work(writing: Writing) -> dict[str, Any]:
                self._changed(writing, record_type, id)  # first: of a purpose nobody is told who may not come here
                write(writing, (record_type, id), purpose_of(moment, purpose), given=given)
                return told(moment, consents.of_person(writing.conn, record_type, id))

            return work

        return self._transactions.transact(actor, attempt)

    def _seen(self, moment: Moment, conn: Any, record_type: str, id: int) -> Record:
        found = person(moment, conn, record_type, id)
        if not self._granting.able(moment.actor, "people") and not visible(moment, found, moment.setting(conn)):
            raise NotFound("There is no such person.")
        return found

    def _changed(self, writing: Writing, record_type: str, id: int) -> None:
        """Raises Forbidden for whoever may not change the record, and NotFound in the same words whether he may not see it or there is none."""
        if self._granting.able(writing.moment.actor, "people"):
            person(writing.moment, writing.conn, record_type, id)
            return
        try:
            compiled = writing.moment.compiled.type(record_type)
            decide.permitted(compiled.rules, "write", writing.moment.actor)
            person(writing.moment, writing.conn, record_type, id)
            record = held.readable(writing, compiled, id)
        except NotFound as hidden:
            raise NotFound("There is no such person.") from hidden
        decide.row_permitted(compiled.rules, "write", (record, record), writing.setting)


def agree(writing: Writing, record: Record, purposes: Iterable[str], *, via: str) -> None:
    """Writes down that the person whom a record is about agreed to purposes, who did so herself."""
    root = root_of(writing.moment, writing.conn, record)
    for name in purposes if root is not None else ():
        write(writing, root, purpose_of(writing.moment, name), given=True, via=via)


def write(writing: Writing, of: tuple[str, int], asked: Purpose, *, given: bool, via: str = "") -> None:
    """Writes an answer down in the transaction that is open, unless it only repeats the last one."""
    moment = writing.moment
    before = consents.last(writing.conn, *of, asked.name)
    if before is not None and before.given == given and before.said == asked.text(moment.actor.language):
        return
    consents.add(writing.conn, ConsentRow(
        type=of[0], record_id=of[1], purpose=asked.name, given=given, at=moment.now, by=max(moment.actor.id, 0),
        via=via or moment.actor.via, said=asked.text(moment.actor.language),
    ))  # fmt: skip
    if writing.doings is not None:
        action = "consent_given" if given else "consent_withdrawn"
        writing.doings.entries.append(AuditEntry(action, of[0], of[1], body={"purpose": asked.name}))


def purpose_of(moment: Moment, name: str) -> Purpose:
    """The declared purpose that waits for an answer. Raises Invalid."""
    found = next((one for one in moment.compiled.catalog.settings.purposes if one.name == name), None)
    if found is None or found.basis != "consent":
        known = [one.name for one in moment.compiled.catalog.settings.purposes if one.basis == "consent"]
        raise Invalid([problem("/purpose", "no_purpose", name=name, known=", ".join(known))])
    return found


def may_use(moment: Moment, conn: Any, record: Record, purpose: str) -> bool:
    """Whether the person whom a record is about has agreed to a purpose, where that is asked. What is about nobody is
    nobody's to refuse.
    """
    asked = next((one for one in moment.compiled.catalog.settings.purposes if one.name == purpose), None)
    root = root_of(moment, conn, record) if asked is not None and asked.basis == "consent" else None
    last = consents.last(conn, *root, purpose) if root is not None else None
    return root is None or (last is not None and last.given)


def told(moment: Moment, rows: list[ConsentRow]) -> dict[str, Any]:
    """The answers as plain JSON."""
    language = moment.actor.language
    last = {row.purpose: row for row in rows}
    purposes = [
        {
            "purpose": one.name, "title": one.title(language), "text": one.text(language), "basis": one.basis,
            "given": last[one.name].given if one.name in last else None,
            "since": instant(last[one.name].at) if one.name in last else None,
        }
        for one in moment.compiled.catalog.settings.purposes
    ]
    entries = [
        {"purpose": row.purpose, "given": row.given, "at": instant(row.at), "by": row.by, "via": row.via, "text": row.said}
        for row in rows
    ]
    return {"purposes": purposes, "entries": entries}
