"""Inbox: the messages to one person of the site, worded under his own rights of now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kartotek.engine.cursor import opened, sealed
from kartotek.engine.envelopes import instant
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.suggestion_words import read
from kartotek.engine.titles import title_of
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.engine.visible import names_shown, reachable
from kartotek.engine.wording import foresee, record_of, said_to_reader
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.model.query import Page
from kartotek.rules.setting import Setting
from kartotek.storage import glass, inbox, suggestions, users
from kartotek.storage.connection import Connection
from kartotek.storage.inbox import InboxRow


class Inbox:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions, secret: bytes) -> None:
        self._transactions = transactions
        self._secret = secret

    def listing(self, actor: Actor, *, unread: bool = False, cursor: str = "", limit: int = 50) -> Page:
        """The actor's messages, newest first; of what he may not read (any more) there is no text. Raises Malformed."""
        purpose = f"inbox/{actor.id}/{unread}"
        before = opened(self._secret, purpose, cursor)[0] if cursor else None
        with self._transactions.at(actor) as (moment, conn):
            rows = inbox.listing(conn, actor.id, before=before, unread=unread, limit=limit + 1)
            setting = moment.setting(conn)
            foresee(moment, [row.payload for row in rows], setting)
            items = [_item(moment, row, setting) for row in rows[:limit]]
            _tell_openings(conn, rows[:limit], items)
            _tell_decisions(moment, conn, setting, told=zip(rows[:limit], items, strict=True))
        more = sealed(self._secret, purpose, [rows[limit - 1].id]) if len(rows) > limit else None
        return Page(items, more)

    def unread(self, actor: Actor) -> int:
        """How many messages the actor has not read."""
        with self._transactions.reading() as conn:
            return inbox.unread(conn, actor.id)

    def mark(self, actor: Actor, id: int | None = None, *, once: Once | None = None) -> int:
        """Marks a message as read, or all of them; how many were not yet. Raises NotFound, Busy."""

        def attempt(moment: Moment) -> Callable[[Writing], int]:
            def work(writing: Writing) -> int:
                if id is not None and not inbox.exists(writing.conn, actor.id, id):
                    raise NotFound("There is no such message.")
                return inbox.mark(writing.conn, actor.id, moment.now, id=id)

            return work

        return self._transactions.transact(actor, attempt, once)


def _tell_openings(conn: Connection, rows: Sequence[InboxRow], items: Sequence[dict[str, Any]]) -> None:
    """Adds to messages that tell of a record opened in an emergency by whom it was and until when; why, for who may know of it."""
    numbers = {row.id: row.payload["glass"] for row in rows if "glass" in row.payload}
    found = glass.find_many(conn, sorted(numbers.values()))
    people = users.find_many(conn, sorted({one.user_id for one in found.values()}))
    for item in items:
        one = found.get(numbers.get(item["id"], 0))
        if one is not None:
            by, reason = people[one.user_id].name if one.user_id in people else "", one.reason if item["record"] is not None else ""
            item["opening"] = {"by": one.user_id, "by_name": by, "reason": reason, "until": instant(one.ends_at)}


def _tell_decisions(moment: Moment, conn: Connection, setting: Setting, *, told: Iterable[tuple[InboxRow, dict[str, Any]]]) -> None:
    """Adds to messages that tell what became of a proposal what was decided, by whom, and why: that for whom all its fields are still open."""
    about = [(row.payload["suggestion"], row, item) for row, item in told if "suggestion" in row.payload and item["record"] is not None]
    found = suggestions.find_many(conn, sorted({id for id, _, _ in about})) if about else {}
    people = users.find_many(conn, sorted({one.decided_by for one in found.values() if one.decided_by is not None}))
    for id, row, item in about:
        one, record = found.get(id), record_of(moment, row.payload, setting)
        if one is not None and record is not None:
            compiled, seen = moment.type(record.type)
            names = names_shown(compiled, seen, record, setting, asked=[name for name in one.fields if name in seen.fields])
            by = people[one.decided_by].name if one.decided_by in people else ""
            reason = read(conn, one).reason if len(names) == len(one.fields) else ""
            item["decision"] = {"status": one.status, "by_name": by, "reason": reason, "fields": names}


def _item(moment: Moment, row: InboxRow, setting: Setting) -> dict[str, Any]:
    said, about = None, None
    template = moment.compiled.catalog.templates.get(row.payload["template"])
    record = record_of(moment, row.payload, setting)
    if record is not None and record.type in moment.view.types and reachable(moment, record, setting):
        about = {"type": record.type, "id": record.id, "title": title_of(moment, record, setting)}
        if template is not None and template.record == record.type:
            said = said_to_reader(moment, template, record, setting)
    return {
        "id": row.id, "at": instant(row.at), "read_at": instant(row.read_at), "record": about,
        "subject": said.subject if said else None, "text": said.text if said else None,
    }
