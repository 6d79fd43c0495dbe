"""Alternatives: what is free near a time that was refused, for the same record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.compiled import CompiledType
from kartotek.engine.demand import LATEST, Demand, Range
from kartotek.engine.moment import Moment
from kartotek.engine.reading import choosable
from kartotek.engine.refusal import Refusal
from kartotek.engine.searching import search
from kartotek.engine.slot_fields import MOST_CANDIDATES, askable, counts_days, slot_wire, tells
from kartotek.engine.supposing import several
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.process import Occupancy
from kartotek.model.record import Row
from kartotek.rules.occupancy import columns_of, fields_of

_BACK, _AHEAD = timedelta(days=3), timedelta(days=11)
_BACK_DAYS, _AHEAD_DAYS = timedelta(days=30), timedelta(days=60)
_MOST = 3
_DAY = timedelta(days=1)


def alternatives(conn: Any, refusal: Refusal) -> list[dict[str, Any]]:
    """At most three free times as Slots.find gives them; [] where the actor may not read who is taken.

    Keys that were not refused stay; those that were may be others, where they are chosen for what they can do: by a
    filter, by how much room there is, or by when they are open.
    """
    moment = refusal.moment
    compiled = moment.compiled.type(refusal.record.type)
    demand = _demand(moment, conn, compiled, refusal)
    wanted = _range(moment, compiled, refusal)
    if demand is None or wanted is None:
        return []
    return [slot_wire(moment, demand, one) for one in search(moment, conn, demand, wanted)]


def _demand(moment: Moment, conn: Any, compiled: CompiledType, refusal: Refusal) -> Demand | None:
    values = {**refusal.record.values, **(refusal.row.values if refusal.row is not None else {})}
    keys: dict[str, Sequence[Any]] = {}
    for occupancy in refusal.occupancies:
        fields = fields_of(compiled.type, occupancy)
        for name in occupancy.key:
            if not (askable(moment, compiled, name) and tells(moment, conn, refusal.record, name)):
                return None
            is_free = occupancy.name in refusal.refused and _is_means(fields[name], occupancy)
            keys[name] = _values(moment, conn, fields[name], values[name], is_free=is_free)
            if not keys[name]:
                return None
    row = refusal.row or Row({})
    return Demand(
        occupancies=tuple(replace(one, where=None) for one in refusal.occupancies), keys=keys, record=refusal.record, row=row,
        given=frozenset(refusal.record.values), old=refusal.record, beside=refusal.beside,
        own=(refusal.record.type, refusal.record.id) if refusal.stored else None,
    )


def _is_means(field: Field, occupancy: Occupancy) -> bool:
    """Whether it is chosen for what it can do."""
    filtered = field.reference is not None and field.reference.filter is not None
    return filtered or bool(occupancy.calendars) or isinstance(occupancy.capacity, Formula)


def _values(moment: Moment, conn: Any, field: Field, own: Any, *, is_free: bool) -> list[Any]:
    """The values the key may have, its own first; [] where the actor may not read that."""
    if field.reference is None:
        return [own]
    kept = several(own)
    target = field.reference.target
    if target not in moment.view.types:
        return []
    chosen = None if is_free and len(kept) == 1 else kept
    found = [one.id for one in choosable(moment, conn, target, ids=chosen, limit=MOST_CANDIDATES)]
    if not set(kept) <= set(found):
        return []
    return [own, *((id,) if isinstance(own, tuple) else id for id in found if id not in kept)]


def _range(moment: Moment, compiled: CompiledType, refusal: Refusal) -> Range | None:
    first = refusal.occupancy
    columns = columns_of(compiled.type, first)
    start, end = (
        (refusal.row.values if refusal.row is not None and name in columns else refusal.record.values)[name]
        for name in (first.start, first.end)
    )
    days, back, ahead = 0, _BACK, _AHEAD
    if counts_days(compiled, [first]):
        days, back, ahead = (end - start) // _DAY, _BACK_DAYS, _AHEAD_DAYS
        zone = ZoneInfo(moment.compiled.catalog.settings.timezone)
        start, end = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (start, end))
    if not moment.now - ahead < start <= end < LATEST:
        return None
    since = max(start - back, moment.now)
    if since + (end - start) >= start + ahead:
        return None
    return Range(within=(since, start + ahead), duration=end - start, near=start, days=days, limit=_MOST)
