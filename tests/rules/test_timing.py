"""Schedules keep their local time over the changes of the clocks, and every occurrence comes once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kartotek.model.workflow import Schedule
from kartotek.rules.timing import as_instant, falls_on, last_due, month_days, next_due, occasion, too_late

BERLIN, SHANGHAI, HOWE, APIA = (
    ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "Pacific/Apia")
)
ZONES = (BERLIN, SHANGHAI, HOWE, APIA, ZoneInfo("America/New_York"), ZoneInfo("UTC"))
DAILY = Schedule(name="s", every="day", at="09:00")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("name", "schedule", "zone", "after", "expected"), [
    ("later today", DAILY, SHANGHAI, "2026-11-21T00:59", ["2026-11-21T01:00", "2026-11-22T01:00"]),
    ("never the instant itself", DAILY, SHANGHAI, "2026-11-21T01:00", ["2026-11-22T01:00"]),
    ("nine stays nine in spring", DAILY, BERLIN, "2026-03-28T00:00", ["2026-03-28T08:00", "2026-03-29T07:00"]),
    ("nine stays nine in autumn", DAILY, BERLIN, "2026-10-24T00:00", ["2026-10-24T07:00", "2026-10-25T08:00"]),
    ("what clocks skip runs when they jump", Schedule(name="s", every="day", at="02:30"), BERLIN, "2026-03-28T12:00",
     ["2026-03-29T01:00", "2026-03-30T00:30"]),
    ("what they show twice runs once", Schedule(name="s", every="day", at="02:30"), BERLIN, "2026-10-24T12:00",
     ["2026-10-25T00:30", "2026-10-26T01:30"]),
    ("between both passes nothing is left of that day", Schedule(name="s", every="day", at="02:30"), BERLIN,
     "2026-10-25T01:00", ["2026-10-26T01:30"]),
    ("a half hour's jump", Schedule(name="s", every="day", at="02:15"), HOWE, "2026-10-03T00:00",
     ["2026-10-03T15:30", "2026-10-04T15:15"]),
    ("weekly", Schedule(name="s", every="week", at="18:00", on=(1, 5)), SHANGHAI, "2026-11-21T00:00",
     ["2026-11-23T10:00", "2026-11-27T10:00"]),
    ("weekly without days is Monday", Schedule(name="s", every="week"), SHANGHAI, "2026-11-21T00:00",
     ["2026-11-22T16:00"]),
    ("monthly, on the last day where the month is shorter", Schedule(name="s", every="month", on=(31,)), ZoneInfo("UTC"),
     "2027-01-31T00:00", ["2027-02-28T00:00", "2027-03-31T00:00", "2027-04-30T00:00"]),
    ("yearly by the calendar", Schedule(name="s", every="year", at="12:00"), ZoneInfo("UTC"), "2026-11-21T00:00",
     ["2027-01-01T12:00", "2028-01-01T12:00"]),
    ("hourly, at its minute", Schedule(name="s", every="hour", at="00:15"), SHANGHAI, "2026-11-21T10:15",
     ["2026-11-21T11:15", "2026-11-21T12:15"]),
    ("hourly where clocks move by half an hour", Schedule(name="s", every="hour"), HOWE, "2026-10-03T14:00",
     ["2026-10-03T14:30", "2026-10-03T16:00"]),
    ("cron on working days", Schedule(name="s", cron="0 9 * * 1-5"), SHANGHAI, "2026-11-20T02:00", ["2026-11-23T01:00"]),
    ("cron in a skipped hour", Schedule(name="s", cron="30 2 * * *"), BERLIN, "2026-03-28T12:00",
     ["2026-03-29T01:00", "2026-03-30T00:30"]),
    ("cron in a repeated hour", Schedule(name="s", cron="30 2 * * *"), BERLIN, "2026-10-24T12:00",
     ["2026-10-25T00:30", "2026-10-26T01:30"]),
    ("cron in the second pass of a repeated hour", Schedule(name="s", cron="30 2 * * *"), BERLIN, "2026-10-25T01:10",
     ["2026-10-26T01:30"]),
    ("cron on the 29th of February", Schedule(name="s", cron="0 0 29 2 *"), ZoneInfo("UTC"), "2026-11-21T00:00",
     ["2028-02-29T00:00", "2032-02-29T00:00"]),
    ("a day that a zone left out", DAILY, APIA, "2011-12-29T12:00", ["2011-12-29T19:00", "2011-12-30T10:00", "2011-12-30T19:00"]),
])
def test_the_next_instants(name: str, schedule: Schedule, zone: ZoneInfo, after: str, expected: list[str]) -> None:
    at, found = utc(after), []
    for _ in expected:
        following = next_due(schedule, at, zone)
        assert following is not None
        found.append(following.replace(tzinfo=None).isoformat(timespec="minutes"))
        at = following
    assert found == expected


RULES = st.sampled_from([
    DAILY, Schedule(name="s", every="day", at="02:30"), Schedule(name="s", every="hour", at="00:20"),
    Schedule(name="s", every="week", on=(7,), at="02:15"), Schedule(name="s", every="month", on=(29, 31), at="23:59"),
    Schedule(name="s", cron="*/20 * * * *"), Schedule(name="s", cron="15 2 * * *"), Schedule(name="s", yearly="born", at="02:00"),
])
INSTANTS = st.datetimes(datetime(2009, 1, 1), datetime(2035, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))


@given(RULES, st.sampled_from(ZONES), INSTANTS, st.timedeltas(timedelta(), timedelta(days=40)))
def test_nothing_lies_between_an_instant_and_the_next(
    schedule: Schedule, zone: ZoneInfo, after: datetime, ahead: timedelta
) -> None:
    following = next_due(schedule, after, zone)
    assert following is not None and following > after
    between = after + (following - after) * (ahead / timedelta(days=41))
    if between < following:
        assert next_due(schedule, between, zone) == following


@given(RULES, st.sampled_from(ZONES), INSTANTS, st.timedeltas(timedelta(), timedelta(days=20)))
def test_the_last_instant_is_that_before_the_next(
    schedule: Schedule, zone: ZoneInfo, start: datetime, outage: timedelta
) -> None:
    first = next_due(schedule, start, zone)
    assert first is not None
    now = first + outage
    found = last_due(schedule, first, now, zone)
    following = next_due(schedule, found, zone)
    assert first <= found <= now < (following or now)


def test_the_29th_of_february_is_the_28th_in_other_years() -> None:
    leap = date(2000, 2, 29)
    assert falls_on(leap, date(2028, 2, 29)) and not falls_on(leap, date(2028, 2, 28))
    assert falls_on(leap, date(2027, 2, 28)) and not falls_on(leap, date(2027, 3, 1))
    assert falls_on("02-28", date(2027, 2, 28)) and falls_on("03-14", date(2027, 3, 14))
    assert month_days(date(2027, 2, 28)) == ("02-28", "02-29") and month_days(date(2028, 2, 28)) == ("02-28",)


@pytest.mark.parametrize(("missed", "late", "expected"), [
    ("run", timedelta(days=400), False), ("skip", timedelta(minutes=9), False), ("skip", timedelta(minutes=11), True),
    (timedelta(hours=2), timedelta(hours=2), False), (timedelta(hours=2), timedelta(hours=3), True),
    ("skip", timedelta(days=-1), False),
])
def test_what_is_too_late(missed: object, late: timedelta, expected: bool) -> None:
    now = utc("2026-11-21T10:00")
    assert too_late(missed, now - late, now) is expected  # type: ignore[arg-type]


def test_a_date_means_its_first_instant() -> None:
    assert as_instant(date(2026, 11, 21), SHANGHAI) == utc("2026-11-20T16:00")
    assert as_instant(datetime(2026, 11, 21, 9, tzinfo=SHANGHAI), SHANGHAI) == utc("2026-11-21T01:00")
    assert as_instant(None, SHANGHAI) is None and as_instant(date.min, SHANGHAI) is None


def test_occasions_are_periods_of_the_zone() -> None:
    meant = utc("2026-12-31T16:30")
    names = [occasion(once, meant, SHANGHAI) for once in ("", "per-record", "per-day", "per-month", "per-year")]
    assert names == ["", "ever", "2027-01-01", "2027-01", "2027"]
