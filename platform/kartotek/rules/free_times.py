"""Free times: where there is still room between the times that are taken, and which times may be asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kartotek.rules.occupancy import Measure, Timed, loads
from kartotek.rules.open_hours import Span, instant_at

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


def free_spans(taken: Iterable[Timed], within: Span, measure: Measure) -> tuple[Span, ...]:
    """Where in the span somebody with this measure may be, buffers left out: in order, none touching the next."""
    if measure.weight <= 0:
        return (within,)
    times = [one for one in taken if one.start < within[1] and within[0] < one.end]
    edges = sorted({*within, *(edge for one in times for edge in (one.start, one.end))})
    found: list[Span] = []
    for at, load in enumerate(loads(edges, times)[:-1]):
        if load + measure.weight <= measure.capacity:
            if found and found[-1][1] == edges[at]:
                found[-1] = (found[-1][0], edges[at + 1])
            else:
                found.append((edges[at], edges[at + 1]))
    shrunk = ((start + measure.before, end - measure.after) for start, end in found)
    return tuple((start, end) for start, end in shrunk if start < end)


def holds_whole(spans: Sequence[Span], time: Span) -> bool:
    """Whether the time lies in one of the spans, which are in order and without overlaps."""
    at = bisect_right(spans, time[0], key=lambda one: one[0]) - 1
    return at >= 0 and time[1] <= spans[at][1]


def starts_in(spans: Iterable[Span], duration: timedelta) -> list[Span]:
    """When something of this length may start, so that it ends within the same span."""
    return [(start, end - duration + _INSTANT) for start, end in spans if end - start >= duration]


def steps(within: Span, duration: timedelta, step: timedelta, zone: ZoneInfo) -> Iterator[Span]:
    """The times of that length within the span that start on a full step of the zone's clocks, counted from midnight.

    An hour that clocks skip has none, one that they show twice has each.
    """
    for day in _days(within, zone):
        clock = datetime.combine(day, time())
        while clock.date() == day:
            for fold in (0, 1):
                start = clock.replace(tzinfo=zone, fold=fold).astimezone(UTC)
                shown = start.astimezone(zone)
                twice = shown.fold == fold or fold == 0
                if twice and shown.replace(tzinfo=None, fold=0) == clock and within[0] <= start and start + duration <= within[1]:
                    yield start, start + duration
            clock += step


def whole_days(within: Span, days: int, zone: ZoneInfo) -> Iterator[Span]:
    """The times of so many whole days in the zone within the span."""
    for day in _days(within, zone):
        start, end = instant_at(day, time(), zone), instant_at(day + days * _DAY, time(), zone)
        if within[0] <= start and end <= within[1]:
            yield start, end


def _days(within: Span, zone: ZoneInfo) -> Iterator[date]:
    day, last = (one.astimezone(zone).date() for one in within)
    while day <= last:
        yield day
        day += _DAY
