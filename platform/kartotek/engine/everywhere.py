"""Everywhere: one text looked for in all types that the actor may read, a few of each."""

from __future__ import annotations

from typing import Any

from kartotek.engine.moment import Moment
from kartotek.engine.reading import page
from kartotek.engine.titles import titles
from kartotek.engine.transactions import Transactions
from kartotek.model.actor import Actor
from kartotek.model.query import Query

_MOST = 20


class Everywhere:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def search(self, actor: Actor, text: str, *, limit: int = 5) -> list[dict[str, Any]]:
        """[{"type", "title", "items": [{"id", "title"}], "more"}] of the types in which something is found; a blank text finds nothing."""
        if not text.strip():
            return []
        with self._transactions.at(actor) as (moment, conn):
            names = [name for name, one in moment.compiled.types.items() if one.searched and _is_asked(moment, name)]
            groups = [_group(moment, conn, name, Query(search=text, limit=max(1, min(limit, _MOST)), fields=())) for name in names]
        return [one for one in groups if one["items"]]


def _is_asked(moment: Moment, record_type: str) -> bool:
    seen = moment.view.of(record_type)
    return bool(seen.rows) and any(seen.fields.get(name) is True for name in moment.compiled.type(record_type).searched_names)


def _group(moment: Moment, conn: Any, record_type: str, query: Query) -> dict[str, Any]:
    # What is found in several types is not gone on with, so its cursor is for nobody.
    found = page(moment, conn, record_type, query, secret=b"")
    ids = [one["id"] for one in found.items]
    named = titles(moment, record_type, ids, moment.setting(conn)) if ids else {}
    return {
        "type": record_type, "title": moment.compiled.type(record_type).type.plural_label(moment.actor.language),
        "items": [{"id": id, "title": named[id]} for id in ids if id in named], "more": found.next is not None,
    }
