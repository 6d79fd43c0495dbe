"""Calendars as they are loaded: of dates and instants, weekly ones, lists, conditions, and what lies outside of the span."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from occupancy_site import ALL, CLERK, DATE, INSTANT, documents, to

from kartotek.engine.calendars import hours
from kartotek.engine.engine import Engine
from kartotek.rules.open_hours import open_spans

BERLIN = ZoneInfo("Europe/Berlin")
TIME = {"type": "string", "format": "time"}
HOLIDAY = {
    "title": "Holiday", "type": "object", "properties": {"first": DATE, "last": DATE, "stops": {"type": "boolean", "default": True}},
    "x-record": {"permissions": {"clerk": ALL}, "calendar": {
        "closed": True, "start": "first", "end": "last", "where": "record.stops"}},
}
ROSTER = {
    "title": "Roster", "type": "object",
    "properties": {
        "who": {"type": "array", "uniqueItems": True, "items": {"type": "integer"}, "x-field": {"references": "helper"}},
        "days": {"type": "array", "uniqueItems": True, "items": {"oneOf": [{"const": str(n), "title": str(n)} for n in range(1, 8)]}},
        "opens": TIME, "closes": TIME,
    },
    "x-record": {"permissions": {"clerk": ALL}, "calendar": {"of": "who", "weekday": "days", "opens": "opens", "closes": "closes"}},
}
DUTY = {
    "title": "Duty", "type": "object", "properties": {
        "helper": to("helper"), "start": INSTANT, "end": INSTANT,
        "skill": {"type": "string", "readOnly": True, "x-field": {"compute": "record.helper.skill"}}},
    "x-record": {"permissions": {"clerk": ALL}, "calendar": {
        "of": "helper", "start": "start", "end": "end", "where": "record.skill == 'all' || record.helper.name == 'A'"}},
}


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    return open_engine(documents(holiday=HOLIDAY, roster=ROSTER, duty=DUTY))


def shown(engine: Engine, types: list[str], helper: int | None = None) -> list[str]:
    """When the helper is open from Monday, the 30th of November, to Thursday night, on the clocks of Berlin."""
    start = datetime(2026, 11, 29, 23, tzinfo=UTC)
    within = (start, start + timedelta(days=4))
    moment = engine.transactions.begin(CLERK)
    about = [("helper", helper)] if helper is not None else []
    with engine.transactions.reading() as conn:
        near = open_spans(hours(moment, conn, types, within), within, BERLIN, about)
        whole = open_spans(hours(moment, conn, types), within, BERLIN, about)
    assert near == whole, "what is left out of a span changes nothing in it"
    return [f"{one.astimezone(BERLIN):%d %H:%M}-{other.astimezone(BERLIN):%d %H:%M}" for one, other in near]


def made(engine: Engine, record_type: str, **fields: Any) -> int:
    return int(engine.create(CLERK, record_type, fields)["id"])


def test_holidays_of_whole_days_close_for_everybody(engine: Engine) -> None:
    made(engine, "holiday", first="2026-12-01", last="2026-12-02")
    made(engine, "holiday", first="2026-11-30", last="2026-11-30", stops=False)
    made(engine, "holiday", first="2025-12-01", last="2025-12-02")
    assert shown(engine, ["holiday"]) == ["30 00:00-01 00:00", "03 00:00-04 00:00"]


def test_a_roster_of_several_people_and_days(engine: Engine) -> None:
    first, second, third = (made(engine, "helper", name=name) for name in "ABC")
    made(engine, "roster", who=[first, second], days=["1", "3"], opens="09:00:00", closes="12:00:00")
    made(engine, "roster", who=[second], days=["2"], opens="22:00:00", closes="02:00:00")
    made(engine, "holiday", first="2026-12-02", last="2026-12-02")
    both = ["roster", "holiday"]
    assert shown(engine, both, first) == ["30 09:00-30 12:00"]
    assert shown(engine, both, second) == ["30 09:00-30 12:00", "01 22:00-02 00:00"]
    assert shown(engine, both, third) == []
    made(engine, "roster", days=["4"], opens="09:00:00", closes="12:00:00")
    assert shown(engine, both, third) == ["03 09:00-03 12:00"]


def test_weekly_shifts_hold_from_their_first_to_their_last_day(engine: Engine) -> None:
    helper, other = made(engine, "helper", name="A"), made(engine, "helper", name="B")
    shift = {"helper": helper, "opens": "09:00:00", "closes": "10:00:00"}
    made(engine, "shift", **shift, weekday=1, until="2026-11-30")
    made(engine, "shift", **shift, weekday=2, since="2026-12-02")
    made(engine, "shift", **shift, weekday=3, since="2026-12-02", until="2026-12-02")
    made(engine, "shift", **shift, weekday=4, until="2026-12-02")
    assert shown(engine, ["shift"], helper) == ["30 09:00-30 10:00", "02 09:00-02 10:00"]
    made(engine, "shift", opens="12:00:00", closes="13:00:00", weekday=1)
    made(engine, "shift", helper=other, opens="09:00:00", closes="10:00:00", weekday=1, until="2020-01-01")
    # Who has shifts of his own, though none of these days, is not there when everybody else is.
    assert shown(engine, ["shift"], other) == []
    deleted = made(engine, "helper", name="C")
    engine.delete(CLERK, "shift", made(engine, "shift", helper=deleted, opens="09:00:00", closes="10:00:00", weekday=1))
    assert shown(engine, ["shift"], deleted) == ["30 12:00-30 13:00"]


def test_conditions_may_reach_other_records_and_computed_values(engine: Engine) -> None:
    first, second, third = (made(engine, "helper", name=name, skill=skill) for name, skill in (("A", "x"), ("B", "all"), ("C", "x")))
    for helper in (first, second, third):
        made(engine, "duty", helper=helper, start="2026-12-01T08:00:00Z", end="2026-12-01T09:00:00Z")
        made(engine, "duty", helper=helper, start="2027-12-01T08:00:00Z", end="2027-12-01T09:00:00Z")
    assert [shown(engine, ["duty"], helper) for helper in (first, second, third)] == [
        ["01 09:00-01 10:00"], ["01 09:00-01 10:00"], []]


def test_without_a_calendar_in_the_types_all_is_open(engine: Engine) -> None:
    assert shown(engine, ["person"]) == ["30 00:00-04 00:00"]
    assert shown(engine, ["shift"]) == ["30 00:00-04 00:00"]


def test_a_span_costs_two_queries_for_each_type(engine: Engine) -> None:
    helper = made(engine, "helper", name="A")
    for day in range(1, 8):
        made(engine, "shift", helper=helper, weekday=day, opens="09:00:00", closes="10:00:00")
    statements: list[str] = []
    moment, start = engine.transactions.begin(CLERK), datetime(2026, 12, 1, tzinfo=UTC)
    engine.database.listeners.append(statements.append)
    with engine.transactions.reading() as conn:
        hours(moment, conn, ["shift", "absence"], (start, start + timedelta(days=7)))
    assert len(statements) <= 3, statements
