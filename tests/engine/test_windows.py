"""Rollups over a window of time: right after every refreshment, whoever came in, left, or did both in between."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from neutral_site import ALL, CLERK, documents

from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.storage import windows

START = datetime(2026, 11, 21, 10, tzinfo=UTC)


def count(where: str, **more: Any) -> dict[str, Any]:
    return {"type": "integer", "readOnly": True, "x-field": {"rollup": {"from": "calls", "fn": "count", "where": where}, **more}}


FRIEND: dict[str, Any] = {
    "title": "Friend", "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 60},
        "club": {"type": "integer", "x-field": {"references": "club", "inverse": "friends"}},
        "recent": count("item.at > now - duration('90d') && item.at <= now"),
        "today": count("item.day == today"),
        "odd": count("weekday(today) == item.length"),
        "busy": count("item.at <= now && item.until > now"),
        "long": {"type": "integer", "readOnly": True, "x-field": {"rollup": {
            "from": "calls", "fn": "sum", "field": "length", "where": "item.at > now - duration('7d') || item.kept"}}},
        "is_lively": {"type": "boolean", "readOnly": True, "x-field": {"compute": "record.recent >= 2", "stored": True}},
    },
    "x-record": {"permissions": {"clerk": ALL}, "sort": ["-recent"], "validations": [
        {"name": "some", "rule": "record.recent < 3", "message": "Too many"}]},
}  # fmt: skip
CALL: dict[str, Any] = {
    "title": "Call", "type": "object",
    "properties": {
        "friend": {"type": "integer", "x-field": {"references": "friend", "inverse": "calls"}},
        "at": {"type": "string", "format": "date-time", "x-field": {"index": True}},
        "until": {"type": "string", "format": "date-time"}, "day": {"type": "string", "format": "date"},
        "length": {"type": "integer", "default": 1}, "kept": {"type": "boolean", "default": False},
    },
    "x-record": {"permissions": {"clerk": ALL}},
}  # fmt: skip
CLUB: dict[str, Any] = {
    "title": "Club", "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 60}, "calls": {"type": "integer", "readOnly": True, "x-field": {
        "rollup": {"from": "friends", "fn": "sum", "field": "recent"}}}},
    "x-record": {"permissions": {"clerk": ALL}},
}  # fmt: skip
FLOW = """record: friend
initial: quiet
states:
  quiet: {title: {en: Quiet, zh: 安静}}
  lively: {title: {en: Lively, zh: 活跃}}
  gone: {title: {en: Gone, zh: 离开}, final: true}
transitions:
  wake: {title: {en: Wake, zh: 醒}, from: quiet, to: lively, auto: true, guard: "record.recent >= 2"}
  calm: {title: {en: Calm, zh: 静}, from: lively, to: quiet, auto: true, guard: "record.recent < 2"}
  leave: {title: {en: Leave, zh: 离开}, from: [quiet, lively], to: gone, roles: [clerk]}
"""


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    engine = open_engine()
    given = {**documents(friend=FRIEND, call=CALL, club=CLUB), "workflows/friend.yaml": FLOW}
    assert engine.apply_documents(given, by=Actor.system("t"), reason="t").applied  # it warns of the circle, rightly
    engine.create(CLERK, "club", {"name": "c"})
    engine.create(CLERK, "friend", {"name": "a", "club": 1})
    engine.windows.refresh()
    return engine


def at(engine: Engine, moment: datetime) -> None:
    engine.clock = lambda: moment


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def friend(engine: Engine, id: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = engine.get(CLERK, "friend", id)
    return found


def call(engine: Engine, start: datetime, **fields: Any) -> int:
    made = engine.create(CLERK, "call", {"friend": 1, "at": wire(start), **fields})
    return int(made["id"])


def test_rows_leave_the_window_and_what_is_made_of_it_follows(engine: Engine) -> None:
    call(engine, START - timedelta(days=1))
    call(engine, START - timedelta(days=80))
    before = friend(engine)
    assert (before["fields"]["recent"], before["fields"]["is_lively"], before["state"]) == (2, True, "lively")
    assert engine.get(CLERK, "club", 1)["fields"]["calls"] == 2
    at(engine, START + timedelta(days=11))
    engine.windows.refresh()
    after = friend(engine)
    assert (after["fields"]["recent"], after["fields"]["is_lively"], after["state"]) == (1, False, "quiet")
    assert engine.get(CLERK, "club", 1)["fields"]["calls"] == 1
    assert [one["transition"] for one in engine.history(CLERK, "friend", 1).items if one.get("transition")] == ["calm", "wake"]


def test_rows_enter_the_window(engine: Engine) -> None:
    call(engine, START + timedelta(hours=2))
    assert friend(engine)["fields"]["recent"] == 0
    at(engine, START + timedelta(hours=2))
    engine.windows.refresh()
    assert friend(engine)["fields"]["recent"] == 1
    page = engine.select(CLERK, "friend", Query(filter="record.recent == 1"))
    assert [one["id"] for one in page.items] == [1]


def test_time_refuses_nobody_and_changes_no_version(engine: Engine) -> None:
    for hours in (1, 2, 3):
        call(engine, START + timedelta(hours=hours))
    at(engine, START + timedelta(hours=4))
    engine.windows.refresh()
    after = friend(engine)
    assert after["fields"]["recent"] == 3  # the rule is broken by time alone
    assert [one["action"] for one in engine.history(CLERK, "friend", 1).items] == ["transition", "create"]


def test_a_row_that_came_and_went_since_a_write_saw_it_is_noticed(engine: Engine) -> None:
    """Counted in the middle of its time by a sibling's write, it is the same then and now, and yet what is kept is wrong."""
    call(engine, START + timedelta(minutes=10), until=wire(START + timedelta(minutes=20)))
    at(engine, START + timedelta(minutes=15))
    call(engine, START + timedelta(days=300))
    assert friend(engine)["fields"]["busy"] == 1
    at(engine, START + timedelta(minutes=30))
    engine.windows.refresh()
    assert friend(engine)["fields"]["busy"] == 0


def test_midnight_is_that_of_the_site(engine: Engine) -> None:
    call(engine, START, day="2026-11-22")
    assert friend(engine)["fields"]["today"] == 0
    at(engine, datetime(2026, 11, 21, 15, 59, tzinfo=UTC))
    engine.windows.refresh()
    assert friend(engine)["fields"]["today"] == 0
    at(engine, datetime(2026, 11, 21, 16, 0, tzinfo=UTC))  # midnight in Shanghai
    engine.windows.refresh()
    assert friend(engine)["fields"]["today"] == 1


def test_a_clock_that_goes_back_is_followed(engine: Engine) -> None:
    call(engine, START + timedelta(hours=2))
    at(engine, START + timedelta(hours=3))
    engine.windows.refresh()
    at(engine, START)
    engine.windows.refresh()
    assert friend(engine)["fields"]["recent"] == 0


def test_a_refreshment_leaves_what_was_counted_later_alone(engine: Engine) -> None:
    call(engine, START + timedelta(hours=2))
    at(engine, START + timedelta(hours=3))
    call(engine, START + timedelta(days=300))  # counts the parent as of now
    at(engine, START + timedelta(hours=1))  # a worker whose clock is behind
    engine.windows.refresh()
    assert friend(engine)["fields"]["recent"] == 1


def test_another_condition_is_counted_from_the_beginning(engine: Engine) -> None:
    call(engine, START - timedelta(days=80))
    changed = {**FRIEND, "properties": {**FRIEND["properties"], "recent": count("item.at > now - duration('9d')")}}
    given = {**documents(friend=changed, call=CALL, club=CLUB), "workflows/friend.yaml": FLOW}
    report = engine.apply_documents(given, by=Actor.system("t"), reason="t")
    if report.waiting:
        pytest.skip("such a change waits for a plan")
    engine.windows.refresh()
    assert friend(engine)["fields"]["recent"] == 0


def test_what_is_kept_of_windows_does_not_grow(engine: Engine) -> None:
    for minutes in range(5):
        at(engine, START + timedelta(minutes=minutes))
        call(engine, START + timedelta(hours=minutes))
        engine.windows.refresh()
    with engine.database.read() as conn:
        names = conn.rows('SELECT "name", count(*) FROM "kartotek__window" GROUP BY "name"', ())
        assert [rows for _, rows in names] == [1] * len(names)
        assert all(windows.right_until(conn, name) == START + timedelta(minutes=4) for name, _ in names)


def test_types_without_windows_write_nothing(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents())
    engine.create(CLERK, "account", {"code": "a"})
    engine.create(CLERK, "entry", {"account": 1, "change": 1})
    engine.windows.refresh()
    with engine.database.read() as conn:
        assert conn.rows('SELECT * FROM "kartotek__window"', ()) == []


@pytest.mark.parametrize("seed", range(3))
def test_random_rows_and_times_agree_with_a_model(open_engine: Callable[..., Engine], seed: int) -> None:
    chance = random.Random(seed)
    free = {**FRIEND, "x-record": {"permissions": {"clerk": ALL}}}
    engine = open_engine(documents(friend=free, call=CALL, club=CLUB))
    for _ in range(3):
        engine.create(CLERK, "friend", {"name": "x"})
    rows: dict[int, dict[str, Any]] = {}
    moment = START
    for _ in range(60):
        moment += timedelta(hours=chance.choice((0, 1, 5, 30, 200)))
        at(engine, moment)
        sort = chance.choice(("add", "add", "move", "delete", "refresh", "refresh"))
        if sort == "add" or not rows:
            row = _row(chance, moment)
            rows[engine.create(CLERK, "call", row)["id"]] = row
        elif sort == "move":
            id = chance.choice(list(rows))
            rows[id] = {**rows[id], "friend": chance.randint(1, 3)}
            engine.update(CLERK, "call", id, {"friend": rows[id]["friend"]})
        elif sort == "delete":
            id = chance.choice(list(rows))
            del rows[id]
            engine.delete(CLERK, "call", id)
        else:
            engine.windows.refresh()
            for one in (1, 2, 3):
                found = friend(engine, one)["fields"]
                assert {name: found[name] for name in _NAMES} == _model(rows.values(), one, moment)


_NAMES = ("recent", "today", "odd", "busy", "long")


def _row(chance: random.Random, moment: datetime) -> dict[str, Any]:
    start = moment + timedelta(hours=chance.randint(-2400, 300))
    row = {
        "friend": chance.randint(1, 3), "at": wire(start), "until": wire(start + timedelta(hours=chance.randint(0, 300))),
        "day": (start + timedelta(hours=8)).date().isoformat(), "length": chance.randint(1, 7), "kept": chance.random() < 0.2,
    }
    return {name: value for name, value in row.items() if name in ("friend", "length", "kept") or chance.random() < 0.9}


def _model(rows: Any, friend: int, moment: datetime) -> dict[str, int]:
    mine = [one for one in rows if one["friend"] == friend]
    today = (moment + timedelta(hours=8)).date()
    times = [(_time(one.get("at")), _time(one.get("until")), one) for one in mine]
    lately = [one for start, _, one in times if one["kept"] or (start and start > moment - timedelta(days=7))]
    return {
        "recent": sum(bool(start and moment - timedelta(days=90) < start <= moment) for start, _, _ in times),
        "today": sum(one.get("day") == today.isoformat() for one in mine),
        "odd": sum(one["length"] == today.isoweekday() for one in mine),
        "busy": sum(bool(start and end and start <= moment < end) for start, end, _ in times),
        "long": sum(one["length"] for one in lately),
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def test_refreshing_while_others_write_leaves_everything_right(open_engine: Callable[..., Engine]) -> None:
    free = {**FRIEND, "x-record": {"permissions": {"clerk": ALL}}}
    engine = open_engine(documents(friend=free, call=CALL, club=CLUB))
    for _ in range(3):
        engine.create(CLERK, "friend", {"name": "x"})
    ticks = itertools.count()
    engine.clock = lambda: START + timedelta(minutes=7 * next(ticks))
    rows: list[dict[str, Any]] = []

    def write(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            row = _row(chance, START)
            engine.create(CLERK, "call", row)
            rows.append(row)

    def refresh(seed: int) -> None:
        for _ in range(12):
            engine.windows.refresh()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, seed) for seed, work in enumerate((write, refresh, write, refresh))]:
            done.result(timeout=120)
    end = START + timedelta(minutes=7 * next(ticks))
    at(engine, end)
    engine.windows.refresh()
    for one in (1, 2, 3):
        found = friend(engine, one)["fields"]
        assert {name: found[name] for name in _NAMES} == _model(rows, one, end)
