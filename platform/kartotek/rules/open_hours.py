"""Open hours: when somebody or something is open, by the records of calendars, between two instants in a time zone.

A day has 23 or 25 hours where clocks change: times of day are read from the clocks of the zone, lengths are elapsed time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kartotek.model.process import Calendar
from kartotek.model.record import Record

# Half-open, in UTC: the first instant is in it, the last is not.
Span = tuple[datetime, datetime]
# Whom a calendar is about: (record type, id).
Whom = tuple[str, int]

_EVERY_DAY = frozenset(range(1, 8))
_DAY = timedelta(days=1)
_STEP = timedelta(days=28)
# Whoever is not open for so long is taken to be closed for ever.
_FARTHEST = timedelta(days=5 * 366)
_EDGE = timedelta(days=3)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC) + _EDGE, datetime.max.replace(tzinfo=UTC) - _EDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What one record of a calendar says. `about` is empty for everybody; `never` for one of which only this is known.

    Either `start` and `end`, or weekly `opens` to `closes` on `weekdays`, the days from `since` to `until` inclusive. What
    closes not later than it opens closes on the next day.
    """

    about: frozenset[Whom] = frozenset()
    closed: bool = False
    start: datetime | date | None = None
    end: datetime | date | None = None
    weekdays: frozenset[int] = _EVERY_DAY
    opens: time | None = None
    closes: time | None = None
    since: date | None = None
    until: date | None = None
    never: bool = False


def hours_of(calendar: Calendar, record: Record, target: str = "") -> Hours:
    """What the record says; `target` is the type that the calendar's reference `of` points to.

    Without the times it needs it is `never`. A record whose reference is empty is about everybody.
    """
    values = record.values
    about = values.get(calendar.of) if calendar.of else None
    whom = frozenset((target, id) for id in (about if isinstance(about, tuple) else (about,)) if id is not None)
    if calendar.start:
        start, end = values.get(calendar.start), values.get(calendar.end)
        return Hours(about=whom, closed=calendar.closed, start=start, end=end, never=start is None or end is None)
    opens, closes = values.get(calendar.opens), values.get(calendar.closes)
    weekdays = _weekdays(values.get(calendar.weekday)) if calendar.weekday else _EVERY_DAY
    return Hours(
        about=whom, closed=calendar.closed, weekdays=weekdays, opens=opens, closes=closes, since=values.get(calendar.since),
        until=values.get(calendar.until), never=opens is None or closes is None or not weekdays,
    )


def open_spans(hours: Iterable[Hours], within: Span, zone: ZoneInfo, about: Collection[Whom] = ()) -> tuple[Span, ...]:
    """When whoever is all of `about` is open, in order, within the span: none of the spans touches another.

    That is when the calendars about him are open, or where there is none those about everybody; always, where nobody has an
    open calendar. Less whatever is closed for him or for everybody. `hours` may leave out what lies outside of the span, as
    long as an Hours that is `never` stands for whomever they are about.
    """
    known = tuple(hours)
    wanted = frozenset(about)
    opening = [one for one in known if not one.closed]
    own = [one for one in opening if one.about & wanted]
    chosen = own or [one for one in opening if not one.about]
    spans = united(_spans(chosen, within, zone)) if opening else (within,) if within[0] < within[1] else ()
    closed = [one for one in known if one.closed and (not one.about or one.about & wanted)]
    return without(spans, united(_spans(closed, within, zone)))


def add_open(
    hours: Iterable[Hours], start: datetime, duration: timedelta, zone: ZoneInfo, *, about: Collection[Whom] = ()
) -> datetime | None:
    """The instant at which so much open time has passed since `start`; None where that is not within five years.

    No time has passed at once: `start` itself for a duration of nought. `hours` must be whole, from `start` on.
    """
    known, left, at = tuple(hours), duration, start
    if left <= timedelta():
        return start
    while at < min(start + _FARTHEST, _LAST):
        until = min(at + _STEP, _LAST)
        for first, last in open_spans(known, (at, until), zone, about):
            if left <= last - first:
                return first + left
            left -= last - first
        at = until
    return None


def open_time(
    hours: Iterable[Hours], within: Span, zone: ZoneInfo, about: Collection[Whom] = ()
) -> timedelta:
    """How much open time lies in the span."""
    return sum((end - start for start, end in open_spans(hours, within, zone, about)), timedelta())


def united(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in order, spans that overlap or touch joined; empty ones are left out."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def without(spans: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of the spans; both are in order and each without overlaps."""
    found: list[Span] = []
    at = 0
    for start, end in spans:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        following = at
        while following < len(taken) and taken[following][0] < end:
            if start < taken[following][0]:
                found.append((start, taken[following][0]))
            start = max(start, taken[following][1])
            following += 1
        if start < end:
            found.append((start, end))
    return tuple(found)


def common(left: Sequence[Span], right: Sequence[Span]) -> tuple[Span, ...]:
    """The time that is in both; both are in order and each without overlaps."""
    found: list[Span] = []
    one = other = 0
    while one < len(left) and other < len(right):
        start, end = max(left[one][0], right[other][0]), min(left[one][1], right[other][1])
        if start < end:
            found.append((start, end))
        if left[one][1] <= right[other][1]:
            one += 1
        else:
            other += 1
    return tuple(found)


def instant_at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which clocks in the zone show this; the first of two when they are put back.

    Where they are put forward over it, the instant at which that happens.
    """
    local = datetime.combine(day, clock)
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    return _jump(local.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two, to the second, at which the zone's offset changes."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle <= before:
            break
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == old else (before, middle)
    return after.replace(microsecond=0)


def _spans(hours: Iterable[Hours], within: Span, zone: ZoneInfo) -> Iterator[Span]:
    first, last = max(within[0], _FIRST), min(within[1], _LAST)
    for one in hours:
        if not one.never:
            for start, end in _of(one, (first, last), zone):
                if max(start, first) < min(end, last):
                    yield max(start, first), min(end, last)


def _of(one: Hours, within: Span, zone: ZoneInfo) -> Iterator[Span]:
    if one.start is not None and one.end is not None:
        yield _edge(one.start, zone), _edge(one.end, zone, following=True)
    elif one.opens is not None and one.closes is not None:
        yield from _weekly(one, one.opens, one.closes, days=_days(one, within, zone), zone=zone)


def _edge(value: datetime | date, zone: ZoneInfo, *, following: bool = False) -> datetime:
    """A date counts whole: it begins at its first instant, and ends with the first of the next day."""
    if isinstance(value, datetime):
        return value
    if following and value < date.max:
        value += _DAY
    return instant_at(min(max(value, _FIRST.date()), _LAST.date()), time(), zone)


def _days(one: Hours, within: Span, zone: ZoneInfo) -> Iterator[date]:
    """The days on which it may open so that it is open in the span; the day before, because of nights."""
    day = within[0].astimezone(zone).date() - _DAY
    last = within[1].astimezone(zone).date()
    day, last = max(day, one.since or day), min(last, one.until or last)
    while day <= last:
        if day.isoweekday() in one.weekdays:
            yield day
        day += _DAY


def _weekly(one: Hours, opens: time, closes: time, *, days: Iterable[date], zone: ZoneInfo) -> Iterator[Span]:
    for day in days:
        yield instant_at(day, opens, zone), instant_at(day + _DAY if closes <= opens else day, closes, zone)


def _weekdays(value: object) -> frozenset[int]:
    """A whole number, a text of one, or several of either; what is no weekday is none."""
    found = value if isinstance(value, tuple) else (value,)
    numbers = (int(one) if isinstance(one, str) and one.isascii() and one.isdigit() else one for one in found)
    return frozenset(one for one in numbers if isinstance(one, int) and one in _EVERY_DAY)
