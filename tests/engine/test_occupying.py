"""What records take: never more than there is room for, at every door, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import occupancy_site
import pytest
from occupancy_site import CLERK, GUEST, documents

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.occupying import rebuild
from kartotek.errors import Conflict
from kartotek.model.actor import Actor
from kartotek.storage.occupancy import by_key


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    return open_engine(documents())


@pytest.fixture
def made(engine: Engine) -> Callable[..., int]:
    def make(record_type: str, **fields: Any) -> int:
        return int(engine.create(CLERK, record_type, fields)["id"])

    return make


def hour(start: str, end: str = "") -> dict[str, str]:
    """{starts, ends} on one day in UTC; an hour, where the end is not said."""
    last = end or f"{int(start[:2]) + 1:02}{start[2:]}"
    return {"starts": f"2026-12-01T{start}:00Z", "ends": f"2026-12-01T{last}:00Z"}


def taken(engine: Engine, *spaces: str) -> list[tuple[str, str, str]]:
    """(space, key, time in minutes of the day) of all that is taken."""
    with engine.transactions.reading() as conn:
        names = spaces or [row[0] for row in conn.rows('SELECT DISTINCT "space" FROM "kartotek__occupancy"')]
        found = [row for some in by_key(conn, names) for row in some]
    return [(row.space, row.key, f"{row.start:%H:%M}-{row.end:%H:%M}") for row in found]


def refusal(write: Callable[[], Any]) -> Conflict:
    with pytest.raises(Conflict) as caught:
        write()
    assert caught.value.problems[0].code == "occupied"
    return caught.value


def test_the_same_time_of_the_same_person_is_refused_and_named(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    made("stay", person=person, **hour("10:00"))
    error = refusal(lambda: made("stay", person=person, **hour("10:30")))
    assert error.problems[0].path == "/fields/person"
    assert error.problems[0].params == {
        "name": "no_overlap_1", "key": {"person": person},
        "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T11:00:00Z",
    }
    assert taken(engine) == [("stay:no_overlap_1", f"[{person}]", "10:00-11:00")]


def test_times_are_half_open(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    made("stay", person=person, **hour("10:00"))
    made("stay", person=person, **hour("11:00"))
    made("stay", person=person, **hour("09:00"))
    assert [one[2] for one in taken(engine)] == ["09:00-10:00", "10:00-11:00", "11:00-12:00"]


def test_without_a_key_a_start_or_an_end_nothing_is_taken(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    made("stay", **hour("10:00"))
    made("stay", person=person, starts="2026-12-01T10:00:00Z")
    made("stay", person=person, starts="2026-12-01T10:00:00Z", ends="2026-12-01T10:00:00Z")
    assert taken(engine) == []


def test_weights_are_summed_instant_by_instant_up_to_the_room_of_the_place(engine: Engine, made: Any) -> None:
    place = made("place", name="P", room=3)
    made("stay", place=place, size=2, **hour("10:00"))
    made("stay", place=place, size=2, **hour("11:00"))  # never beside the first
    made("stay", place=place, size=1, **hour("10:00", "12:00"))  # beside each of them: 3
    error = refusal(lambda: made("stay", place=place, size=1, **hour("11:30", "11:45")))
    assert error.problems[0].params["key"] == {"place": place}
    made("stay", place=place, size=3, **hour("12:00"))
    refusal(lambda: made("stay", place=place, size=4, **hour("15:00")))


def test_buffers_belong_to_the_time_taken(engine: Engine, made: Any) -> None:
    place = made("place", name="P", cleaning=15)
    made("stay", place=place, **hour("10:00"))
    refusal(lambda: made("stay", place=place, **hour("11:00")))
    refusal(lambda: made("stay", place=place, **hour("09:00", "09:46")))
    made("stay", place=place, **hour("11:15", "12:00"))
    made("stay", place=place, **hour("09:00", "09:45"))
    helper = made("helper", name="H")
    made("stay", helper=helper, **hour("10:00"))
    error = refusal(lambda: made("stay", helper=helper, **hour("11:00")))
    assert error.problems[0].message == "This helper is busy."
    made("stay", helper=helper, **hour("11:10", "12:00"))


def test_own_times_are_released_in_the_write_that_moves_them(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    stay = made("stay", person=person, **hour("10:00", "12:00"))
    engine.update(CLERK, "stay", stay, hour("11:00", "13:00"))
    assert [one[2] for one in taken(engine)] == ["11:00-13:00"]
    engine.update(CLERK, "stay", stay, {"live": False})
    assert taken(engine) == []
    other = made("stay", person=person, **hour("11:00"))
    refusal(lambda: engine.update(CLERK, "stay", stay, {"live": True}))
    engine.delete(CLERK, "stay", other)
    engine.update(CLERK, "stay", stay, {"live": True})
    assert [one[2] for one in taken(engine)] == ["11:00-13:00"]


def test_a_refused_write_leaves_what_was_taken(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    made("stay", person=person, **hour("10:00"))
    stay = made("stay", person=person, **hour("12:00"))
    refusal(lambda: engine.update(CLERK, "stay", stay, hour("10:30")))
    assert [one[2] for one in taken(engine)] == ["10:00-11:00", "12:00-13:00"]
    assert engine.get(CLERK, "stay", stay)["version"] == 1


def test_the_trash_takes_nothing_and_coming_back_is_judged(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    stay = made("stay", person=person, **hour("10:00"))
    engine.delete(CLERK, "stay", stay)
    assert taken(engine) == []
    other = made("stay", person=person, **hour("10:00"))
    refusal(lambda: engine.restore(CLERK, "stay", stay))
    engine.delete(CLERK, "stay", other)
    engine.restore(CLERK, "stay", stay)
    assert len(taken(engine)) == 1


def test_rows_take_time_and_count_against_each_other(engine: Engine, made: Any) -> None:
    first, second = made("helper", name="A"), made("helper", name="B")
    place = made("place", name="P")
    parts = [{"helper": first, "place": place, **hour("10:00")}, {"helper": second, "place": place, **hour("11:00")}]
    visit = made("visit", parts=parts)
    assert [one[0] for one in taken(engine)] == ["helpers", "helpers", "visit:where", "visit:where"]
    error = refusal(lambda: made("visit", parts=[{"helper": second, **hour("09:00")}, {"helper": second, **hour("11:30")}]))
    assert error.problems[0].path == "/fields/parts/1/helper"
    error = refusal(lambda: made("visit", parts=[{"helper": first, **hour("14:00")}, {"helper": first, **hour("14:30")}]))
    assert error.problems[0].params["start"] == "2026-12-01T14:30:00Z"
    assert error.problems[0].params["end"] == "2026-12-01T15:00:00Z"
    # The two rows change places: whoever took the time of the other gave it up in the same write.
    parts[0]["helper"], parts[1]["helper"] = second, first
    engine.update(CLERK, "visit", visit, {"parts": parts})
    engine.update(CLERK, "visit", visit, {"gone": True})
    assert taken(engine) == []


def test_a_list_takes_each_of_its_members_in_the_space_they_share(engine: Engine, made: Any) -> None:
    first, second = made("helper", name="A"), made("helper", name="B")
    made("visit", pair=[first, second], **hour("10:00"))
    error = refusal(lambda: made("visit", parts=[{"helper": second, **hour("10:30")}]))
    assert error.problems[0].params["name"] == "part"
    error = refusal(lambda: made("visit", pair=[second], **hour("09:30")))
    assert error.problems[0].params["key"] == {"pair": [second]}
    made("stay", helper=second, **hour("10:30"))  # another space


def test_dates_count_from_midnight_to_midnight_of_the_site_and_the_last_is_free(engine: Engine, made: Any) -> None:
    place = made("place", name="P")
    made("night", place=place, shelf="a", first="2026-12-01", last="2026-12-03")
    made("night", place=place, shelf="a", first="2026-12-03", last="2026-12-04")
    made("night", place=place, shelf="b", first="2026-12-01", last="2026-12-02")
    made("night", place=place, first="2026-12-01", last="2026-12-02")  # half a key is none
    error = refusal(lambda: made("night", place=place, shelf="a", first="2026-12-02", last="2026-12-03"))
    assert error.problems[0].params["key"] == {"place": place, "shelf": "a"}
    assert error.problems[0].params["start"] == "2026-11-30T23:00:00Z"


def test_bulk_judges_each_row_beside_those_before_it(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    rows = [BulkRow({"person": person, **hour(start)}) for start in ("10:00", "10:30", "11:00")]
    results = engine.bulk(CLERK, "stay", rows, partial=True)
    assert [one["status"] for one in results] == ["created", "conflict", "created"]
    with pytest.raises(Conflict) as caught:
        engine.bulk(CLERK, "stay", [BulkRow({"person": person, **hour(start)}) for start in ("14:00", "14:30")])
    assert caught.value.problems[0].path == "/records/1/fields/person"
    assert len(taken(engine)) == 2


def test_what_became_too_full_may_stay_and_shrink_but_not_grow(engine: Engine, made: Any) -> None:
    place = made("place", name="P", room=2)
    first = made("stay", place=place, **hour("10:00", "12:00"))
    made("stay", place=place, **hour("10:00", "12:00"))
    engine.update(CLERK, "place", place, {"room": 1})
    engine.update(CLERK, "stay", first, {"note": "still fine"})
    refusal(lambda: engine.update(CLERK, "stay", first, {"size": 2}))
    refusal(lambda: engine.update(CLERK, "stay", first, hour("09:30", "12:30") | {"size": 2}))
    engine.update(CLERK, "stay", first, hour("09:30", "12:00"))  # grows only where nobody else is
    engine.update(CLERK, "stay", first, hour("10:30", "11:00"))
    refusal(lambda: engine.update(CLERK, "stay", first, hour("10:00", "11:00")))


def test_who_may_not_see_the_key_learns_no_more_than_that_it_is_taken(open_engine: Any) -> None:
    stay = {**occupancy_site.STAY, "properties": {
        **occupancy_site.STAY["properties"],
        "place": {"type": "integer", "default": 1, "x-field": {"references": "place", "read": ["clerk"], "write": ["clerk"]}}}}
    engine = open_engine(documents(stay=stay))
    place = engine.create(CLERK, "place", {"name": "P"})["id"]
    assert place == 1
    engine.create(CLERK, "stay", {"place": place, **hour("10:00")})
    error = refusal(lambda: engine.create(GUEST, "stay", hour("10:00")))
    assert error.problems[0].path == "" and dict(error.problems[0].params) == {"name": "place"}


def test_a_message_stands_in_the_readers_language(open_engine: Any) -> None:
    stay = {**occupancy_site.STAY, "x-record": {**occupancy_site.STAY["x-record"], "occupancy": [], "noOverlap": [
        {"key": ["person"], "start": "starts", "end": "ends", "message": {"en": "Taken", "zh": "已占用"}}]}}
    site = occupancy_site.SITE.replace("[en]", "[en, zh]")
    engine = open_engine(documents(stay=stay) | {"site.yaml": site})
    person = engine.create(CLERK, "person", {"name": "A"})["id"]
    engine.create(CLERK, "stay", {"person": person, **hour("10:00")})
    for language, sentence in (("en", "Taken"), ("zh", "已占用")):
        actor = Actor(id=2, name="Clara", roles=frozenset({"clerk"}), language=language)
        with pytest.raises(Conflict) as caught:
            engine.create(actor, "stay", {"person": person, **hour("10:00")})
        assert caught.value.problems[0].message == sentence


def test_rebuilding_writes_what_records_take_and_tells_the_clashes(engine: Engine, made: Any) -> None:
    place, person = made("place", name="P", room=2), made("person", name="A")
    stays = [made("stay", place=place, **hour("10:00")), made("stay", place=place, **hour("10:30"))]
    made("stay", place=place, person=person, **hour("12:00"))
    engine.delete(CLERK, "stay", made("stay", place=place, **hour("14:00")))
    before = taken(engine)
    assert _rebuilt(engine) == [] and taken(engine) == before
    engine.update(CLERK, "place", place, {"room": 1})
    found = _rebuilt(engine)
    assert [(one.name, dict(one.key), one.records) for one in found] == [("place", {"place": place}, tuple(stays))]
    assert f"{found[0].start:%H:%M}" == "10:30" and taken(engine) == before


def _rebuilt(engine: Engine) -> list[Any]:
    return engine.transactions.transact(
        Actor.system("test"), lambda moment: lambda writing: rebuild(writing, "stay")
    )


def test_writes_that_do_not_touch_a_time_cost_nothing_more(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    stay = made("stay", person=person, **hour("10:00"))
    statements: list[str] = []
    engine.ready()
    engine.database.listeners.append(statements.append)
    engine.update(CLERK, "stay", stay, {"note": "x"})
    assert not [one for one in statements if "occup" in one]
    statements.clear()
    engine.update(CLERK, "stay", stay, hour("11:00"))
    locks = 1 if engine.database.dialect.name == "postgresql" else 0
    # what it took, what others take, away with the old, down with the new
    assert len([one for one in statements if "occup" in one]) == 4 + locks, statements
    statements.clear()
    made("stay", person=person, place=made("place", name="P"), helper=made("helper", name="H"), **hour("13:00"))
    assert len([one for one in statements if "occup" in one]) == 2 + locks, statements


TURN = {
    "title": "Turn", "type": "object",
    "properties": {
        "helper": {"type": "integer", "x-field": {"references": "helper"}},
        "starts": {"type": "string", "format": "date-time"}, "ends": {"type": "string", "format": "date-time"},
        "other": {"type": "integer", "x-field": {"references": "turn"}},
    },
    "x-record": {"permissions": {"clerk": occupancy_site.ALL}, "occupancy": [{
        "name": "helper", "key": ["helper"], "start": "starts", "end": "ends", "where": "meta.state in ['held', 'sure']"}]},
}
TURNS = """
record: turn
initial: asked
states:
  asked: {title: Asked}
  held: {title: Held}
  sure: {title: Sure}
  off: {title: "Off", final: true}
transitions:
  hold: {title: Hold, from: asked, to: held, roles: [clerk], ask: [helper], do: [{create: {record: turn, set: {other: "=record"}}}]}
  keep: {title: Keep, from: held, to: sure, roles: [clerk]}
  free: {title: Free, from: [held, sure], to: asked, roles: [clerk]}
  stop: {title: Stop, from: [asked, held, sure], to: "off", roles: [clerk]}
"""


def test_transitions_take_and_give_up_times(open_engine: Any) -> None:
    engine = open_engine(documents(turn=TURN) | {"workflows/turn.yaml": TURNS})
    helper = engine.create(CLERK, "helper", {"name": "A"})["id"]
    first, second = (engine.create(CLERK, "turn", {"helper": helper, **hour("10:00")})["id"] for _ in range(2))
    assert taken(engine) == []
    engine.processes.run(CLERK, "turn", first, "hold")
    assert len(taken(engine)) == 1
    error = refusal(lambda: engine.processes.run(CLERK, "turn", second, "hold"))
    assert error.params["alternatives"][0]["start"] == "2026-12-01T09:00:00Z"
    with pytest.raises(Conflict):  # nothing of the refused transition is left, its effect neither
        engine.processes.run(CLERK, "turn", second, "hold")
    assert engine.get(CLERK, "turn", second)["state"] == "asked"
    engine.processes.run(CLERK, "turn", first, "keep")
    assert len(taken(engine)) == 1
    other = engine.create(CLERK, "helper", {"name": "B"})["id"]
    engine.processes.run(CLERK, "turn", second, "hold", fields={"helper": other})
    engine.processes.run(CLERK, "turn", first, "stop")
    assert taken(engine) == [("turn:helper", f"[{other}]", "10:00-11:00")]


def test_a_time_that_a_rollup_moves_is_judged_without_telling_of_it(open_engine: Any) -> None:
    job = {
        "title": "Job", "type": "object",
        "properties": {
            "helper": {"type": "integer", "x-field": {"references": "helper"}},
            "starts": {"type": "string", "format": "date-time"},
            "hours": {"type": "integer", "readOnly": True, "x-field": {"rollup": {"from": "tasks", "fn": "sum", "field": "hours"}}},
            "ends": {"type": "string", "format": "date-time", "readOnly": True,
                     "x-field": {"compute": "record.starts + duration('1h') * record.hours", "stored": True}},
        },
        "x-record": {"permissions": {"clerk": occupancy_site.ALL}, "noOverlap": [{"key": ["helper"], "start": "starts", "end": "ends"}]},
    }
    task = {
        "title": "Task", "type": "object",
        "properties": {
            "job": {"type": "integer", "x-field": {"references": "job", "inverse": "tasks"}}, "hours": {"type": "integer"}},
        "x-record": {"permissions": {"clerk": occupancy_site.ALL}},
    }
    engine = open_engine(documents(job=job, task=task))
    helper = engine.create(CLERK, "helper", {"name": "A"})["id"]
    first, second = (
        engine.create(CLERK, "job", {"helper": helper, "starts": f"2026-12-01T{start}:00:00Z"})["id"] for start in (10, 12))
    engine.create(CLERK, "task", {"job": first, "hours": 2})
    engine.create(CLERK, "task", {"job": second, "hours": 1})
    assert [one[2] for one in taken(engine)] == ["10:00-12:00", "12:00-13:00"]
    error = refusal(lambda: engine.create(CLERK, "task", {"job": first, "hours": 1}))
    assert error.problems[0].path == "" and dict(error.problems[0].params) == {}
    assert [one[2] for one in taken(engine)] == ["10:00-12:00", "12:00-13:00"]


def test_bulks_that_take_the_same_keys_in_opposite_order_both_end(engine: Engine, made: Any) -> None:
    people = [made("person", name=str(index)) for index in range(2)]

    def rows(order: list[int], first: int) -> list[BulkRow]:
        return [
            BulkRow({"person": person, **hour(f"{first + index:02}:00")}) for index in range(5) for person in order
        ]

    with ThreadPoolExecutor(2) as pool:
        done = [
            pool.submit(engine.bulk, CLERK, "stay", rows(order, first)) for order, first in ((people, 1), (people[::-1], 10))
        ]
        assert [len(one.result(timeout=60)) for one in done] == [10, 10]
    assert len(taken(engine)) == 20


def test_simultaneous_writers_never_take_more_than_there_is_room_for(engine: Engine, made: Any) -> None:
    place = made("place", name="P", room=3)

    def attempt(_: int) -> bool:
        try:
            made("stay", place=place, **hour("10:00"))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 3
    assert len(taken(engine)) == 3
