"""Occupancy: which times a record takes of whom, and where that is more than there is room for. Half-open, to the microsecond."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from itertools import accumulate, product
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.problem import pointer
from kartotek.model.process import Occupancy
from kartotek.model.record import Record, Row
from kartotek.rules.open_hours import Span, instant_at
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting

# What formulas say is bounded, so that sums fit the database and instants the calendar.
_LARGEST = 1_000_000_000
_LONGEST = timedelta(days=366)
_NOTHING = timedelta()
_LONGEST_KEY = 200


class Timed(Protocol):
    """Whatever takes so much from one instant to another."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...

    @property
    def weight(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """A time taken of a key: `key` is the JSON of its values, `start` and `end` are UTC with buffers."""

    space: str
    key: str
    start: datetime
    end: datetime
    weight: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A time that a record takes. `values` are those of the key fields, `index` is the row's, None for the record itself."""

    taken: Taken
    occupancy: Occupancy
    capacity: int
    values: Mapping[str, Any]
    index: int | None = None
    row: Row | None = None

    def path(self, record_type: RecordType) -> str:
        """The JSON Pointer of its first key field."""
        name = self.occupancy.key[0]
        if self.index is not None and name in columns_of(record_type, self.occupancy):
            return pointer("fields", self.occupancy.rows, self.index, name)
        return pointer("fields", name)


@dataclass(frozen=True, slots=True)
class Measure:
    """What the formulas of an occupancy say in one setting."""

    before: timedelta
    after: timedelta
    weight: int
    capacity: int


def space_of(record_type: RecordType, occupancy: Occupancy) -> str:
    """The name under which times exclude each other; a declared one has no colon."""
    return occupancy.space or f"{record_type.name}:{occupancy.name}"


def columns_of(record_type: RecordType, occupancy: Occupancy) -> Mapping[str, Field]:
    """{name: field} of the rows that occupy; {} where it is the record."""
    rows = record_type.by_name.get(occupancy.rows) if occupancy.rows else None
    return {one.name: one for one in rows.fields} if rows is not None else {}


def fields_of(record_type: RecordType, occupancy: Occupancy) -> Mapping[str, Field]:
    """{name: field} of all that its names may mean: those of the row before those of the record."""
    return {**record_type.by_name, **columns_of(record_type, occupancy)}


def formulas_of(occupancy: Occupancy) -> tuple[Formula, ...]:
    """Those it has."""
    named = (occupancy.before, occupancy.after, occupancy.capacity, occupancy.weight, occupancy.where)
    return tuple(one for one in named if isinstance(one, Formula))


def reads(occupancy: Occupancy) -> frozenset[str] | None:
    """The record's own fields it depends on, sub-tables as a whole; None where it depends on more than fields."""
    names = {*occupancy.key, occupancy.start, occupancy.end, occupancy.rows}
    for path in (path for formula in formulas_of(occupancy) for path in formula.paths):
        if path[0] == "record" and len(path) > 1:
            names.add(path[1])
        elif path[0] not in ("record", "row"):
            return None
    return frozenset(names - {""})


def claims(
    rules: Ruleset, record: Record, setting: Setting, occupancies: Iterable[Occupancy] | None = None
) -> list[Claim]:
    """All times that the record takes. `record` carries its live values, and the setting is about it.

    `occupancies` are the type's own, or what is left of them for a purpose.
    """
    found: list[Claim] = []
    for occupancy in rules.type.occupancy if occupancies is None else occupancies:
        for index, row in _places(occupancy, record):
            about = setting.also(row=row) if row is not None else setting
            if occupancy.where is None or rules.holds(occupancy.where, about):
                found += _claimed(rules, occupancy, (record, row, index), about)
    return found


def measured(rules: Ruleset, occupancy: Occupancy, setting: Setting) -> Measure:
    """What its formulas come to. What is unknown is the usual: no buffer, a weight of 1, room for 1."""
    return Measure(
        _length(rules, occupancy.before, setting), _length(rules, occupancy.after, setting),
        _number(rules, occupancy.weight, setting), _number(rules, occupancy.capacity, setting),
    )


def keys_of(values: Iterable[Any]) -> list[str]:
    """The keys that the values of the key fields stand for: one for each combination of what lists hold; [] where one is absent."""
    several = [one if isinstance(one, tuple) else () if one is None else (one,) for one in values]
    return [key_text(each) for each in product(*several)]


def key_text(values: Sequence[Any]) -> str:
    """One key as text, a long one as its digest: a database indexes no long texts."""
    text = json.dumps(list(values), ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_KEY else sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def overfull(mine: Sequence[Claim], held: Sequence[Timed], others: Sequence[Timed]) -> Span | None:
    """When the times of one key are more than its room, for the sake of `mine`; None where they fit.

    `held` are the record's own times until now: more than there is room for may stay as it was, but may not grow. The span
    is the first in which there is no room for what is wanted then, as far as `others` tell.
    """
    room = min(one.capacity for one in mine)
    wanted = [one.taken for one in mine]
    edges = sorted({edge for one in (*wanted, *held, *others) for edge in (one.start, one.end)})
    new, old, other = loads(edges, wanted), loads(edges, held), loads(edges, others)
    for at in range(len(edges) - 1):
        if new[at] > old[at] and new[at] + other[at] > room:
            return _around(edges, [0 < each and each + new[at] > room for each in other], at)
    return None


def loads(edges: Sequence[datetime], times: Iterable[Timed]) -> list[int]:
    """The summed weight of the times from each edge to the next; the edges are sorted and hold those of the times."""
    steps = dict.fromkeys(edges, 0)
    for one in times:
        steps[one.start] += one.weight
        steps[one.end] -= one.weight
    return list(accumulate(steps.values()))


def _around(edges: Sequence[datetime], full: Sequence[bool], at: int) -> Span:
    first = last = at
    while full[at] and first > 0 and full[first - 1]:
        first -= 1
    while full[at] and full[last + 1]:
        last += 1
    return edges[first], edges[last + 1]


def times_of(start: Any, end: Any, setting: Setting) -> Span | None:
    """The span between two instants, or two dates as the first instants of those days; None where there is none."""
    if start is None or end is None:
        return None
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        zone = setting.env["now"].tzinfo
        start, end = (_first_instant(one, zone) for one in (start, end))
    return (start, end) if start < end else None


def _first_instant(value: Any, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        return value
    # A day of margin: the first and the last day of the calendar have no local time in every zone.
    return instant_at(min(max(value, date.min + timedelta(days=2)), date.max - timedelta(days=2)), time(), zone)


def widened(span: Span, before: timedelta, after: timedelta) -> Span:
    """The span with buffers, as far as the calendar goes."""
    first, last = span[0].replace(tzinfo=None), span[1].replace(tzinfo=None)
    before, after = min(before, first - datetime.min), min(after, datetime.max - last)
    return span[0] - before, span[1] + after


def _places(occupancy: Occupancy, record: Record) -> Iterator[tuple[int | None, Row | None]]:
    if not occupancy.rows:
        yield None, None
        return
    yield from enumerate(record.values.get(occupancy.rows) or ())


def _claimed(
    rules: Ruleset, occupancy: Occupancy, place: tuple[Record, Row | None, int | None], setting: Setting
) -> Iterator[Claim]:
    record, row, index = place
    columns = columns_of(rules.type, occupancy)

    def value(name: str) -> Any:
        return (row.values if row is not None and name in columns else record.values).get(name)

    span = times_of(value(occupancy.start), value(occupancy.end), setting)
    values = {name: value(name) for name in occupancy.key}
    keys = keys_of(values.values())
    if span is None or not keys:
        return
    measure = measured(rules, occupancy, setting)
    start, end = widened(span, measure.before, measure.after)
    if measure.weight <= 0:
        return
    for key in keys:
        taken = Taken(space_of(rules.type, occupancy), key, start, end, measure.weight, occupancy.name)
        yield Claim(taken=taken, occupancy=occupancy, capacity=measure.capacity, values=values, index=index, row=row)


def _length(rules: Ruleset, declared: Formula | timedelta, setting: Setting) -> timedelta:
    value = rules.evaluate(declared, setting) if isinstance(declared, Formula) else declared
    return min(max(value, _NOTHING), _LONGEST) if value is not None else _NOTHING


def _number(rules: Ruleset, declared: Formula | int, setting: Setting) -> int:
    value = rules.evaluate(declared, setting) if isinstance(declared, Formula) else declared
    return 1 if value is None else int(min(max(value, 0), _LARGEST))
