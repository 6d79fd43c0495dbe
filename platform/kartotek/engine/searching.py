"""Searching: times at which all that is asked for is free, nearest first, judged by the same rules as a write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, product
from math import prod
from typing import Any

from kartotek.engine.calendars import hours, target_of
from kartotek.engine.demand import Demand, Keys, Range, Slot
from kartotek.engine.moment import Moment
from kartotek.engine.supposing import Supposed, several
from kartotek.model.process import Occupancy
from kartotek.rules.free_times import free_spans, holds_whole, starts_in, steps, whole_days
from kartotek.rules.occupancy import Claim, Measure, keys_of, overfull, space_of
from kartotek.rules.open_hours import Hours, Span, common, open_spans, united
from kartotek.storage.occupancy import OccupancyRow, within

_WINDOW = timedelta(days=7)  # so much is loaded at once
_MOST_TRIED = 3000  # combinations of keys and times in one search
_MOST_LOADED = 100_000  # taken times in one search, but for those of its first window
_MOST_AT_ONCE = 60  # and at one time
_MOST_KEYS = 500
_MARGIN, _WIDE_MARGIN = timedelta(days=1), timedelta(days=7)  # for buffers that are known beforehand, and for others

Allowed = Mapping[str, Sequence[tuple[Any, Sequence[Span]]]]  # {key field: (value, when it is free by itself)}


def search(moment: Moment, conn: Any, demand: Demand, wanted: Range) -> list[Slot]:
    """At most `limit` free times, the nearest first, one for each start. A few queries for each week looked through."""
    searching = _Search(moment, conn, demand, wanted)
    found: list[Slot] = []
    for window in sorted(_windows(wanted.within), key=lambda one: _distance(one, wanted.near)):
        near = sorted(abs(one.at - wanted.near) for one in found)
        if searching.is_spent or (len(near) >= wanted.limit and near[wanted.limit - 1] <= _distance(window, wanted.near)):
            break
        found += searching.window(window)
    return sorted(found, key=lambda one: (abs(one.at - wanted.near), one.at))[:wanted.limit]


def _windows(span: Span) -> Iterator[Span]:
    start = span[0]
    while start < span[1]:
        yield start, min(start + _WINDOW, span[1])
        start += _WINDOW


def _distance(window: Span, near: datetime) -> timedelta:
    return max(window[0] - near, near - window[1], timedelta())


class _Search:
    """`left` is how many combinations may still be tried, `loaded` how many taken times were looked at."""

    def __init__(self, moment: Moment, conn: Any, demand: Demand, wanted: Range) -> None:
        self._moment = moment
        self._conn = conn
        self._demand = demand
        self._wanted = wanted
        self._supposed = Supposed(moment, conn, demand, days=bool(wanted.days))
        self._measures = self._measured()
        self._taken: dict[tuple[str, str], list[OccupancyRow]] = {}
        self._known = wanted.within
        self._hours: dict[str, Sequence[Hours]] = {}
        self.left = _MOST_TRIED
        self.loaded = 0

    @property
    def is_spent(self) -> bool:
        """Whether it has worked enough for one question."""
        return self.left <= 0 or self.loaded > _MOST_LOADED

    def window(self, window: Span) -> list[Slot]:
        """The free times that start in the window, nearest first, as many as are wanted."""
        # What starts in it may end in the next one; on a day of 25 hours a little later still.
        whole = window[0], min(window[1] + self._wanted.duration + timedelta(hours=3), self._wanted.within[1])
        self._load(whole)
        allowed = {name: self._allowed(name, whole) for name in self._demand.keys}
        found: list[Slot] = []
        for time in self._times(window, whole, allowed):
            slot = self._slot(time, allowed)
            found += [slot] if slot is not None else []
            if self.left <= 0 or len(found) >= self._wanted.limit:
                break
        return found

    def _times(self, window: Span, whole: Span, allowed: Allowed) -> list[Span]:
        """The times to look at, nearest first: those at which for each key by itself somebody is free."""
        wanted, zone = self._wanted, self._supposed.zone
        # A day may be shorter than others; what is let through here is looked at all the same.
        shortest = max(wanted.duration - timedelta(hours=3 if wanted.days else 0), timedelta())
        starts: Sequence[Span] = starts_in((whole,), shortest)
        for each in allowed.values():
            starts = common(starts, united(one for _, spans in each for one in starts_in(spans, shortest)))
        every = whole_days(whole, wanted.days, zone) if wanted.days else steps(whole, wanted.duration, wanted.step, zone)
        known = [one for one in every if one[0] < window[1] and holds_whole(starts, (one[0], one[0]))]
        return sorted(known, key=lambda one: (abs(one[0] - wanted.near), one[0]))

    def _slot(self, time: Span, allowed: Allowed) -> Slot | None:
        fit = [[value for value, spans in each if holds_whole(spans, time)] for each in allowed.values()]
        for values in islice(product(*fit), _MOST_AT_ONCE):
            self.left -= 1
            keys = dict(zip(allowed, values, strict=True))
            if self._fits(time, keys):
                return Slot(time[0], *self._supposed.shown(keys, time), keys)
            if self.left <= 0:
                break
        return None

    def _fits(self, time: Span, keys: Keys) -> bool:
        """What a write would say."""
        for occupancy in self._demand.occupancies:
            if len(occupancy.key) > 1 and self._open(occupancy, keys, time) != (time,):
                return False
        found = self._supposed.claims(keys, time)
        if found is None:
            return False
        by_key: dict[tuple[str, str], list[Claim]] = {}
        for one in found:
            if one.taken.start < self._known[0] or self._known[1] < one.taken.end:
                return False  # farther than what was loaded
            by_key.setdefault((one.taken.space, one.taken.key), []).append(one)
        return all(overfull(mine, (), self._taken.get(key, ())) is None for key, mine in by_key.items())

    def _measured(self) -> dict[tuple[str, Any], Measure]:
        """{(occupancy, value of its only key): measure} where that is the same at every time."""
        return {
            (one.name, value): self._supposed.measured(one, {one.key[0]: value})
            for one in self._demand.occupancies if len(one.key) == 1 and self._supposed.is_plain(one)
            for value in self._demand.keys.get(one.key[0], ())
        }

    def _allowed(self, name: str, window: Span) -> list[tuple[Any, Sequence[Span]]]:
        """(value, when it is free) of those values of one key that are free at all."""
        found = []
        for value in self._demand.keys[name]:
            spans: Sequence[Span] = (window,)
            for occupancy in self._demand.occupancies:
                if occupancy.key == (name,):
                    spans = common(spans, self._open(occupancy, {name: value}, window))
                    spans = common(spans, self._free(occupancy, value)) if spans else ()
            if spans:
                found.append((value, spans))
        return found

    def _free(self, occupancy: Occupancy, value: Any) -> Sequence[Span]:
        measure = self._measures.get((occupancy.name, value))
        spans: Sequence[Span] = (self._known,)
        if measure is not None:
            space = space_of(self._moment.compiled.type(self._demand.record.type).type, occupancy)
            for key in keys_of([value]):
                spans = common(spans, free_spans(self._taken.get((space, key), ()), self._known, measure))
        return spans

    def _open(self, occupancy: Occupancy, keys: Keys, window: Span) -> Sequence[Span]:
        """When everybody among the keys is open at once."""
        known = self._hours.get(occupancy.name)
        spans: tuple[Span, ...] = (window,)
        if known is None:
            return spans
        targets = {name: self._supposed.target(occupancy, name) for name in occupancy.key}
        whom = [[(targets[name], id) for id in several(keys.get(name))] for name in occupancy.key if targets[name]]
        for about in product(*whom):
            spans = common(spans, open_spans(known, window, self._supposed.zone, about))
        return spans

    def _load(self, window: Span) -> None:
        """What is taken in the window and near it, and the calendars."""
        is_plain = all(len(one.key) == 1 and self._supposed.is_plain(one) for one in self._demand.occupancies)
        margin = max((max(one.before, one.after) for one in self._measures.values()), default=timedelta())
        margin += _MARGIN if is_plain else _WIDE_MARGIN
        self._known = window[0] - margin, window[1] + margin
        record_type = self._moment.compiled.type(self._demand.record.type).type
        spaces: dict[str, list[str] | None] = {}
        for occupancy in self._demand.occupancies:
            values = [[one for value in self._demand.keys.get(name, ()) for one in several(value)] for name in occupancy.key]
            keys = keys_of(map(tuple, values)) if prod(map(len, values)) <= _MOST_KEYS else None
            before = spaces.get(space_of(record_type, occupancy), [])
            spaces[space_of(record_type, occupancy)] = None if keys is None or before is None else [*before, *keys]
        self._taken = {}
        stored = within(self._conn, spaces, self._known, other_than=self._demand.own)
        self.loaded += len(stored)
        for row in (*stored, *self._demand.beside):
            self._taken.setdefault((row.space, row.key), []).append(row)
        self._hours = self._calendars(window)

    def _calendars(self, window: Span) -> dict[str, Sequence[Hours]]:
        """{occupancy: hours} of those that have calendars about their keys or about everybody."""
        known: dict[str, tuple[Hours, ...]] = {}
        found: dict[str, Sequence[Hours]] = {}
        for occupancy in self._demand.occupancies:
            about = {"", *(self._supposed.target(occupancy, name) for name in occupancy.key)}
            names = [one for one in occupancy.calendars if target_of(self._moment, one) in about]
            for name in names:
                if name not in known:
                    known[name] = hours(self._moment, self._conn, [name], window)
            if names:
                found[occupancy.name] = [each for name in names for each in known[name]]
        return found
