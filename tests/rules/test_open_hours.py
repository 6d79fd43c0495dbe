"""Open hours: calendars about one and about everybody, closed ones, nights, and days of 23 and 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kartotek.model.process import Calendar
from kartotek.model.record import Record
from kartotek.rules.open_hours import Hours, add_open, common, hours_of, instant_at, open_spans, open_time, united, without

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(opens: str, closes: str, *days: int, **more: object) -> Hours:
    given = {"weekdays": frozenset(days)} if days else {}
    return Hours(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes), **given, **more)  # type: ignore[arg-type]


def shown(hours: list[Hours], start: str, end: str, *about: tuple[str, int], zone: ZoneInfo = BERLIN) -> list[str]:
    spans = open_spans(hours, (at(start), at(end)), zone, about)
    return [f"{one:%d %H:%M}-{other:%d %H:%M}" for one, other in spans]


def test_nine_stays_nine_on_the_clock_when_summer_begins_and_ends() -> None:
    hours = [weekly("09:00", "17:00")]
    assert shown(hours, "2026-03-28T00:00", "2026-03-30T00:00") == ["28 08:00-28 16:00", "29 07:00-29 15:00"]
    assert shown(hours, "2026-10-24T00:00", "2026-10-26T00:00") == ["24 07:00-24 15:00", "25 08:00-25 16:00"]


def test_a_night_over_the_change_of_clocks_is_as_long_as_it_is() -> None:
    night = [weekly("22:00", "06:00")]
    assert open_time(night, (at("2026-03-28T12:00"), at("2026-03-29T12:00")), BERLIN) == 7 * HOUR
    assert open_time(night, (at("2026-10-24T12:00"), at("2026-10-25T12:00")), BERLIN) == 9 * HOUR


def test_an_hour_that_clocks_skip_begins_when_they_do() -> None:
    assert instant_at(date(2026, 3, 29), time(2, 30), BERLIN) == at("2026-03-29T01:00")
    assert shown([weekly("02:15", "02:45")], "2026-03-29T00:00", "2026-03-29T06:00") == []
    assert shown([weekly("02:30", "04:00")], "2026-03-29T00:00", "2026-03-29T06:00") == ["29 01:00-29 02:00"]


def test_an_hour_that_clocks_show_twice_is_the_first() -> None:
    assert instant_at(date(2026, 10, 25), time(2, 30), BERLIN) == at("2026-10-25T00:30")


def test_midnight_that_clocks_skip_begins_the_day() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # forward at midnight, the last Friday of April
    assert instant_at(date(2026, 4, 24), time(), cairo) == at("2026-04-23T22:00")


def test_what_closes_at_midnight_or_later_closes_on_the_next_day() -> None:
    utc = ZoneInfo("UTC")
    assert shown([weekly("20:00", "00:00", 1)], "2026-11-23T00:00", "2026-11-25T00:00", zone=utc) == ["23 20:00-24 00:00"]
    assert shown([weekly("00:00", "00:00")], "2026-11-23T00:00", "2026-11-24T00:00", zone=utc) == ["23 00:00-24 00:00"]
    assert shown([weekly("20:00", "02:00", 1)], "2026-11-24T01:00", "2026-11-25T00:00", zone=utc) == ["24 01:00-24 02:00"]


def test_own_calendars_go_before_everybodys_and_closed_ones_before_all() -> None:
    hours = [
        weekly("08:00", "18:00"), weekly("10:00", "14:00", about=frozenset({("person", 1)})),
        Hours(closed=True, about=frozenset({("person", 1)}), start=at("2026-11-23T11:00"), end=at("2026-11-23T12:00")),
        Hours(closed=True, start=date(2026, 11, 24), end=date(2026, 11, 24)),
    ]
    day = ("2026-11-23T00:00", "2026-11-25T23:00")
    utc = ZoneInfo("UTC")
    assert shown(hours, *day, ("person", 1), zone=utc) == ["23 10:00-23 11:00", "23 12:00-23 14:00", "25 10:00-25 14:00"]
    assert shown(hours, *day, ("person", 2), zone=utc) == ["23 08:00-23 18:00", "25 08:00-25 18:00"]
    assert shown(hours, *day, ("room", 1), zone=utc) == ["23 08:00-23 18:00", "25 08:00-25 18:00"]


def test_without_any_open_calendar_all_is_open_and_with_one_about_others_nothing() -> None:
    utc, mine = ZoneInfo("UTC"), ("person", 1)
    assert shown([], "2026-11-23T00:00", "2026-11-24T00:00", mine, zone=utc) == ["23 00:00-24 00:00"]
    others = [weekly("08:00", "18:00", about=frozenset({("person", 2)}))]
    assert shown(others, "2026-11-23T00:00", "2026-11-24T00:00", mine, zone=utc) == []


def test_a_roster_of_other_weeks_keeps_its_person_closed_in_this_one() -> None:
    hours = [weekly("08:00", "18:00"), Hours(about=frozenset({("person", 1)}), never=True)]
    assert shown(hours, "2026-11-23T00:00", "2026-11-24T00:00", ("person", 1), zone=ZoneInfo("UTC")) == []


def test_since_and_until_are_inclusive() -> None:
    hours = [weekly("08:00", "09:00", since=date(2026, 11, 23), until=date(2026, 11, 24))]
    found = shown(hours, "2026-11-20T00:00", "2026-11-30T00:00", zone=ZoneInfo("UTC"))
    assert found == ["23 08:00-23 09:00", "24 08:00-24 09:00"]


@pytest.mark.parametrize(("start", "hours", "due"), [
    ("2026-11-20T15:00", 4, "2026-11-23T11:00"),  # Friday 16:00 on the clock: one hour, then Monday three of nine to twelve
    ("2026-11-21T10:00", 1, "2026-11-23T09:00"),
    ("2026-11-20T15:00", 0, "2026-11-20T15:00"),
    ("2026-11-20T08:00", 8, "2026-11-20T16:00"),  # exactly the whole day ends when it does
])
def test_open_time_is_added_over_closed_days(start: str, hours: int, due: str) -> None:
    week = [weekly("09:00", "17:00", 1, 2, 3, 4, 5)]
    assert add_open(week, at(start), hours * HOUR, BERLIN) == at(due)


def test_open_time_is_added_over_the_change_of_clocks() -> None:
    week = [weekly("00:00", "00:00")]
    assert add_open(week, at("2026-03-28T23:00"), 24 * HOUR, BERLIN) == at("2026-03-29T23:00")


def test_what_never_opens_again_is_told() -> None:
    hours = [weekly("09:00", "10:00", until=date(2026, 11, 20))]
    assert add_open(hours, at("2026-11-21T00:00"), HOUR, BERLIN) is None


def test_the_ends_of_the_calendar_are_no_error() -> None:
    hours = [Hours(start=date.min, end=date.max)]
    found = open_spans(hours, (at("2026-11-23T00:00"), at("2026-11-24T00:00")), BERLIN)
    assert found == ((at("2026-11-23T00:00"), at("2026-11-24T00:00")),)
    assert open_spans(hours, (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)), BERLIN)


def test_a_record_says_its_hours() -> None:
    calendar = Calendar(of="who", weekday="days", opens="from", closes="to", since="since")
    record = Record(type="roster", id=1, values={"who": 3, "days": ("1", "2"), "from": time(9), "to": time(12)})
    expected = Hours(about=frozenset({("person", 3)}), weekdays=frozenset({1, 2}), opens=time(9), closes=time(12))
    assert hours_of(calendar, record, "person") == expected
    assert hours_of(calendar, Record(type="roster", id=1, values={"who": 3}), "person").never
    absence = Calendar(of="who", closed=True, start="a", end="b")
    assert hours_of(absence, Record(type="x", id=1, values={"a": date.min, "b": date.max}), "person").about == frozenset()


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@given(SPANS, SPANS)
def test_spans_behave_as_sets_of_instants(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    zero = at("2026-01-01T00:00")
    one, other = (united((zero + a * HOUR, zero + b * HOUR) for a, b in each) for each in (left, right))

    def hours(spans: object) -> set[int]:
        return {hour for a, b in spans for hour in range((a - zero) // HOUR, (b - zero) // HOUR)}  # type: ignore[attr-defined]

    assert hours(without(one, other)) == hours(one) - hours(other)
    assert hours(common(one, other)) == hours(one) & hours(other)
    assert all(a[1] < b[0] for a, b in zip(one, one[1:], strict=False))


@given(
    st.lists(st.tuples(st.integers(1, 7), st.integers(0, 47), st.integers(0, 47), st.booleans()), max_size=4),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "UTC"]),
    st.sampled_from(["2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-04-04", "2026-06-01"]),
)
def test_an_instant_is_open_where_the_clocks_say_so(
    given_hours: list[tuple[int, int, int, bool]], name: str, first: str
) -> None:
    """Against a model that asks the wall clock minute by minute, away from the repeated hour itself."""
    zone = ZoneInfo(name)
    hours = [
        Hours(weekdays=frozenset({day}), opens=time(a // 2, a % 2 * 30), closes=time(b // 2, b % 2 * 30), closed=closed)
        for day, a, b, closed in given_hours
    ]
    start = at(f"{first}T00:00")
    spans = open_spans(hours, (start, start + timedelta(days=3)), zone)
    for minutes in range(0, 3 * 1440, 30):
        instant = start + timedelta(minutes=minutes)
        local = instant.astimezone(zone)
        if any((instant + k * HOUR).astimezone(zone).utcoffset() != local.utcoffset() for k in (-2, -1, 1, 2)):
            continue
        expected = _model(hours, local)
        assert any(a <= instant < b for a, b in spans) == expected, local


def _model(hours: list[Hours], local: datetime) -> bool:
    def covers(one: Hours) -> bool:
        assert one.opens is not None and one.closes is not None
        clock, today, yesterday = local.time(), local.isoweekday(), (local - timedelta(days=1)).isoweekday()
        if one.opens < one.closes:
            return today in one.weekdays and one.opens <= clock < one.closes
        return (today in one.weekdays and clock >= one.opens) or (yesterday in one.weekdays and clock < one.closes)

    opening = [one for one in hours if not one.closed]
    is_open = any(map(covers, opening)) if opening else True
    return is_open and not any(covers(one) for one in hours if one.closed)
