"""The sums of an occupancy against a model that looks at every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from kartotek.model.process import Occupancy
from kartotek.rules.free_times import free_spans, holds_whole, starts_in, steps, whole_days
from kartotek.rules.occupancy import Claim, Measure, Taken, key_text, keys_of, overfull

ZERO = datetime(2026, 12, 1, tzinfo=UTC)
PLACE = Occupancy(name="place", key=("place",), start="a", end="b")
TIMES = st.tuples(st.integers(0, 20), st.integers(1, 8), st.integers(1, 3))
MINUTE = timedelta(minutes=1)


def taken(time: tuple[int, int, int]) -> Taken:
    start, length, weight = time
    return Taken("s", "[1]", ZERO + start * MINUTE, ZERO + (start + length) * MINUTE, weight, "place")


def load(times: list[tuple[int, int, int]], minute: int) -> int:
    return sum(weight for start, length, weight in times if start <= minute < start + length)


@given(
    mine=st.lists(TIMES, min_size=1, max_size=3), held=st.lists(TIMES, max_size=3), others=st.lists(TIMES, max_size=5),
    room=st.integers(0, 6),
)
def test_a_time_is_refused_where_it_makes_more_than_there_is_room_for(
    mine: list[tuple[int, int, int]], held: list[tuple[int, int, int]], others: list[tuple[int, int, int]], room: int
) -> None:
    claims = [Claim(taken=taken(one), occupancy=PLACE, capacity=room, values={}) for one in mine]
    found = overfull(claims, [taken(one) for one in held], [taken(one) for one in others])
    bad = [
        minute for minute in range(30)
        if load(mine, minute) > load(held, minute) and load(mine, minute) + load(others, minute) > room
    ]
    assert (found is None) == (not bad)
    if found is not None:
        assert any(found[0] <= ZERO + minute * MINUTE < found[1] for minute in bad)


@given(
    others=st.lists(TIMES, max_size=6), room=st.integers(0, 6), weight=st.integers(1, 3), before=st.integers(0, 4),
    after=st.integers(0, 4), duration=st.integers(1, 6),
)
def test_free_spans_hold_exactly_the_times_that_fit(
    others: list[tuple[int, int, int]], room: int, weight: int, before: int, after: int, duration: int
) -> None:
    measure = Measure(before * MINUTE, after * MINUTE, weight, room)
    spans = free_spans([taken(one) for one in others], (ZERO - 10 * MINUTE, ZERO + 40 * MINUTE), measure)
    allowed = starts_in(spans, duration * MINUTE)
    for start in range(-5, 30):
        time = ZERO + start * MINUTE, ZERO + (start + duration) * MINUTE
        fits = all(load(others, minute) + weight <= room for minute in range(start - before, start + duration + after))
        assert holds_whole(spans, time) == fits == holds_whole(allowed, (time[0], time[0]))


def test_times_start_on_full_steps_of_the_clock_on_every_day() -> None:
    zone, quarter = ZoneInfo("Europe/Berlin"), timedelta(minutes=30)

    def shown(first: str, last: str) -> list[str]:
        within = (datetime.fromisoformat(first).replace(tzinfo=UTC), datetime.fromisoformat(last).replace(tzinfo=UTC))
        return [f"{start.astimezone(zone):%H:%M%z}" for start, _ in steps(within, quarter, quarter, zone)]

    assert shown("2026-12-01T09:10", "2026-12-01T10:30") == ["10:30+0100", "11:00+0100"]
    assert shown("2027-03-28T00:30", "2027-03-28T02:00") == ["01:30+0100", "03:00+0200", "03:30+0200"]
    assert sorted(shown("2026-10-25T00:00", "2026-10-25T02:00")) == ["02:00+0100", "02:00+0200", "02:30+0100", "02:30+0200"]
    nepal = ZoneInfo("Asia/Kathmandu")  # five hours and three quarters ahead
    start, _ = next(steps((ZERO, ZERO + timedelta(hours=1)), quarter, quarter, nepal))
    assert f"{start.astimezone(nepal):%H:%M}" == "06:00"


def test_whole_days_are_as_long_as_they_are() -> None:
    zone = ZoneInfo("Europe/Berlin")
    within = (datetime(2027, 3, 26, 23, tzinfo=UTC), datetime(2027, 3, 29, 22, tzinfo=UTC))
    assert [(end - start) / timedelta(hours=1) for start, end in whole_days(within, 1, zone)] == [24, 23, 24]


def test_keys_are_told_apart_by_sort_and_place() -> None:
    assert keys_of([3, "a"]) == ['[3, "a"]'] and keys_of(["3", "a"]) == ['["3", "a"]']
    assert keys_of([(1, 2), 3]) == ["[1, 3]", "[2, 3]"]
    assert keys_of([None, 3]) == [] and keys_of([(), 3]) == []
    assert len(key_text(["x" * 9000])) == 64
