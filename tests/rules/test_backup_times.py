"""Backup times: when one is due, in the site's zone and over changes of its clocks, and which stay."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kartotek.model.backups import BackupPlan, Keep
from kartotek.rules.backup_times import is_stale, last_due, next_due, surplus

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
PLANS = st.builds(
    BackupPlan, every=st.sampled_from(["day", "week"]), weekday=st.integers(0, 6), at=st.times().map(lambda one: one.replace(second=0, microsecond=0, tzinfo=None))
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("plan", "now", "last", "following"),
    [
        (BackupPlan(), "2026-11-22T18:59", "2026-11-21T19:00", "2026-11-22T19:00"),
        (BackupPlan(), "2026-11-22T19:00", "2026-11-22T19:00", "2026-11-23T19:00"),
        (BackupPlan(at=time(23, 30)), "2026-11-22T15:29", "2026-11-21T15:30", "2026-11-22T15:30"),
        (BackupPlan(every="week", weekday=6), "2026-11-22T18:59", "2026-11-21T19:00", "2026-11-28T19:00"),  # a Sunday, 02:59 on Monday there
        (BackupPlan(every="week", weekday=0), "2026-11-22T18:59", "2026-11-15T19:00", "2026-11-22T19:00"),
        (BackupPlan(every="week", weekday=0), "2026-11-22T19:00", "2026-11-22T19:00", "2026-11-29T19:00"),
    ],
)
def test_it_is_due_at_a_time_of_the_site(plan: BackupPlan, now: str, last: str, following: str) -> None:
    assert (last_due(plan, SHANGHAI, at(now)), next_due(plan, SHANGHAI, at(now))) == (at(last), at(following))


@pytest.mark.parametrize(("day", "due"), [("2026-03-29T12:00", "2026-03-29T01:30"), ("2026-10-25T12:00", "2026-10-25T00:30")])
def test_an_hour_that_is_not_there_or_there_twice_counts_once(day: str, due: str) -> None:
    plan = BackupPlan(at=time(2, 30))
    assert last_due(plan, BERLIN, at(day)) == at(due)
    assert next_due(plan, BERLIN, at(due)) - at(due) > timedelta(hours=22)  # type: ignore[operator]


def test_never_is_never() -> None:
    plan = BackupPlan(every="never")
    assert (last_due(plan, UTC, at("2026-01-01")), next_due(plan, UTC, at("2026-01-01"))) == (None, None)  # type: ignore[arg-type]
    assert not is_stale(plan, at("2036-01-01"), at("2026-01-01"))


@given(plan=PLANS, now=MOMENTS, zone=st.sampled_from([SHANGHAI, BERLIN]))
def test_now_lies_between_the_last_and_the_next(plan: BackupPlan, now: datetime, zone: ZoneInfo) -> None:
    last, following = last_due(plan, zone, now), next_due(plan, zone, now)
    assert last is not None and following is not None and plan.rhythm is not None
    assert last <= now < following
    assert timedelta(0) <= following - last - plan.rhythm + timedelta(hours=1) <= timedelta(hours=2)
    assert last_due(plan, zone, last) == last


def test_it_is_stale_after_twice_the_rhythm() -> None:
    begun = at("2026-11-01T03:00")
    assert [is_stale(BackupPlan(), begun + timedelta(hours=hours), begun) for hours in (0, 48, 49)] == [False, False, True]
    assert not is_stale(BackupPlan(every="week"), begun + timedelta(days=14), begun)


def test_the_newest_of_days_weeks_and_months_stay() -> None:
    made = [at("2026-08-01T03:00") + timedelta(days=day) for day in range(0, 100)]  # up to the 8th of November, a Sunday
    made += [made[-1] + timedelta(hours=5)]
    gone = surplus(made, Keep(daily=2, weekly=3, monthly=4), UTC)  # type: ignore[arg-type]
    assert [f"{one:%m-%d %H}" for one in made if one not in gone] == ["08-31 03", "09-30 03", "10-25 03", "10-31 03", "11-01 03", "11-07 03", "11-08 08"]


@given(made=st.lists(MOMENTS, max_size=40), daily=st.integers(1, 9), weekly=st.integers(0, 9), monthly=st.integers(0, 9))
def test_the_newest_always_stays_and_nobody_loses_more_by_going_twice(made: list[datetime], daily: int, weekly: int, monthly: int) -> None:
    keep = Keep(daily, weekly, monthly)
    gone = surplus(made, keep, BERLIN)
    stay = [one for one in made if one not in gone]
    assert not made or max(made) in stay
    assert surplus(stay, keep, BERLIN) == []
    assert len(set(stay)) <= daily + weekly + monthly
    assert len({one.astimezone(BERLIN).date() for one in stay}) >= min(daily, len({one.astimezone(BERLIN).date() for one in made}))
