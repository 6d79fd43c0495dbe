"""Free times: every slot offered can be taken, and what is refused was never offered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from occupancy_site import CLERK, GUEST, STRANGER, documents

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Forbidden, Malformed, NotFound
from kartotek.model.query import SlotQuery

HOUR = timedelta(hours=1)


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    return open_engine(documents())


@pytest.fixture
def made(engine: Engine) -> Callable[..., int]:
    def make(record_type: str, **fields: Any) -> int:
        return int(engine.create(CLERK, record_type, fields)["id"])

    return make


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def query(start: str = "2026-12-01T08:00", end: str = "2026-12-01T12:00", duration: timedelta = HOUR, **more: Any) -> SlotQuery:
    """A search on the first of December; keys given as ids, () to leave one out."""
    keys = {name: tuple(str(id) for id in ids) for name, ids in more.pop("keys", {}).items()}
    return SlotQuery(start=at(start), end=at(end), duration=duration, keys=keys, **more)


def starts(found: list[dict[str, Any]]) -> list[str]:
    return [one["start"][11:16] for one in found]


def hour(start: str, end: str) -> dict[str, str]:
    return {"starts": f"2026-12-01T{start}:00Z", "ends": f"2026-12-01T{end}:00Z"}


ONLY_PERSON: dict[str, Any] = {"place": (), "helper": ()}


def test_free_times_lie_between_the_taken_ones(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    made("stay", person=person, **hour("09:00", "10:00"))
    found = engine.slots.find(CLERK, "stay", query(keys={"person": (person,), **ONLY_PERSON}, step=HOUR / 2, limit=20))
    assert starts(found) == ["08:00", "10:00", "10:30", "11:00"]
    assert found[0] == {"start": "2026-12-01T08:00:00Z", "end": "2026-12-01T09:00:00Z", "keys": {"person": person}}


def test_the_nearest_come_first(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    made("stay", person=person, **hour("09:00", "10:00"))
    asked = query(keys={"person": (person,), **ONLY_PERSON}, near=at("2026-12-01T09:10"), limit=3)
    assert starts(engine.slots.find(CLERK, "stay", asked)) == ["10:00", "10:15", "08:00"]


def test_nothing_of_the_past_is_offered(engine: Engine, made: Any) -> None:
    person = made("person", name="A")  # now is the 21st of November, 10:00
    asked = query("2026-11-21T08:00", "2026-11-21T12:00", keys={"person": (person,), **ONLY_PERSON}, limit=1)
    assert starts(engine.slots.find(CLERK, "stay", asked)) == ["10:00"]
    assert engine.slots.find(CLERK, "stay", query("2026-11-01T08:00", "2026-11-02T12:00")) == []


def test_somebody_else_is_found_where_one_is_taken(engine: Engine, made: Any) -> None:
    first, second = made("helper", name="A"), made("helper", name="B")
    made("stay", helper=first, **hour("08:00", "12:00"))
    asked = query(keys={"person": (), "place": ()}, limit=1)
    assert engine.slots.find(CLERK, "stay", asked)[0]["keys"] == {"helper": second}
    assert engine.slots.find(CLERK, "stay", query(keys={"person": (), "place": (), "helper": (first,)})) == []


def test_room_weights_and_buffers_count(engine: Engine, made: Any) -> None:
    place = made("place", name="P", room=3, cleaning=30)
    made("stay", place=place, size=2, **hour("09:00", "10:00"))
    keys = {"person": (), "helper": (), "place": (place,)}
    one = engine.slots.find(CLERK, "stay", query(keys=keys, step=HOUR / 2, limit=20))
    assert starts(one) == ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00"]
    two = engine.slots.find(CLERK, "stay", query(keys=keys, step=HOUR / 2, limit=20, given={"size": "2"}))
    assert starts(two) == ["10:30", "11:00"]  # from eight it would be cleaned until half past nine
    assert engine.slots.find(CLERK, "stay", query(keys=keys, given={"size": "4"})) == []


def test_calendars_say_when_helpers_are_there(engine: Engine, made: Any) -> None:
    helper, other = made("helper", name="A"), made("helper", name="B")
    made("shift", helper=helper, weekday=2, opens="10:00", closes="13:00")  # in Berlin: nine to twelve
    made("shift", helper=other, weekday=3, opens="10:00", closes="13:00")
    made("shift", helper=other, weekday=2, opens="10:00", closes="13:00", draft=True)
    made("absence", helper=helper, start="2026-12-01T10:30:00Z", end="2026-12-01T11:00:00Z")
    found = engine.slots.find(CLERK, "stay", query(end="2026-12-03T12:00", keys={"person": (), "place": ()}, step=HOUR / 2, limit=20))
    assert [(one["start"][8:16], one["keys"]["helper"]) for one in found] == [
        ("01T09:00", helper), ("01T09:30", helper), ("01T11:00", helper),
        ("02T09:00", other), ("02T09:30", other), ("02T10:00", other), ("02T10:30", other), ("02T11:00", other),
    ]


def test_a_shift_stays_at_its_hour_when_clocks_change(engine: Engine, made: Any) -> None:
    helper = made("helper", name="A")
    made("shift", helper=helper, weekday=6, opens="09:00", closes="10:00")
    made("shift", helper=helper, weekday=7, opens="09:00", closes="10:00")
    asked = query("2027-03-27T00:00", "2027-03-29T00:00", keys={"person": (), "place": ()})
    assert [one["start"] for one in engine.slots.find(CLERK, "stay", asked)] == ["2027-03-27T08:00:00Z", "2027-03-28T07:00:00Z"]


def test_the_declared_filter_chooses_who_can(engine: Engine, made: Any) -> None:
    made("helper", name="A", skill="cut")
    able = made("helper", name="B", skill="dye")
    found = engine.slots.find(CLERK, "stay", query(keys={"person": (), "place": ()}, given={"skill": "dye"}, limit=1))
    assert found[0]["keys"] == {"helper": able}
    asked = query(keys={"person": (), "place": ()}, filters={"helper": "record.skill == 'dye'"}, limit=1)
    assert engine.slots.find(CLERK, "stay", asked)[0]["keys"] == {"helper": able}


def test_a_record_that_is_moved_frees_its_own_time(engine: Engine, made: Any) -> None:
    person = made("person", name="A")
    stay = made("stay", person=person, **hour("08:00", "12:00"))
    assert engine.slots.find(CLERK, "stay", query(keys={"person": (person,), **ONLY_PERSON})) == []
    found = engine.slots.find(CLERK, "stay", query(own=stay, keys=ONLY_PERSON, limit=2))
    assert starts(found) == ["08:00", "08:15"] and found[0]["keys"] == {"person": person}


def test_rows_are_searched_as_one_row(engine: Engine, made: Any) -> None:
    helper, place = made("helper", name="A"), made("place", name="P", room=2)
    made("visit", parts=[{"helper": helper, "place": place, **hour("08:00", "10:00")}])
    made("visit", parts=[{"place": place, **hour("10:30", "11:30")}])
    made("visit", parts=[{"place": place, **hour("10:30", "11:30")}])
    found = engine.slots.find(CLERK, "visit", query(keys={"pair": ()}, limit=20, step=HOUR / 2))
    assert starts(found) == []
    found = engine.slots.find(CLERK, "visit", query(keys={"pair": ()}, limit=20, step=HOUR / 2, end="2026-12-01T13:00"))
    assert starts(found) == ["11:30", "12:00"]


def test_days_are_searched_as_days(engine: Engine, made: Any) -> None:
    place = made("place", name="P")
    made("night", place=place, shelf="a", first="2026-12-02", last="2026-12-04")
    asked = query("2026-11-30T23:00", "2026-12-08T23:00", 2 * timedelta(days=1), keys={"shelf": ("a",)}, limit=9)
    found = engine.slots.find(CLERK, "night", asked)
    assert [(one["start"], one["end"]) for one in found] == [
        ("2026-12-04", "2026-12-06"), ("2026-12-05", "2026-12-07"), ("2026-12-06", "2026-12-08"), ("2026-12-07", "2026-12-09")]
    assert found[0]["keys"] == {"place": place, "shelf": "a"}


def test_only_those_who_may_write_may_ask_and_only_of_whom_they_see(engine: Engine, made: Any) -> None:
    seen, hidden = made("place", name="P"), made("place", name="Q", hidden=True)
    with pytest.raises(NotFound):
        engine.slots.find(STRANGER, "stay", query())
    with pytest.raises(Forbidden):
        engine.slots.find(GUEST, "helper", query())
    with pytest.raises(NotFound):
        engine.slots.find(CLERK, "person", query())
    keys = {"person": (), "helper": ()}
    assert {one["keys"]["place"] for one in engine.slots.find(GUEST, "stay", query(keys=keys, limit=50))} == {seen}
    assert engine.slots.find(GUEST, "stay", query(keys=keys | {"place": (hidden,)})) == []
    stay = made("stay", place=seen, **hour("08:00", "12:00"))
    with pytest.raises(NotFound):
        engine.slots.find(GUEST, "stay", query(own=stay))


@pytest.mark.parametrize(("more", "name"), [
    ({"end": "2026-12-01T08:00"}, "to"), ({"end": "2027-12-01T08:00"}, "to"), ({"duration": timedelta()}, "duration"),
    ({"step": timedelta(seconds=1)}, "step"), ({"end": "2027-02-01T00:00", "step": timedelta(minutes=1)}, "step"),
    ({"keys": {"nobody": (1,)}}, "nobody"), ({"given": {"nothing": "1"}}, "given.nothing"), ({"given": {"size": "x"}}, "given.size"),
    ({"filters": {"starts": "true"}}, "starts"),
])
def test_what_cannot_be_asked_is_said(engine: Engine, more: dict[str, Any], name: str) -> None:
    with pytest.raises(Malformed) as caught:
        engine.slots.find(CLERK, "stay", query(**more))
    assert caught.value.problems[0].params["name"] == name


def test_more_candidates_than_can_be_looked_at_are_refused(engine: Engine, monkeypatch: Any) -> None:
    monkeypatch.setattr("kartotek.engine.slots.MOST_CANDIDATES", 2)
    for name in "ABC":
        engine.create(CLERK, "place", {"name": name})
    with pytest.raises(Malformed) as caught:
        engine.slots.find(CLERK, "stay", query(keys={"person": (), "helper": ()}))
    assert caught.value.problems[0].code == "candidates"


def test_a_search_costs_a_few_queries_whatever_there_is(engine: Engine, made: Any) -> None:
    for index in range(12):
        helper = made("helper", name=f"H{index}")
        made("place", name=f"P{index}", cleaning=5)
        made("shift", helper=helper, weekday=2, opens="09:00", closes="17:00")
        made("stay", helper=helper, **hour("08:00", "09:00"))
    statements: list[str] = []
    engine.ready()
    engine.database.listeners.append(statements.append)
    assert engine.slots.find(CLERK, "stay", query(keys={"person": ()}, limit=5))
    # the candidates of two keys and what their formulas read of them; the times of two spaces; two calendars, each with
    # whom it is about
    assert len(statements) <= 10, statements


def test_a_refusal_offers_what_is_free_instead(engine: Engine, made: Any) -> None:
    person, first, second = made("person", name="A"), made("helper", name="A"), made("helper", name="B")
    made("stay", helper=first, **hour("09:00", "11:00"))
    with pytest.raises(Conflict) as caught:
        made("stay", helper=first, person=person, **hour("10:00", "11:00"))
    offered = caught.value.params["alternatives"]
    assert [(one["start"][11:16], one["keys"]["helper"]) for one in offered] == [
        ("10:00", second), ("09:45", second), ("10:15", second)]
    assert all(one["keys"]["person"] == person for one in offered)
    made("stay", helper=second, person=person, **hour("10:00", "11:00"))
    # A person is nobody to choose freely: she keeps her helper, who has other times.
    with pytest.raises(Conflict) as caught:
        made("stay", person=person, **hour("10:30", "11:30"))
    assert [(one["start"][11:16], one["keys"]) for one in caught.value.params["alternatives"]] == [
        ("11:00", {"person": person}), ("11:15", {"person": person}), ("11:30", {"person": person})]


def test_all_that_was_refused_may_be_others(engine: Engine, made: Any) -> None:
    first, second = made("helper", name="A"), made("helper", name="B")
    near, far = made("place", name="P"), made("place", name="Q")
    made("stay", helper=first, place=near, **hour("09:00", "11:00"))
    with pytest.raises(Conflict) as caught:
        made("stay", helper=first, place=near, **hour("10:00", "11:00"))
    assert [one.path for one in caught.value.problems] == ["/fields/place", "/fields/helper"]
    assert caught.value.params["alternatives"][0] == {
        "start": "2026-12-01T10:00:00Z", "end": "2026-12-01T11:00:00Z", "keys": {"place": far, "helper": second}}


def test_a_refused_row_offers_times_beside_the_other_rows(engine: Engine, made: Any) -> None:
    helper = made("helper", name="A")
    made("visit", parts=[{"helper": helper, **hour("09:00", "10:00")}])
    parts = [{"helper": helper, **hour("10:00", "11:00")}, {"helper": helper, **hour("09:00", "10:00")}]
    with pytest.raises(Conflict) as caught:
        made("visit", parts=parts)
    assert caught.value.problems[0].path == "/fields/parts/1/helper"
    assert starts(caught.value.params["alternatives"]) == ["08:00", "07:45", "07:30"]


def test_who_may_not_read_the_key_is_offered_nothing(engine: Engine, made: Any) -> None:
    place = made("place", name="P")
    mine = engine.create(GUEST, "stay", {"place": place, "note": "mine", **hour("08:00", "09:00")})
    made("stay", place=place, **hour("09:00", "10:00"))
    engine.update(CLERK, "place", place, {"hidden": True})
    with pytest.raises(Conflict) as caught:
        engine.update(GUEST, "stay", mine["id"], hour("09:00", "10:00"))
    assert caught.value.params["alternatives"] == []
