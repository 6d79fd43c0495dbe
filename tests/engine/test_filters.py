"""Filters: every operator on every kind that has it, on both databases, against what Python says of the same records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kartotek.engine.busy import reading_from
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.query import MAX_LIMIT, Condition, Query

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 21)  # what the tests' clock says at the site, where it is 18:00
NOBODY = Actor.system("test")
SITE = "name: Site\nlanguages: [en]\ntimezone: Asia/Shanghai\nregion: CN\nroles: {clerk: {title: Clerk}}\n"
_ALL = {"read": True, "create": True, "write": True, "delete": True}
CITY: dict[str, Any] = {
    "type": "object", "title": "City", "properties": {"name": {"type": "string"}, "founded": {"type": "string", "format": "date"}},
    "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": _ALL}},
}  # fmt: skip
THING: dict[str, Any] = {
    "type": "object",
    "title": "Thing",
    "properties": {
        "text": {"type": "string"},
        "whole": {"type": "integer"},
        "float": {"type": "number"},
        "money": {"type": "string", "format": "decimal", "x-field": {"precision": 10, "scale": 2}},
        "day": {"type": "string", "format": "date", "x-field": {"index": True}},
        "feast": {"type": "string", "format": "month-day"},
        "moment": {"type": "string", "format": "date-time", "x-field": {"index": True}},
        "clock": {"type": "string", "format": "time"},
        "yes": {"type": "boolean"},
        "one": {"type": "string", "enum": ["a", "b", "c, d"]},
        "many": {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": ["x", "y", "z"]}},
        "city": {"type": "integer", "x-field": {"references": "city", "inverse": "things"}},
        "cities": {"type": "array", "uniqueItems": True, "items": {"type": "integer"}, "x-field": {"references": "city"}},
        "place": {"type": "object", "properties": {"street": {"type": "string"}}},
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": {"label": {"type": "string"}, "size": {"type": "integer"}, "made": {"type": "integer", "x-field": {"references": "city"}}}},
        },
        "a.b": {"type": "string"},
        "search": {"type": "string"},
    },
    "x-record": {"titleTemplate": "{text}", "permissions": {"clerk": _ALL}},
}  # fmt: skip
Values = dict[str, Any]
Holds = Callable[[Any], bool]


@pytest.fixture
def things(open_engine: Callable[..., Engine]) -> tuple[Engine, list[Values]]:
    """Sixty records drawn with a fixed seed; {path: value} of each, with "id"."""
    engine = open_engine({"site.yaml": SITE, "schemas/city.json": json.dumps(CITY), "schemas/thing.json": json.dumps(THING)})
    random = Random(4)
    names = ("Berlin", "Köln", "北京", "Bern")
    towns = [{"name": name, "founded": f"1{index}00-03-0{index + 1}"} for index, name in enumerate(names)]
    cities = {engine.create(NOBODY, "city", one)["id"]: one for one in towns}
    rows = []
    for _ in range(60):
        fields = {name: value for name, value in _drawn(random, list(cities)).items() if random.random() < 0.8}
        record = engine.create(NOBODY, "thing", fields)
        rows.append(_flat(fields, cities) | {"meta.id": record["id"], "id": record["id"]})
    return engine, rows


def _drawn(random: Random, cities: list[int]) -> Values:
    day = TODAY + timedelta(days=random.randint(-500, 500)) if random.random() < 0.5 else TODAY + timedelta(days=random.randint(-9, 9))
    instant = datetime(2026, 11, 21, 10, tzinfo=UTC) + timedelta(minutes=random.randint(-8000, 8000))
    return {
        "text": random.choice(("Apple", "apple pie", "Äpfel", "苹果 juice", "plum", "100%")), "whole": random.randint(-3, 3),
        "float": random.choice((-1.5, 0.0, 0.25, 2.0)), "money": random.choice(("0.00", "12.50", "-3.10", "99.99")),
        "day": day.isoformat(), "feast": random.choice(("02-28", "02-29", "11-21", "12-31", "01-01", "11-29", "06-15")),
        "moment": instant.isoformat().replace("+00:00", "Z"), "clock": random.choice(("09:00", "12:30", "23:59")),
        "yes": random.random() < 0.5, "one": random.choice(("a", "b", "c, d")), "many": random.sample(["x", "y", "z"], random.randint(1, 3)),
        "city": random.choice(cities), "cities": random.sample(cities, random.randint(1, 3)), "place": {"street": random.choice(("High", "Low"))},
        "lines": [
            {"label": random.choice(("red", "blue")), "size": random.randint(1, 4), "made": random.choice(cities)} for _ in range(random.randint(1, 3))
        ],
        "a.b": random.choice(("x", "y")), "search": random.choice(("x", "y")),
    }  # fmt: skip


def _flat(fields: Values, cities: dict[int, Values]) -> Values:
    """The values by path; what lies beyond a list is a list of all that can be reached."""
    row: Values = {f'"{name}"' if name in ("a.b", "search") else name: value for name, value in fields.items()}
    row["city.name"] = cities[row["city"]]["name"] if "city" in row else None
    row["city.founded"] = date.fromisoformat(cities[row["city"]]["founded"]) if "city" in row else None
    row["cities.name"] = Any_(cities[one]["name"] for one in row.get("cities", ()))
    row["place.street"] = row.get("place", {}).get("street")
    for name in ("label", "size", "made"):
        row[f"lines.{name}"] = Any_(one.get(name) for one in row.get("lines", ()))
    row["lines.made.name"] = Any_(cities[one["made"]]["name"] for one in row.get("lines", ()))
    for name, read in (("day", date.fromisoformat), ("money", Decimal), ("moment", datetime.fromisoformat)):
        if name in row:
            row[name] = read(row[name])
    return row


class Any_(tuple[Any, ...]):
    """Values of which any may meet a condition."""


def _questions() -> Iterator[tuple[str, str, str, Holds]]:
    """(path, operator, text, what Python says of the value, which is None where there is none)."""
    yield from _compared("text", {"apple pie": "apple pie", "plum": "plum"}, ordered=False)
    yield from _compared("whole", {"-1": -1, "2": 2})
    yield from _compared("float", {"0.25": 0.25, "-1.5": -1.5})
    yield from _compared("money", {"12.5": Decimal("12.50"), "-3.10": Decimal("-3.10")})
    yield from _compared("day", {"2026-11-21": TODAY, "2026-11-14": date(2026, 11, 14)})
    yield from _compared("clock", {"09:00": "09:00", "12:30": "12:30"})
    yield from _compared("feast", {"02-29": "02-29", "12-31": "12-31"})
    yield from _compared("yes", {"true": True, "false": False}, ordered=False)
    yield from _compared("one", {"a": "a", "c\\, d": "c, d"}, ordered=False, single={"a": "a", "c, d": "c, d"})
    yield from _compared("city", {"1": 1, "3": 3}, ordered=False)
    yield from _compared("meta.id", {"5": 5, "40": 40})
    yield from _compared("city.name", {"Berlin": "Berlin", "北京": "北京"}, ordered=False)
    yield from _compared("lines.size", {"1": 1, "3": 3})
    yield from _compared("lines.label", {"red": "red", "blue": "blue"}, ordered=False)
    yield from _compared("lines.made.name", {"Bern": "Bern", "Köln": "Köln"}, ordered=False)
    yield from _compared("cities.name", {"Bern": "Bern", "Köln": "Köln"}, ordered=False)
    yield from _compared("place.street", {"High": "High", "Low": "Low"}, ordered=False)
    yield from _compared('"a.b"', {"x": "x"}, ordered=False)
    yield from _compared('"search"', {"x": "x"}, ordered=False)
    for path in ("text", "city.name", "lines.label", "lines.made.name"):
        yield path, "contains", "E", lambda it: it is not None and "e" in it.lower()
        yield path, "startsWith", "B", lambda it: it is not None and it.startswith("B")
    yield "text", "contains", "%", lambda it: it is not None and "%" in it
    for path, of in (("many", str), ("cities", int)):
        first, second = ("x", "z") if of is str else ("2", "4")
        both = {of(first), of(second)}
        yield path, "contains", first, lambda it, one=of(first): one in (it or ())
        yield path, "in", f"{first},{second}", lambda it, both=both: bool(both & set(it or ()))
        yield path, "all", f"{first},{second}", lambda it, both=both: both <= set(it or ())
        yield path, "notIn", f"{first},{second}", lambda it, both=both: not both & set(it or ())
    for name, (first, last) in PERIODS.items():
        yield "day", "relative", name, lambda it, first=first, last=last: it is not None and first <= it <= last
        yield "moment", "relative", name, lambda it, first=first, last=last: it is not None and first <= it.astimezone(ZONE).date() <= last
    yield from _moments()
    for name in ("today", "next-8-days", "next-60-days", "this-month", "last-30-days", "this-year"):
        days = _month_days(name)
        yield "feast", "anniversary", name, lambda it, days=days: it in days
        yield "day", "anniversary", name, lambda it, days=days: it is not None and f"{it:%m-%d}" in days
        yield "city.founded", "anniversary", name, lambda it, days=days: it is not None and f"{it:%m-%d}" in days


PERIODS = {
    "today": (TODAY, TODAY), "yesterday": (date(2026, 11, 20),) * 2, "tomorrow": (date(2026, 11, 22),) * 2,
    "this-week": (date(2026, 11, 16), date(2026, 11, 22)), "last-week": (date(2026, 11, 9), date(2026, 11, 15)),
    "next-week": (date(2026, 11, 23), date(2026, 11, 29)), "this-month": (date(2026, 11, 1), date(2026, 11, 30)),
    "last-month": (date(2026, 10, 1), date(2026, 10, 31)), "next-month": (date(2026, 12, 1), date(2026, 12, 31)),
    "this-quarter": (date(2026, 10, 1), date(2026, 12, 31)), "last-quarter": (date(2026, 7, 1), date(2026, 9, 30)),
    "next-quarter": (date(2027, 1, 1), date(2027, 3, 31)), "this-year": (date(2026, 1, 1), date(2026, 12, 31)),
    "last-year": (date(2025, 1, 1), date(2025, 12, 31)), "next-year": (date(2027, 1, 1), date(2027, 12, 31)),
    "last-7-days": (date(2026, 11, 15), TODAY), "next-3-days": (TODAY, date(2026, 11, 23)),
}  # fmt: skip


def _month_days(name: str) -> set[str]:
    first, last = {**PERIODS, "next-8-days": (TODAY, date(2026, 11, 28)), "next-60-days": (TODAY, TODAY + timedelta(days=59)), "last-30-days": (TODAY - timedelta(days=29), TODAY)}[name]
    days = {f"{first + timedelta(days=one):%m-%d}" for one in range((last - first).days + 1)}
    return days | {"02-29"} if "02-28" in days else days


def _moments() -> Iterator[tuple[str, str, str, Holds]]:
    """Days of the site stand for instants, beside instants themselves."""
    day, instant = date(2026, 11, 20), datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    local = lambda it: it.astimezone(ZONE).date()  # noqa: E731 - a short name for what is said eight times
    for operator, holds in COMPARING.items():
        yield "moment", operator, "2026-11-20", lambda it, holds=holds: holds(it and local(it), day)
        yield "moment", operator, "2026-11-20T11:00:00+08:00", lambda it, holds=holds: holds(it, instant)
    yield "moment", "between", "2026-11-19,2026-11-20", lambda it: it is not None and date(2026, 11, 19) <= local(it) <= day
    yield "moment", "between", ",2026-11-20T03:00:00Z", lambda it: it is not None and it <= instant
    yield "moment", "in", "2026-11-20,2026-11-22", lambda it: it is not None and local(it) in (day, date(2026, 11, 22))
    yield "moment", "notIn", "2026-11-20,2026-11-22", lambda it: it is None or local(it) not in (day, date(2026, 11, 22))


COMPARING: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda it, one: it == one, "ne": lambda it, one: it != one, "lt": lambda it, one: it is not None and it < one,
    "lte": lambda it, one: it is not None and it <= one, "gt": lambda it, one: it is not None and it > one,
    "gte": lambda it, one: it is not None and it >= one,
}  # fmt: skip


def _compared(path: str, texts: dict[str, Any], *, ordered: bool = True, single: dict[str, Any] | None = None) -> Iterator[tuple[str, str, str, Holds]]:
    for operator, holds in COMPARING.items():
        if ordered or operator in ("eq", "ne"):
            for text, value in (single or texts).items():
                yield path, operator, text, lambda it, value=value, holds=holds: holds(it, value)
    values = list(texts.values())
    yield path, "in", ",".join(texts), lambda it: it in values
    yield path, "notIn", ",".join(texts), lambda it: it not in values
    yield path, "empty", "true", lambda it: it is None
    yield path, "empty", "false", lambda it: it is not None
    if ordered:
        low, high = sorted(values)
        written = [text for text, _ in sorted(texts.items(), key=lambda one: one[1])]
        yield path, "between", ",".join(written), lambda it: it is not None and low <= it <= high
        yield path, "between", f"{written[0]},", lambda it: it is not None and it >= low
        yield path, "between", f",{written[1]}", lambda it: it is not None and it <= high


def test_every_filter_finds_what_python_finds(things: tuple[Engine, list[Values]]) -> None:
    engine, rows = things
    asked = told = 0
    for path, operator, text, holds in _questions():
        expected = [row["id"] for row in rows if _holds(row.get(path), holds)]
        found = _found(engine, path, operator, text)
        assert found == expected, (path, operator, text)
        asked, told = asked + 1, told + (0 < len(found) < len(rows))
    assert asked > 200 and told > 150, "most questions must tell records apart"


def _holds(value: Any, holds: Holds) -> bool:
    return any(map(holds, value)) if isinstance(value, Any_) else holds(value)


def _found(engine: Engine, path: str, operator: Any, text: str) -> list[int]:
    parts = (path.strip('"'),) if path.startswith('"') else tuple(path.split("."))
    query = Query(conditions=(Condition(parts, operator, text),), sort=("meta.id",), fields=(), limit=MAX_LIMIT)
    return [one["id"] for one in engine.select(NOBODY, "thing", query).items]


def test_conditions_on_what_refers_to_a_record(things: tuple[Engine, list[Values]]) -> None:
    engine, rows = things
    big = {row["city"] for row in rows if "city" in row and row.get("whole", 0) >= 3}
    query = Query(conditions=(Condition(("things", "whole"), "gte", "3"),), sort=("meta.id",))
    assert [one["id"] for one in engine.select(NOBODY, "city", query).items] == sorted(big)
    assert engine.select(NOBODY, "city", Query(conditions=(Condition(("things",), "empty", "true"),))).items == []


REFUSED = {
    "one end": ("whole", "between", "3"), "three ends": ("whole", "between", "1,2,3"), "no end": ("whole", "between", ","),
    "no number": ("whole", "eq", "1_0"), "full-width digits": ("whole", "eq", "１"), "no period": ("day", "relative", "last-decade"),
    "no days": ("day", "relative", "last-0-days"), "too many days": ("day", "relative", "next-99999-days"), "no day": ("day", "gt", "2026-02-30"),
    "no option": ("yes", "in", "true,maybe"), "no anniversary of a moment": ("moment", "anniversary", "today"), "no order of texts": ("one", "lt", "a"),
    "the last day there is": ("moment", "lte", "9999-12-31"), "a list of rows": ("lines", "eq", "1"), "beyond a text": ("text.more", "eq", "1"),
    "beyond the system's values": ("meta.version.more", "eq", "1"), "the system itself": ("meta", "eq", "1"), "a list from the other side": ("city.things", "eq", "1"),
}  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_asked_is_refused(things: tuple[Engine, list[Values]]) -> None:
    for name, (path, operator, text) in REFUSED.items():
        with pytest.raises(Malformed) as refused:
            _found(things[0], path, operator, text)
        assert {one.code for one in refused.value.problems} <= {"filter_value", "operator", "unknown_field"}, name


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "operator", "text"),
    [("day", "relative", "last-30-days"), ("day", "between", "2026-11-01,2026-11-30"), ("moment", "relative", "today"), ("moment", "eq", "2026-11-20")],
)
def test_ranges_are_searched_by_their_index(things: tuple[Engine, list[Values]], path: str, operator: str, text: str) -> None:
    engine, _ = things
    statements: list[str] = []
    engine.database.listeners.append(statements.append)
    _found(engine, path, operator, text)
    engine.database.listeners.clear()
    (statement,) = (one for one in statements if "ORDER BY" in one)
    with reading_from(engine.database) as conn:
        plan = " ".join(str(row[-1]) for row in conn.rows(f"EXPLAIN QUERY PLAN {statement}", [1] * statement.count("?")))
    assert "USING INDEX" in plan and f"{path}>" in plan, plan
