"""Suggestions: values that somebody may propose and not set himself; they become a change by whoever may set them, or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.engine import held, suggestions_seen, writing
from kartotek.engine.compiled import CompiledType
from kartotek.engine.cursor import opened, sealed
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.suggestion_words import Words, kept, read
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditAction, AuditEntry
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.query import Page
from kartotek.model.record import Record
from kartotek.rules.access import proposable
from kartotek.rules.decide import allows
from kartotek.rules.granting import in_scope
from kartotek.storage import inbox, suggestions
from kartotek.storage.suggestions import SuggestionRow

LONGEST_COMMENT = 500
_MOST_OPEN = 20  # of one person, for one record


class Suggestions:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions, secret: bytes) -> None:
        self._transactions = transactions
        self._secret = secret

    def proposable(self, actor: Actor, record_type: str, id: int) -> frozenset[str]:
        """The fields of this record of which he may propose a value and which he may not set. Raises NotFound."""
        with self._transactions.at(actor) as (moment, conn):
            return suggestions_seen.proposable_in(moment, conn, record_type, id)

    def suggest(
        self, actor: Actor, record_type: str, id: int, fields: Mapping[str, Any], *,
        unset: Sequence[str] = (), comment: str = "", once: Once | None = None,
    ) -> dict[str, Any]:
        """{"id"}: waits for somebody who may set the values. Raises NotFound, Invalid, Busy."""

        def attempt(moment: Moment) -> Callable[[Writing], dict[str, Any]]:
            compiled, _ = moment.type(record_type)

            def work(open: Writing) -> dict[str, Any]:
                record = held.readable(open, compiled, id)
                words = _judged(open, compiled, record, wanted=(fields, unset), comment=comment)
                return {"id": self._keep(open, compiled, record, words)}

            return work

        return self._transactions.transact(actor, attempt, once)

    def listing(
        self, actor: Actor, *, record_type: str = "", record_id: int | None = None, cursor: str = "", limit: int = 50
    ) -> Page:
        """Those that he made or may decide, as far as he may read what they are about, newest first. Raises Malformed."""
        purpose = f"suggestions/{actor.id}/{record_type}/{record_id}"
        before = opened(self._secret, purpose, cursor)[0] if cursor else None
        with self._transactions.at(actor) as (moment, conn):
            items, last = suggestions_seen.listed(moment, conn, (record_type, record_id), before=before, limit=limit)
        return Page(items, sealed(self._secret, purpose, [last]) if last is not None else None)

    def accept(self, actor: Actor, id: int, *, once: Once | None = None) -> None:
        """Sets the values in his own name, by all the rules of a change.

        Raises NotFound, Forbidden, Invalid, Conflict (decided, changed meanwhile, unique …), Busy.
        """

        def decide(open: Writing, compiled: CompiledType, row: SuggestionRow) -> None:
            words = read(open.conn, row)
            before = held.readable(open, compiled, row.record_id)
            current = compiled.codec.wire(before.values, row.fields)
            if {name: current[name] for name in row.fields if name in current} != words.was or not (words.now or words.unset):
                raise _moved()
            input = writing.asked_of(open.moment, row.type, words.now, words.unset, creating=False)
            noted = replace(open, note={**open.note, "suggested_by": row.by})
            writing.update(noted, row.type, row.record_id, input, version=before.version)
            self._end(open, compiled, row, "accepted")

        self._decide(actor, id, decide, once)

    def refuse(self, actor: Actor, id: int, *, reason: str = "", once: Once | None = None) -> None:
        """Leaves the record as it is and tells who proposed it. Raises NotFound, Forbidden, Invalid, Conflict, Busy."""

        def decide(open: Writing, compiled: CompiledType, row: SuggestionRow) -> None:
            record = held.readable(open, compiled, row.record_id)
            if not suggestions_seen.may_set(open.moment, compiled, record, open.setting, names=row.fields):
                raise Forbidden("You may not decide this.", problems=[problem("", "row_forbidden")])
            self._end(open, compiled, row, "refused", reason=_short(reason, "/reason"))

        self._decide(actor, id, decide, once)

    def withdraw(self, actor: Actor, id: int) -> None:
        """Takes one's own back. Raises NotFound, Forbidden (a token that only reads), Conflict, Busy."""

        def decide(open: Writing, compiled: CompiledType, row: SuggestionRow) -> None:
            if row.by != open.moment.actor.id:
                raise NotFound("There is no such suggestion.")
            if not in_scope(open.moment.actor, compiled.type, "write"):
                raise Forbidden("You may not decide this.", problems=[problem("", "row_forbidden")])
            self._end(open, compiled, row, "withdrawn")

        self._decide(actor, id, decide, None)

    def _decide(self, actor: Actor, id: int, decide: Callable[[Writing, CompiledType, SuggestionRow], None], once: Once | None) -> None:
        def attempt(moment: Moment) -> Callable[[Writing], None]:
            def work(open: Writing) -> None:
                row = suggestions.find(open.conn, id)
                if row is None or row.type not in moment.view.types:
                    raise NotFound("There is no such suggestion.")
                compiled = moment.compiled.type(row.type)
                record = held.live(open, compiled, row.record_id)
                if record is None or not suggestions_seen.concerns(open.moment, compiled, record, open.setting, row=row):
                    raise NotFound("There is no such suggestion.")
                if row.status != "open":
                    sentence = "This has been decided already."
                    raise Conflict(sentence, problems=[Problem("", "suggestion_decided", sentence)])
                decide(open, compiled, row)

            return work

        self._transactions.transact(actor, attempt, once)

    def _keep(self, open: Writing, compiled: CompiledType, record: Record, words: Words) -> int:
        actor, now = open.moment.actor, open.moment.now
        names = tuple(sorted({*words.now, *words.unset}))
        mine = [
            one for one in suggestions.still_open(open.conn, record_type=record.type, record_id=record.id, limit=500) if one.by == actor.id
        ]
        for one in mine:
            if set(one.fields) <= set(names):  # he thought again
                self._end(open, compiled, one, "withdrawn")
        if len(mine) >= _MOST_OPEN:
            raise Invalid([problem("", "suggestions_many", limit=_MOST_OPEN)])
        bare = SuggestionRow(
            key=secrets.token_hex(12), type=record.type, record_id=record.id, fields=names, sealed="", by=actor.id, at=now
        )
        row = suggestions.add(open.conn, kept(open.conn, compiled.layout, bare, words))
        _tell_audit(open, row, "suggestion_made")
        return row.id

    def _end(self, open: Writing, compiled: CompiledType, row: SuggestionRow, status: str, *, reason: str = "") -> None:
        """What was proposed is not kept longer than it waits; the words of the answer are."""
        moment = open.moment
        told = kept(open.conn, compiled.layout, row, Words({}, {}, (), "", reason)).sealed
        if not suggestions.decide(open.conn, row.id, status, by=moment.actor.id, at=moment.now, sealed=told):
            raise Conflict("This has been decided already.", problems=[Problem("", "suggestion_decided", "This has been decided already.")])
        if status != "withdrawn" and row.by != moment.actor.id:
            payload = {"template": "", "type": row.type, "id": row.record_id, "suggestion": row.id}
            inbox.add(open.conn, f"suggestion/{row.id}", row.by, payload, at=moment.now)
        _tell_audit(open, row, _ACTIONS[status])


_ACTIONS: Mapping[str, AuditAction] = {
    "accepted": "suggestion_accepted", "refused": "suggestion_refused", "withdrawn": "suggestion_withdrawn",
}


def _judged(
    open: Writing, compiled: CompiledType, record: Record, *, wanted: tuple[Mapping[str, Any], Sequence[str]], comment: str
) -> Words:
    """What is to be proposed. Raises Invalid with all that is wrong with it."""
    fields, unset = wanted
    seen, granted = open.moment.view.of(record.type).fields, proposable(open.moment.actor, compiled.type)
    problems: list[Problem] = []
    for name in dict.fromkeys([*fields, *unset]):
        if name not in seen:
            problems.append(problem(pointer("fields", name), "unknown_field", name=name))
        elif not allows(compiled.rules, granted.get(name, ()), (record, None), open.setting):
            problems.append(problem(pointer("fields", name), "forbidden_value", name=name))
    values, found = compiled.merge({name: value for name, value in fields.items() if name in granted and name in seen})
    problems += [one.under("/fields") for one in found]
    said = _short(comment, "/comment")
    if problems:
        raise Invalid(problems)
    return _different(compiled, record, fields=fields, unset=unset, values=values, comment=said)


def _different(
    compiled: CompiledType, record: Record, *, fields: Mapping[str, Any], unset: Sequence[str], values: Mapping[str, Any], comment: str
) -> Words:
    names = {*fields, *unset}
    was = compiled.codec.wire(record.values, [one.name for one in compiled.type.fields if one.name in names])
    wanted = compiled.codec.wire({name: one for name, one in values.items() if one is not MISSING and name not in unset})
    now = {name: wire for name, wire in wanted.items() if was.get(name) != wire}
    gone = tuple(name for name in (*unset, *(one for one in fields if one not in wanted)) if name in was)
    if not now and not gone:
        raise Invalid([problem("", "nothing_changed")])
    return Words({name: was[name] for name in (*now, *gone) if name in was}, now, gone, comment)


def _short(text: str, path: str) -> str:
    said = text.strip()
    if len(said) > LONGEST_COMMENT:
        raise Invalid([problem(path, "max_length", limit=LONGEST_COMMENT)])
    if "\0" in said or any(0xD800 <= ord(one) <= 0xDFFF for one in said):
        raise Invalid([problem(path, "text_nul")])
    return said


def _moved() -> Conflict:
    sentence = "The value has been changed since this was proposed: refuse it, or have it proposed again."
    return Conflict(sentence, problems=[Problem("", "suggestion_moved", sentence)])


def _tell_audit(open: Writing, row: SuggestionRow, action: AuditAction) -> None:
    if open.doings is not None:
        open.doings.entries.append(AuditEntry(action, row.type, row.record_id, row.fields, {"suggestion": row.id}))
