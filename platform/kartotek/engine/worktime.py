"""Work time: the hours by which a clock runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kartotek.engine.moment import Moment
from kartotek.rules.derive import lived
from kartotek.rules.open_hours import Hours, hours_of
from kartotek.storage.records import load_many
from kartotek.storage.referring import ids_after

_BATCH = 500


def hours(moment: Moment, conn: Any, types: Sequence[str]) -> tuple[Hours, ...]:
    """What the live records of these calendar types say."""
    return tuple(one for name in types for one in _of_type(moment, conn, name))


def _of_type(moment: Moment, conn: Any, name: str) -> list[Hours]:
    compiled = moment.compiled.type(name)
    calendar = compiled.type.calendar
    if calendar is None:
        return []
    of = compiled.type.by_name[calendar.of].reference if calendar.of else None
    setting = moment.setting(conn)
    found: list[Hours] = []
    last = 0
    while ids := ids_after(conn, compiled.layout, last, _BATCH):
        for stored in load_many(conn, compiled.layout, ids).values():
            record = lived(compiled.rules, compiled.codec.record(stored), setting)
            holds = calendar.where is None or compiled.rules.holds(calendar.where, setting.about(record, None))
            if record.deleted_at is None and holds:
                found.append(hours_of(calendar, record, of.target if of else ""))
        last = ids[-1]
    return found
