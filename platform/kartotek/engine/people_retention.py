"""Retention: records whose time is over end by themselves, once somebody has looked at how many that would be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.compiled import CompiledType
from kartotek.engine.envelopes import instant
from kartotek.engine.granting import Granting
from kartotek.engine.moment import Moment
from kartotek.engine.people_erasing import Erasing
from kartotek.engine.people_fates import fates, held
from kartotek.engine.people_graph import stored_of
from kartotek.engine.people_values import Personal
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, NotFound
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.people import Retention
from kartotek.storage import retentions
from kartotek.storage.retentions import RetentionRow

_ACTOR = Actor.system("retention")
_BATCH = 200
_AT_ONCE = 50  # records that end in one run of the background work


class Ending:
    """What is due is counted first, and told; from when somebody has confirmed it on, it happens as it is declared."""

    def __init__(self, transactions: Transactions, granting: Granting, erasing: Erasing) -> None:
        self._transactions = transactions
        self._granting = granting
        self._erasing = erasing

    def listing(self, actor: Actor) -> list[dict[str, Any]]:
        """Of each type whose records end with time: what is declared, how many are due, whether it was confirmed. Raises NotFound."""
        self._granting.refuse_unable(actor, "people")
        with self._transactions.at(actor) as (moment, conn):
            rows = retentions.everyone(conn)
            return [_told(actor, one, rows.get(one.name)) for one in _declared(moment)]

    def count(self, actor: Actor, record_type: str) -> dict[str, Any]:
        """The dry run of one type: {"due", "held", …}, written down. Raises NotFound, Busy."""
        self._granting.refuse_unable(actor, "people")
        with self._transactions.writing_at(actor) as (moment, conn):
            declared = _of(moment, record_type)
            row = _counted(moment, conn, declared)
            retentions.put(conn, row)
            return _told(actor, declared, row)

    def confirm(self, actor: Actor, record_type: str, due: int) -> dict[str, Any]:
        """Lets it begin, for who has read that so many are due. Raises NotFound, Conflict where other numbers were found since."""
        self._granting.refuse_unable(actor, "people")
        with self._transactions.writing_at(actor) as (moment, conn):
            declared = _of(moment, record_type)
            row = retentions.everyone(conn).get(record_type)
            if row is None or row.signature != signature(declared) or row.due != due:
                raise Conflict("What is declared, or what was found, is not what you have read: count again.")
            row = replace(row, confirmed_at=moment.now, confirmed_by=actor.id)
            retentions.put(conn, row)
            return _told(actor, declared, row)

    def run(self) -> int:
        """A little of what is due and confirmed; counts what is not. How many records ended. For the background work."""
        ended = 0
        with self._transactions.at(_ACTOR) as (moment, conn):
            declared, rows = _declared(moment), retentions.everyone(conn)
        for one in declared:
            row = rows.get(one.name)
            if row is None or row.signature != signature(one):
                with self._transactions.writing_at(_ACTOR) as (now, writing):
                    retentions.put(writing, _counted(now, writing, one))
            elif row.confirmed_at is not None:
                ended += self._end(one, row)
        self._forget({one.name for one in declared}, rows)
        return ended

    def _end(self, declared: RecordType, row: RetentionRow) -> int:
        with self._transactions.at(_ACTOR) as (moment, conn):
            ids = [id for id, is_held in _due(moment, conn, moment.compiled.type(declared.name)) if not is_held][:_AT_ONCE]
        done = 0
        for id in ids:
            try:
                if declared.subject == "":
                    self._erasing.erase(_ACTOR, declared.name, id, basis="retention")
                else:
                    self._erasing.end(_ACTOR, {declared.name: [id]})
            except (Conflict, NotFound):
                continue  # it must stay, or is gone
            done += 1
        if done:
            with self._transactions.writing_at(_ACTOR) as (moment, conn):
                now = retentions.everyone(conn).get(declared.name, row)
                retentions.put(conn, replace(now, done=now.done + done, done_at=moment.now))
        return done

    def _forget(self, declared: set[str], rows: dict[str, RetentionRow]) -> None:
        gone = rows.keys() - declared
        if gone:
            with self._transactions.writing() as conn:
                for name in sorted(gone):
                    retentions.forget(conn, name)


def signature(declared: RecordType) -> str:
    """A text that differs where other records would end, or end otherwise."""
    kept = declared.retention or Retention()
    said = (kept.fate, kept.after, kept.since, kept.keep.source if kept.keep is not None else "", declared.subject)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def _declared(moment: Moment) -> list[RecordType]:
    return [one for one in moment.compiled.catalog.types.values() if one.retention is not None and one.retention.after is not None]


def _of(moment: Moment, record_type: str) -> RecordType:
    found = next((one for one in _declared(moment) if one.name == record_type), None)
    if found is None:
        raise NotFound("Records of this type do not end with time.")
    return found


def _counted(moment: Moment, conn: Any, declared: RecordType) -> RetentionRow:
    found = list(_due(moment, conn, moment.compiled.type(declared.name)))
    return RetentionRow(
        type=declared.name, signature=signature(declared), at=moment.now, due=len(found), held=sum(is_held for _, is_held in found),
    )


def _due(moment: Moment, conn: Any, compiled: CompiledType) -> Iterator[tuple[int, bool]]:
    """(id, whether it must stay) of the records whose time is over, in order; those of which nothing personal is left are done."""
    declared = compiled.type.retention
    assert declared is not None and declared.after is not None
    column = compiled.type.by_name[declared.since].column if declared.since else "created_at"
    until: Any = _until(moment, declared, is_date=bool(declared.since) and compiled.type.by_name[declared.since].kind == "date")
    personal = Personal(moment.compiled.catalog.types) if declared.fate == "anonymise" else None
    setting, after = moment.setting(conn), 0
    while ids := retentions.ended(conn, compiled.layout, column, until, after=after, limit=_BATCH):
        after = ids[-1]
        records = [compiled.codec.record(one) for one in stored_of(compiled, conn, ids).values()]
        stays = held(moment, records, declared, setting)
        for one in records:
            if personal is None or personal.left(compiled, one.values):
                yield one.id, one.id in stays or (compiled.type.subject == "" and bool(fates(moment, conn, {compiled.type.name: [one.id]}).held))


def _until(moment: Moment, declared: Retention, *, is_date: bool) -> date | datetime:
    assert declared.after is not None
    zone = ZoneInfo(moment.compiled.catalog.settings.timezone)
    here = moment.now.astimezone(zone)
    day = declared.after.before(here.date())
    return day if is_date else datetime.combine(day, time(here.hour, here.minute, here.second), zone)


def _told(actor: Actor, declared: RecordType, row: RetentionRow | None) -> dict[str, Any]:
    kept = declared.retention or Retention()
    stands = row is not None and row.signature == signature(declared)
    told: dict[str, Any] = {
        "type": declared.name, "title": declared.plural_label(actor.language), "do": kept.fate, "from": kept.since or None,
        "after": [kept.after.years, kept.after.months, kept.after.days] if kept.after is not None else None,
        "keep": kept.keep.source if kept.keep is not None else None, "counted_at": None, "due": None, "held": None,
        "confirmed_at": None, "confirmed_by": None, "done": row.done if row is not None else 0,
    }
    if row is not None and stands:
        told |= {"counted_at": instant(row.at), "due": row.due, "held": row.held, "confirmed_by": row.confirmed_by}
        told["confirmed_at"] = instant(row.confirmed_at) if row.confirmed_at is not None else None
    return told
