"""Slots: free times for a record that is to be, over everybody and everything it would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.engine.demand import LATEST, Demand, Range
from kartotek.engine.moment import Moment
from kartotek.engine.reading import choosable, find
from kartotek.engine.searching import search
from kartotek.engine.slot_fields import MOST_CANDIDATES, askable, counts_days, field_of, is_asked_in_rows, slot_wire, tells, value_of_text
from kartotek.engine.transactions import Transactions
from kartotek.errors import Malformed, NotFound
from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.model.problem import Problem, problem
from kartotek.model.query import SlotQuery
from kartotek.model.record import Record, Row
from kartotek.rules.decide import permitted
from kartotek.rules.derive import filled

LONGEST = timedelta(days=93)
MOST_STARTS = 10_000
STEP = timedelta(minutes=15)
_DAY = timedelta(days=1)


class Slots:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def find(self, actor: Actor, record_type: str, query: SlotQuery) -> list[dict[str, Any]]:
        """[{"start", "end", "keys": {key field: value}}] of free times that a record of the type may take, the nearest first.

        None is in the past. Nothing is told of records the actor may not read, but that their times are taken.
        Raises NotFound, Forbidden, Malformed.
        """
        with self._transactions.at(actor) as (moment, conn):
            compiled = _permitted(moment, record_type)
            wanted = _range(moment, compiled, query)
            if wanted.within[1] - wanted.within[0] < wanted.duration:
                return []
            demand = _demand(moment, conn, compiled, query)
            return [slot_wire(moment, demand, one) for one in search(moment, conn, demand, wanted)]


def _permitted(moment: Moment, record_type: str) -> CompiledType:
    compiled = moment.compiled.type(record_type)
    if not moment.may(record_type, "create"):
        permitted(compiled.rules, "write", moment.actor)
    if not compiled.type.occupancy:
        raise NotFound("Records of this type take no time of anybody.")
    return compiled


def _range(moment: Moment, compiled: CompiledType, query: SlotQuery) -> Range:
    start, step = max(query.start, moment.now), query.step or STEP
    days = counts_days(compiled, compiled.type.occupancy)
    whole = query.duration % _DAY == timedelta()
    refusals = {
        "to": (
            query.start < query.end <= LATEST and query.end - query.start <= LONGEST, f"after from, at most {LONGEST.days} days"),
        "duration": (
            timedelta() < query.duration <= LONGEST and (whole or not days), "P1D, P2D …" if days else "longer than nothing"),
        "step": (
            timedelta(minutes=1) <= step <= _DAY and (query.end - query.start) / step <= MOST_STARTS,
            f"a minute to a day, and at most {MOST_STARTS} of it from from to to"),
    }
    wrong = [problem("", "parameter", name=name, expected=expected) for name, (good, expected) in refusals.items() if not good]
    if wrong:
        raise Malformed("The parameters cannot be read.", problems=wrong)
    return Range(
        within=(start, query.end), duration=query.duration, near=query.near or start, step=step,
        days=query.duration // _DAY if days else 0, limit=query.limit,
    )


def _demand(moment: Moment, conn: Any, compiled: CompiledType, query: SlotQuery) -> Demand:
    known = {name: field_of(compiled, name) for one in compiled.type.occupancy for name in one.key}
    old = find(moment, conn, compiled.type.name, query.own) if query.own is not None else None
    open_keys = {name: one for name, one in known.items() if askable(moment, compiled, name) and tells(moment, conn, old, name)}
    unknown = [name for name in (*query.keys, *query.filters) if name not in open_keys]
    if unknown:
        raise Malformed("The parameters cannot be read.", problems=[problem("", "unknown_parameter", name=one) for one in unknown])
    if old is not None and not moment.may(compiled.type.name, "write"):
        permitted(compiled.rules, "write", moment.actor)
    record, row, given = _given(moment, conn, compiled, query.given, old=old)
    keys: dict[str, Sequence[Any]] = {}
    for name, field in open_keys.items():
        kept = record.values.get(name) if name not in query.keys and name not in query.filters else None
        values = [kept] if kept is not None else _candidates(moment, conn, field, query)
        if values is not None:
            keys[name] = values
    left_out = {name for name in known if name not in keys}
    record = replace(record, values={name: value for name, value in record.values.items() if name not in left_out})
    row = Row({name: value for name, value in row.values.items() if name not in left_out}, row.id)
    return Demand(
        occupancies=tuple(replace(one, where=None) for one in compiled.type.occupancy), keys=keys, record=record, row=row,
        given=given, old=old, own=(old.type, old.id) if old is not None else None,
    )


def _given(
    moment: Moment, conn: Any, compiled: CompiledType, texts: Mapping[str, str], *, old: Record | None
) -> tuple[Record, Row, frozenset[str]]:
    """The record and the row as far as they are known beforehand, and the names of what was asked for."""
    setting = moment.setting(conn)
    values: dict[str, Any] = {}
    inner: dict[str, Any] = {}
    for name, text in texts.items():
        if not askable(moment, compiled, name, to_write=True):
            raise Malformed("The parameters cannot be read.", problems=[problem("", "unknown_parameter", name=f"given.{name}")])
        field = field_of(compiled, name)
        value = value_of_text(field, text, f"given.{name}")
        reference = field.reference
        if reference is not None and setting.related.choosable(reference.target, value) is None:
            raise Malformed("There is no such record.", problems=[problem("", "no_record")], parameter=f"given.{name}")
        (inner if is_asked_in_rows(compiled, name) else values)[name] = value
    rows = {one.rows for one in compiled.type.occupancy if one.rows}
    for name in rows:
        inner = {**compiled.rules.row_defaults.get(name, {}), **inner}
    if old is not None:
        first = next((one.values[name][0] for one in (old,) for name in rows if one.values.get(name)), Row({}))
        return replace(old, values={**old.values, **values}), Row({**first.values, **inner}, first.id), frozenset(texts)
    workflow = compiled.type.workflow
    record = Record(
        type=compiled.type.name, id=0, state=workflow.initial if workflow is not None else None, values=values,
        created_at=moment.now, created_by=moment.actor.id, updated_at=moment.now, updated_by=moment.actor.id,
    )
    return filled(compiled.rules, record, setting), Row(inner), frozenset(texts)


def _candidates(moment: Moment, conn: Any, field: Field, query: SlotQuery) -> list[Any] | None:
    """The values the key may have, as far as the actor may read them; None where it is left out."""
    texts, filter = query.keys.get(field.name), query.filters.get(field.name, "")
    if texts == ():
        return None
    chosen = [value_of_text(field, text, field.name) for text in texts] if texts is not None else None
    if field.reference is None:
        return chosen if chosen is not None else [one.value for one in field.options if not one.deprecated] or None
    target = field.reference.target
    if target not in moment.view.types:
        return []
    found = choosable(moment, conn, target, filter=filter, ids=chosen, limit=MOST_CANDIDATES + 1)
    if len(found) > MOST_CANDIDATES:
        sentence = f"More than {MOST_CANDIDATES} records may be {field.name}: name some, or narrow them by filter.{field.name}."
        raise Malformed(sentence, problems=[Problem("", "candidates", sentence, {"name": field.name, "limit": MOST_CANDIDATES})])
    ids = [one.id for one in found]
    if chosen is not None:
        ids.sort(key=chosen.index)
    return [(id,) for id in ids] if field.kind == "references" else list(ids)
