"""Breaches: the records that break rules which are younger than they are, for those who may know of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kartotek.engine import reading
from kartotek.engine.breach_names import known, label, readers, shown
from kartotek.engine.moment import Moment
from kartotek.engine.ratchets import broken, ratchet
from kartotek.engine.transactions import Transactions
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.storage import breaches
from kartotek.storage.connection import Connection

Told = dict[str, Any]


class Breaches:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def counted(self, actor: Actor, record_type: str = "") -> list[Told]:
        """[{"type", "name", "title", "records"}] of what records break that the actor may read. Raises NotFound."""
        now = self._transactions.begin(actor)
        if record_type:
            now.type(record_type)
        if not now.compiled.catalog.ratcheted:
            return []
        with self._transactions.at(actor) as (moment, conn):
            types = [one for one in moment.compiled.catalog.ratcheted if one in moment.view.types and record_type in ("", one)]
            counts = breaches.counts(conn, types)
            return [told for name in types for told in _counted(moment, conn, name, counts)]

    def of_record(self, actor: Actor, record_type: str, id: int) -> list[Told]:
        """[{"name", "path", "code", "message", "params"}] of what the record goes on to break. Raises NotFound.

        No query for a type of which no rule is younger than its records.
        """
        if not self._transactions.begin(actor).compiled.catalog.ratcheted.get(record_type):
            return []
        with self._transactions.at(actor) as (moment, conn):
            compiled, _ = moment.type(record_type)
            judged = ratchet(moment.compiled, record_type)
            listed = breaches.of_records(conn, record_type, [id])
            record = reading.find(moment, conn, record_type, id) if listed and judged is not None else None
            if record is None or judged is None:
                return []
            setting = moment.setting(conn)
            found = broken(compiled, judged, [record], setting)[id]
            standing = {name: one for name, one in found.items() if (id, name) in listed}
            told = shown(moment, record, standing, setting)
            return [{"name": name, **one.wire()} for name, one in told.items()]


def _counted(moment: Moment, conn: Connection, record_type: str, counts: Mapping[tuple[str, str], int]) -> Iterable[Told]:
    compiled, seen = moment.type(record_type)
    language = moment.actor.language
    for name in known(moment, compiled.type):
        if (record_type, name) not in counts:
            continue
        records = counts[record_type, name]
        if seen.rows is not True or readers(moment.view, compiled.type, name) is not True:
            records = reading.page(moment, conn, record_type, Query(broken=(name,), count=True, limit=1), secret=b"").count or 0
        if records:
            yield {"type": record_type, "name": name, "title": label(compiled.type, name, language), "records": records}
