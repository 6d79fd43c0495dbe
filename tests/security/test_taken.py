"""The same two worlds' answers about times, conflicts, messages, links and what effects come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hidden_site import CLERK, HELPER, SYSTEM
from taken_site import WORLDS, world

from kartotek.engine.engine import Engine
from kartotek.engine.outgoing import Outcome
from kartotek.errors import Conflict, KartotekError, Malformed
from kartotek.model.query import Query, SlotQuery

Ask = Callable[[Engine], Any]


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Both worlds."""
    made = []
    for index, hidden in enumerate(WORLDS):
        (tmp_path / str(index)).mkdir()
        made.append(world(tmp_path / str(index), hidden))
    yield made[0], made[1]
    for one in made:
        one.close()


def _slots(**more: Any) -> Ask:
    query = SlotQuery(
        start=datetime(2026, 12, 1, 9, tzinfo=UTC), end=datetime(2026, 12, 5, 12, tzinfo=UTC), duration=timedelta(hours=1), limit=20, **more
    )
    return lambda engine: engine.slots.find(HELPER, "visit", query)


def _times() -> Iterator[tuple[str, Ask]]:
    for own in (None, *range(1, 9)):
        for key in ("", "place", "person", "spot", "missing"):
            for values in (("1",), ("3",), ("4",), ("99",), ()):
                if key:
                    yield f"slots {own} {key}={values}", _slots(own=own, keys={key: values})
            yield f"slots {own} filter.{key}", _slots(own=own, filters={key: "record.word == 'wild'"} if key else {})
            yield f"slots {own} filter.{key} room", _slots(own=own, filters={key: "record.shown"} if key else {})
        for name, text in (("person", "1"), ("spot", "3"), ("word", "amber"), ("place", "3"), ("place", "77"), ("stage", "seen"), ("missing", "1")):
            yield f"slots {own} given.{name}={text}", _slots(own=own, given={name: text})


def _writes() -> Iterator[tuple[str, Ask]]:
    for id in range(1, 9):
        for day in range(1, 5):
            fields = {"starts": f"2026-12-0{day}T10:30:00Z", "ends": f"2026-12-0{day}T11:30:00Z"}
            yield f"move {id} to {day}", lambda engine, id=id, fields=fields: engine.update(HELPER, "visit", id, fields)
        for way in ("again", "over", "close", "look", "close"):
            yield f"run {way} {id}", lambda engine, id=id, way=way: engine.processes.run(HELPER, "visit", id, way)
        yield f"transitions {id}", lambda engine, id=id: engine.processes.transitions(HELPER, "visit", id)
        yield f"name {id}", lambda engine, id=id: engine.update(HELPER, "visit", id, {"name": "n"})
        for confirm in ({"calm": ""}, {"mild": ""}, {"mild": "x"}, {"other": "x"}):
            yield f"confirm {id} {confirm}", lambda engine, id=id, confirm=confirm: engine.update(HELPER, "visit", id, {"name": "m"}, confirm=confirm)
        yield f"history {id}", lambda engine, id=id: [asdict(engine.history(HELPER, "visit", id, limit=50))]


def _others() -> Iterator[tuple[str, Ask]]:
    yield "conflicts", lambda engine: asdict(engine.conflicts.list(HELPER))
    yield "conflicts 1", lambda engine: asdict(engine.conflicts.list(HELPER, "visit", limit=1))
    yield "conflicts count", lambda engine: engine.conflicts.count(HELPER)
    yield "inbox", lambda engine: asdict(engine.inbox.listing(HELPER))
    yield "outbox", lambda engine: asdict(engine.outbox.listing(HELPER))
    yield "hooks", lambda engine: [
        engine.outbox.show(SYSTEM, one["id"])["preview"] for one in engine.outbox.listing(SYSTEM).items if "endpoint" in one
    ]
    yield "list", lambda engine: asdict(engine.select(HELPER, "visit", Query(titles=True)))
    for id in range(1, 9):
        yield f"conflicts of {id}", lambda engine, id=id: engine.conflicts.of_record(HELPER, "visit", id)
        yield f"upcoming {id}", lambda engine, id=id: engine.timers.upcoming(HELPER, "visit", id)
        yield f"links {id}", lambda engine, id=id: engine.links.of_record(HELPER, "visit", id)


def _told(engine: Engine, ask: Ask) -> str:
    try:
        answer = ask(engine)
    except KartotekError as refused:
        answer = {
            "error": type(refused).__name__, "sentence": refused.sentence, "params": dict(refused.params),
            "problems": [one.wire() for one in refused.problems],
        }  # fmt: skip
    return orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS).decode()


def _settle(worlds: tuple[Engine, Engine]) -> None:
    """What is kept in inboxes is put there, and what is watched is judged."""
    for engine in worlds:
        while engine.timers.run_due():
            pass
        engine.outbox.deliver({"webhook": lambda outgoing: Outcome("not_answered", {}, again=True)})


def test_what_is_hidden_is_not_told_by_times_rules_and_messages(worlds: tuple[Engine, Engine]) -> None:
    found, asked, refused = [], 0, 0
    for text, ask in (*_times(), *_others(), *_writes(), ("settle", None), *_others(), *_times()):
        if ask is None:
            _settle(worlds)
            continue
        first, second = (_told(one, ask) for one in worlds)
        assert not (text.startswith("conflicts") and "mild" in first), first
        asked, refused = asked + 1, refused + ('"error"' in first)
        if first != second:
            found.append(f"{text}\n  {first[:600]}\n  {second[:600]}")
    assert not found, f"{len(found)} of {asked}\n" + "\n".join(found[:40])
    assert asked - refused > 200 and refused > 100, (asked, refused)


@pytest.mark.parametrize(("start", "end"), [
    ("9999-12-30T10:00:00Z", "9999-12-31T23:59:59Z"), ("0001-01-01T00:00:00Z", "0001-01-01T01:00:00Z"), ("0001-01-01T00:00:00Z", "9999-12-31T23:00:00Z"),
])  # fmt: skip
def test_times_at_the_ends_of_the_calendar_are_refused_like_others(worlds: tuple[Engine, Engine], start: str, end: str) -> None:
    engine, fields = worlds[0], {"name": "Far", "place": 1, "starts": start, "ends": end}
    if end < "2026" or start > "2027":
        engine.create(CLERK, "visit", fields)
    else:
        engine.create(CLERK, "visit", {**fields, "starts": "2026-12-09T10:00:00Z", "ends": "2026-12-09T11:00:00Z"})
    with pytest.raises(Conflict) as refused:
        engine.create(CLERK, "visit", fields)
    assert [one.code for one in refused.value.problems] == ["occupied"]
    query = SlotQuery(start=datetime(9999, 12, 30, tzinfo=UTC), end=datetime(9999, 12, 31, tzinfo=UTC), duration=timedelta(hours=1))
    with pytest.raises(Malformed):
        engine.slots.find(CLERK, "visit", query)
