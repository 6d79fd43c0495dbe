"""Retrying: pauses that grow, end, and differ by key; quiet hours by the clocks of the site."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kartotek.rules.retrying import FOR_PEOPLE, FOR_PROGRAMS, next_try, quiet_until

NIGHT, NOON = ("21:00", "08:00"), ("12:00", "13:30")


def pauses(key: str, within: timedelta) -> list[timedelta]:
    found = []
    for attempt in range(1, 1000):
        pause = next_try(attempt, key, within)
        if pause is None:
            return found
        found.append(pause)
    raise AssertionError("It is never given up.")


@pytest.mark.parametrize("within", [FOR_PEOPLE, FOR_PROGRAMS])
def test_pauses_grow_to_two_hours_and_end_in_time(within: timedelta) -> None:
    for number in range(50):
        found = pauses(f"k{number}", within)
        assert timedelta(seconds=22) <= found[0] <= timedelta(seconds=30) and max(found) <= timedelta(hours=2)
        assert all(later > earlier for earlier, later in zip(found[:8], found[1:8], strict=False))
        assert within * 0.7 < sum(found, timedelta()) <= within


def test_what_failed_together_does_not_come_back_together_but_each_time_alike() -> None:
    first = {next_try(3, f"k{number}", FOR_PROGRAMS) for number in range(100)}
    assert len(first) > 30
    assert next_try(3, "k1", FOR_PROGRAMS) == next_try(3, "k1", FOR_PROGRAMS)


@pytest.mark.parametrize(
    ("zone", "local", "quiet", "until"),
    [
        ("Asia/Shanghai", "2026-11-21T20:59:59", NIGHT, None),
        ("Asia/Shanghai", "2026-11-21T21:00", NIGHT, "2026-11-22T08:00"),
        ("Asia/Shanghai", "2026-11-22T03:00", NIGHT, "2026-11-22T08:00"),
        ("Asia/Shanghai", "2026-11-22T08:00", NIGHT, None),
        ("Asia/Shanghai", "2026-11-22T12:00", NOON, "2026-11-22T13:30"),
        ("Asia/Shanghai", "2026-11-22T13:30", NOON, None),
        ("Asia/Shanghai", "2026-12-31T23:00", NIGHT, "2027-01-01T08:00"),
        ("Europe/Berlin", "2026-03-28T22:00", NIGHT, "2026-03-29T08:00"),  # the short night
        ("Europe/Berlin", "2026-10-24T22:00", NIGHT, "2026-10-25T08:00"),  # the long one
        ("Europe/Berlin", "2026-03-29T01:30", ("01:00", "02:30"), "2026-03-29T03:30"),  # clocks never show 02:30
        ("Europe/Berlin", "2026-11-21T10:00", None, None),
    ],
)
def test_quiet_hours_are_those_on_the_wall(zone: str, local: str, quiet: tuple[str, str] | None, until: str | None) -> None:
    at = ZoneInfo(zone)
    found = quiet_until(datetime.fromisoformat(local).replace(tzinfo=at), quiet, zone)
    assert found == (None if until is None else datetime.fromisoformat(until).replace(tzinfo=at))


def test_the_hour_that_comes_twice_is_quiet_twice() -> None:
    at = ZoneInfo("Europe/Berlin")
    second = datetime(2026, 10, 25, 2, 15, tzinfo=at, fold=1)
    found = quiet_until(second, ("02:00", "02:30"), "Europe/Berlin")
    assert found is not None and found > second and found.astimezone(at).fold == 1
