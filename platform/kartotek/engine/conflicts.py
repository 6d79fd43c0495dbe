"""Conflicts: the records that break a rule because something else has changed, for those who may know of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kartotek.engine.cursor import opened, sealed
from kartotek.engine.envelopes import instant
from kartotek.engine.moment import Moment
from kartotek.engine.reading import find
from kartotek.engine.titles import titles
from kartotek.engine.transactions import Transactions
from kartotek.engine.visible import names_shown
from kartotek.model.actor import Actor
from kartotek.model.catalog import Validation
from kartotek.model.query import Page
from kartotek.rules.setting import Setting
from kartotek.storage.conflicts import ConflictRow, newest, of_record

_BATCH = 200
_MOST = 500  # counted: who has more is told so many


class Conflicts:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions, secret: bytes) -> None:
        self._transactions = transactions
        self._secret = secret

    def list(self, actor: Actor, record_type: str = "", *, cursor: str = "", limit: int = 50) -> Page:
        """[{"type", "id", "title", "validation", "sentence", "field", "since"}], newest first.

        Raises NotFound for a type that is hidden, Malformed for a cursor of another question.
        """
        purpose = f"conflicts/{record_type}"
        before = opened(self._secret, purpose, cursor)[0] if cursor else None
        found: list[tuple[ConflictRow, dict[str, Any]]] = []
        with self._transactions.at(actor) as (moment, conn):
            if record_type:
                moment.type(record_type)
            while len(found) <= limit:
                rows = newest(conn, _types(moment, record_type), before=before, limit=_BATCH)
                found += _shown(moment, conn, rows)
                if len(rows) < _BATCH:
                    break
                before = rows[-1].id
        items = [item for _, item in found[:limit]]
        return Page(items, sealed(self._secret, purpose, [found[limit - 1][0].id]) if len(found) > limit else None)

    def of_record(self, actor: Actor, record_type: str, id: int) -> Sequence[dict[str, Any]]:
        """[{"validation", "sentence", "field", "since"}] of a record that the actor can read. Raises NotFound."""
        moment = self._transactions.begin(actor)
        if not moment.compiled.watches.rules.get(record_type):
            return []
        with self._transactions.at(actor) as (moment, conn):
            find(moment, conn, record_type, id)
            rows = of_record(conn, record_type, id)
            return [_told(moment, one, rule) for one, rule in _ruled(moment, rows, moment.setting(conn))]

    def count(self, actor: Actor) -> int:
        """How many there are for this actor, up to a number that says: many."""
        with self._transactions.at(actor) as (moment, conn):
            rows = newest(conn, _types(moment), limit=_MOST)
            if not rows or all(moment.view.of(one.type).rows is True for one in rows):
                return sum(1 for _ in _ruled(moment, rows, moment.setting(conn)))
            return len(list(_shown(moment, conn, rows)))


def _types(moment: Moment, record_type: str = "") -> list[str]:
    """The types whose conflicts are asked for, as far as the actor may read any of their records."""
    rules = moment.compiled.watches.rules
    return [name for name in rules if name in moment.view.types and record_type in ("", name)]


def _shown(moment: Moment, conn: Any, rows: Iterable[ConflictRow]) -> Iterable[tuple[ConflictRow, dict[str, Any]]]:
    setting = moment.setting(conn)
    ruled = _ruled(moment, rows, setting)
    named = {
        name: titles(moment, name, {one.record_id for one, _ in ruled if one.type == name}, setting)
        for name in dict.fromkeys(one.type for one, _ in ruled)
    }
    for one, rule in ruled:
        if one.record_id in named[one.type]:
            yield one, {
                "type": one.type, "id": one.record_id, "title": named[one.type][one.record_id],
                **_told(moment, one, rule),
            }


def _told(moment: Moment, row: ConflictRow, rule: Validation) -> dict[str, Any]:
    sentence = rule.sentence(moment.actor.language)
    return {"validation": row.validation, "sentence": sentence, "field": rule.field, "since": instant(row.since)}


def _ruled(moment: Moment, rows: Iterable[ConflictRow], setting: Setting) -> list[tuple[ConflictRow, Validation]]:
    """Those with a rule that still is one, and is about nothing that is hidden from the actor in that record."""
    found = [(one, rule) for one in rows if (rule := _rule(moment, one)) is not None]
    partly = [one for one, rule in found if rule.field and moment.view.of(one.type).fields[rule.field] is not True]
    for name in dict.fromkeys(one.type for one in partly):
        setting.related.fetch(name, {one.record_id for one in partly if one.type == name})
    return [(one, rule) for one, rule in found if one not in partly or _is_shown(moment, one, rule, setting)]


def _is_shown(moment: Moment, row: ConflictRow, rule: Validation, setting: Setting) -> bool:
    compiled, seen = moment.type(row.type)
    record = setting.related.chosen(row.type, row.record_id)
    return record is not None and bool(names_shown(compiled, seen, record, setting, asked=[rule.field]))


def _rule(moment: Moment, row: ConflictRow) -> Validation | None:
    """The rule, if it still is one and is about nothing that is hidden from the actor everywhere."""
    rules = moment.compiled.watches.rules.get(row.type, ())
    found = next((one for one in rules if one.name == row.validation), None)
    seen = moment.view.of(row.type).fields
    return found if found is not None and (not found.field or found.field in seen) else None
