"""Free times against a model that looks at every minute, and against what can really be written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from occupancy_site import CLERK, documents

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict
from kartotek.model.query import SlotQuery

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, QUARTER = timedelta(minutes=1), timedelta(minutes=15)
# An ordinary day, and the nights in which clocks go forward and back; the day before each is part of its window.
DAYS = ("2026-12-01T22:00", "2027-03-27T22:00", "2027-10-30T21:00")
LENGTH = timedelta(hours=9)


@dataclass(frozen=True)
class World:
    """What one example puts down; places are (room, minutes of cleaning), shifts (helper, hours from and to)."""

    day: str
    places: list[tuple[int, int]]
    shifts: list[tuple[int, int, int]]
    stays: list[tuple[int, int, int, int, int]]  # place, helper, start and length in quarters, size
    quarters: int
    size: int

    @property
    def first(self) -> datetime:
        return datetime.fromisoformat(self.day).replace(tzinfo=UTC)


WORLDS = st.builds(
    World, day=st.sampled_from(DAYS), places=st.lists(st.tuples(st.integers(1, 3), st.sampled_from([0, 5, 20])), min_size=2, max_size=2),
    # The hour that clocks show twice begins at two: nothing opens or closes then.
    shifts=st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0, 1, 3]), st.sampled_from([3, 4, 6])), max_size=3),
    stays=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 30), st.integers(1, 6), st.integers(1, 2)), max_size=7),
    quarters=st.integers(1, 6), size=st.integers(1, 2),
)


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    made = open_engine(documents())
    # Where anybody has a shift, whoever has none is not there.
    helper = made.create(CLERK, "helper", {"name": "another"})["id"]
    made.create(CLERK, "shift", {"helper": helper, "weekday": 1, "opens": "09:00:00", "closes": "10:00:00"})
    return made


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=WORLDS)
def test_free_times_are_those_of_a_model_and_can_be_taken(engine: Engine, world: World) -> None:
    made = _Made(engine, world)
    expected = [start for start in made.starts() if made.fitting(start)]
    found = engine.slots.find(CLERK, "stay", made.query(limit=1000))
    assert [_read(one["start"]) for one in found] == expected
    assert all((one["keys"]["place"], one["keys"]["helper"]) in made.fitting(_read(one["start"])) for one in found)
    for one in found[:: max(1, len(found) // 3)]:
        made.take(_read(one["start"]), one["keys"]["place"], one["keys"]["helper"], keep=False)
    for start in [one for one in made.starts() if one not in expected][::7]:
        for place in made.places:
            for helper in made.helpers:
                made.refused(start, place, helper)


class _Made:
    """The records of a world, and the model of them."""

    def __init__(self, engine: Engine, world: World) -> None:
        self.engine, self.world = engine, world
        self.helpers = [self._new("helper", name="H") for _ in range(2)]
        self.places = [self._new("place", name="P", room=room, cleaning=cleaning) for room, cleaning in world.places]
        self.cleaning = dict(zip(self.places, (one[1] for one in world.places), strict=True))
        self.room = dict(zip(self.places, (one[0] for one in world.places), strict=True))
        self.open: dict[int, list[tuple[time, time]]] = {helper: [] for helper in self.helpers}
        for helper, opens, closes in world.shifts:
            if opens < closes:
                self.open[self.helpers[helper]].append((time(opens), time(closes)))
                self._new("shift", helper=self.helpers[helper], weekday=self._weekday(), opens=f"{opens:02}:00:00", closes=f"{closes:02}:00:00")
        self.stays: list[tuple[datetime, datetime, int, int, int]] = []
        for place, helper, start, length, size in world.stays:
            first = world.first + start * QUARTER
            self._try(first, first + length * QUARTER, self.places[place], self.helpers[helper], size=size)

    def query(self, limit: int) -> SlotQuery:
        keys = {"person": (), "place": tuple(map(str, self.places)), "helper": tuple(map(str, self.helpers))}
        return SlotQuery(
            start=self.world.first, end=self.world.first + LENGTH, duration=self.world.quarters * QUARTER, keys=keys,
            given={"size": str(self.world.size)}, limit=limit,
        )

    def starts(self) -> list[datetime]:
        last = self.world.first + LENGTH - self.world.quarters * QUARTER
        return [one for one in (self.world.first + n * QUARTER for n in range(40)) if one <= last]

    def fitting(self, start: datetime) -> list[tuple[int, int]]:
        """All (place, helper) that are free from then on, minute by minute."""
        end = start + self.world.quarters * QUARTER
        return [(place, helper) for place in self.places for helper in self.helpers
                if self._is_there(helper, start, end) and self._is_free(helper, start, end) and self._has_room(place, start, end)]

    def take(self, start: datetime, place: int, helper: int, *, keep: bool) -> None:
        stay = self._new("stay", **self._fields(start, place, helper))
        if not keep:
            self.engine.delete(CLERK, "stay", stay)

    def refused(self, start: datetime, place: int, helper: int) -> None:
        """Whatever the model finds taken cannot be written; who is only not there can."""
        end = start + self.world.quarters * QUARTER
        if self._is_free(helper, start, end) and self._has_room(place, start, end):
            self.take(start, place, helper, keep=False)
            return
        with pytest.raises(Conflict):
            self.engine.create(CLERK, "stay", self._fields(start, place, helper))

    def _is_there(self, helper: int, start: datetime, end: datetime) -> bool:
        return all(any(opens <= local.time() < closes for opens, closes in self.open[helper]) and local.isoweekday() == self._weekday()
                   for local in (one.astimezone(BERLIN) for one in _minutes(start, end)))

    def _is_free(self, helper: int, start: datetime, end: datetime) -> bool:
        before = 10 * MINUTE
        return not any(other == helper and first - before < end and start - before < last for first, last, _, other, _ in self.stays)

    def _has_room(self, place: int, start: datetime, end: datetime) -> bool:
        after = self.cleaning[place] * MINUTE
        stays = [(first, last + after, size) for first, last, other, _, size in self.stays if other == place]
        return all(self.world.size + sum(size for first, last, size in stays if first <= minute < last) <= self.room[place]
                   for minute in _minutes(start, end + after))

    def _try(self, start: datetime, end: datetime, place: int, helper: int, *, size: int) -> None:
        fields = {"place": place, "helper": helper, "size": size, "starts": start.isoformat(), "ends": end.isoformat()}
        try:
            self._new("stay", **fields)
        except Conflict:
            return
        self.stays.append((start, end, place, helper, size))

    def _fields(self, start: datetime, place: int, helper: int) -> dict[str, Any]:
        end = start + self.world.quarters * QUARTER
        return {"place": place, "helper": helper, "size": self.world.size, "starts": start.isoformat(), "ends": end.isoformat()}

    def _weekday(self) -> int:
        return (self.world.first + timedelta(hours=6)).astimezone(BERLIN).isoweekday()

    def _new(self, record_type: str, **fields: Any) -> int:
        return int(self.engine.create(CLERK, record_type, fields)["id"])


def _minutes(start: datetime, end: datetime) -> list[datetime]:
    return [start + n * MINUTE for n in range((end - start) // MINUTE)]


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)
