"""Applying plans: what was read is done and nothing else, once, by whoever is there to do it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from neutral_site import CLERK, OWNER, PERSON, documents

from kartotek.engine.engine import Engine
from kartotek.engine.holding import holding
from kartotek.engine.transaction import Once
from kartotek.errors import Busy, Conflict, Forbidden, Invalid, KartotekError, NotFound
from kartotek.model.actor import Actor
from kartotek.storage import changes

BY = Actor.system("test")
TEXT = {"type": "string", "title": "Text"}


def person(*gone: str, **more: Any) -> dict[str, str]:
    """The site's documents with a person without some fields and with others."""
    properties = {name: one for name, one in (PERSON["properties"] | more).items() if name not in gone}
    return documents(person={**PERSON, "properties": properties})


def codes(error: KartotekError) -> list[str]:
    return [one.code for one in error.problems]


def test_what_was_planned_is_done_with_a_backup_and_kept_with_its_steps(
    engine: Engine, made: Callable[..., dict[str, Any]]
) -> None:
    record = made("person", name="Ann", note="Likes nuts")
    wanted = person("note", nick=TEXT)
    plan = engine.plans.plan(OWNER, wanted)
    done = engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=["person.note"], reason="no more notes")
    assert (done.status, done.version, done.by, done.reason) == ("applied", 2, "Olive", "no more notes")
    assert engine.catalog().version == 2 and "note" not in engine.get(OWNER, "person", record["id"])["fields"]
    assert [one.name for one in engine.backups.kept()] == [done.backup.rpartition("/")[2]]
    version = engine.plans.version(OWNER, 2)
    assert [one["words"] for one in version.steps] == [one.words for one in plan.steps]
    assert version.ids["types"]["person"]["fields"]["nick"]
    assert engine.plans.latest(OWNER) == done and engine.plans.running() is None


def test_what_only_adds_needs_no_backup_and_nothing_typed(engine: Engine) -> None:
    wanted = person(nick=TEXT)
    done = engine.plans.apply(OWNER, wanted, hash=engine.plans.plan(OWNER, wanted).hash)
    assert (done.version, done.backup, engine.backups.kept()) == (2, "", [])


def test_numbers_of_fields_stay_through_renames_and_are_not_given_again(engine: Engine) -> None:
    def go(wanted: dict[str, str], *confirm: str) -> dict[str, int]:
        plan = engine.plans.plan(OWNER, wanted)
        done = engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=confirm)
        fields: dict[str, int] = engine.plans.version(OWNER, done.version or 0).ids["types"]["person"]["fields"]
        return fields

    first = go(person(nick=TEXT))
    second = go(person("note", nick=TEXT, memo={**PERSON["properties"]["note"], "x-field": {"aliases": ["note"]}}))
    assert second["memo"] == first["note"] and second["nick"] == first["nick"]
    third = go(person("note", memo={**PERSON["properties"]["note"], "x-field": {"aliases": ["note"]}}), "person.nick")
    fourth = go(person("note", memo=PERSON["properties"]["note"] | {"x-field": {"aliases": ["note"]}}, other=TEXT))
    assert fourth["other"] not in {*first.values(), *second.values(), *third.values()}


def test_another_plan_than_the_one_that_was_read_is_refused(engine: Engine) -> None:
    wanted = person("note")
    old = engine.plans.plan(OWNER, wanted)
    with pytest.raises(Conflict) as refused:
        engine.plans.apply(OWNER, person("note", "born", "late", "age"), hash=old.hash, confirm=["person.note"])
    assert codes(refused.value) == ["plan_moved"]
    engine.apply_documents(person(nick=TEXT), by=BY, reason="meanwhile")
    with pytest.raises(Conflict) as refused:
        engine.plans.apply(OWNER, person("note", nick=TEXT), hash=old.hash, confirm=["person.note"])
    today = engine.plans.plan(OWNER, person("note", nick=TEXT)).hash
    assert refused.value.problems[0].params["plan"] == today != old.hash
    assert engine.catalog().version == 2 and engine.plans.latest(OWNER) is None


def test_everything_that_takes_away_is_typed_by_its_name(engine: Engine) -> None:
    wanted = person("note", "active", "tags")
    wanted["schemas/person.json"] = wanted["schemas/person.json"].replace('"record.active == true"', "true")
    wanted["schemas/order.json"] = wanted["schemas/order.json"].replace('"record.person.active == true"', "true")
    plan = engine.plans.plan(OWNER, wanted)
    assert {"person.note", "person.active", "person.tags"} <= set(plan.to_confirm)
    for typed in ([], ["person.note"], ["person"], ["person.note, person.active, person.tags"]):
        with pytest.raises(Invalid) as refused:
            engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=typed)
        assert {one.params["name"] for one in refused.value.problems} == {*plan.to_confirm} - {*typed}
        assert set(codes(refused.value)) == {"plan_unconfirmed"}
    assert engine.catalog().version == 1 and engine.backups.kept() == []
    assert engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=[*plan.to_confirm, "more"]).version == 2


def test_a_step_that_cannot_be_done_refuses_all_of_it(engine: Engine, made: Callable[..., dict[str, Any]]) -> None:
    made("person", name="Ann", level="gold")
    level = {"title": "Level", "oneOf": [{"const": "plain", "title": "Plain"}]}
    wanted = person("note", level=level)
    plan = engine.plans.plan(OWNER, wanted)
    assert plan.verdict == "refused"
    with pytest.raises(Invalid) as refused:
        engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=plan.to_confirm)
    assert set(codes(refused.value)) == {"plan_refused"} and refused.value.problems[0].path == "/steps/1"
    assert engine.catalog().version == 1


def test_files_with_mistakes_are_refused_with_their_places(engine: Engine) -> None:
    with pytest.raises(Invalid) as refused:
        engine.plans.apply(OWNER, documents() | {"schemas/person.json": "{"}, hash="")
    assert [str(one.place) for one in refused.value.problems] == ["schemas/person.json:1:2"]


def test_what_is_in_service_already_is_nothing_to_do(engine: Engine) -> None:
    wanted = person(nick=TEXT)
    hash = engine.plans.plan(OWNER, wanted).hash
    assert engine.plans.apply(OWNER, wanted, hash=hash).id
    again = engine.plans.apply(OWNER, wanted, hash=hash)
    assert (again.id, again.status, again.version) == (0, "applied", 2)
    assert engine.catalog().version == 2


def test_only_one_at_a_time_and_the_other_is_told_when_to_come_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, clock: Callable[[], datetime]
) -> None:
    monkeypatch.setattr("kartotek.engine.change_asking.SECONDS", 0.3)
    wanted = person(nick=TEXT)
    hash = engine.plans.plan(OWNER, wanted).hash
    with holding(engine.database, clock), pytest.raises(Busy) as refused:
        engine.plans.apply(OWNER, wanted, hash=hash)
    assert refused.value.params["retry_after"] and engine.catalog().version == 1


def test_all_of_it_is_for_owners_alone(engine: Engine) -> None:
    wanted = person(nick=TEXT)
    hash = engine.plans.plan(OWNER, wanted).hash
    for call in (engine.plans.apply, engine.plans.accept):
        with pytest.raises(Forbidden):
            call(CLERK, wanted, hash=hash)
    for ask in (engine.plans.latest, engine.plans.kept):
        with pytest.raises(Forbidden):
            ask(CLERK)


def test_an_accepted_change_is_made_by_another_process_and_once(
    engine: Engine, open_engine: Callable[..., Engine]
) -> None:
    wanted, once = person("note"), Once("k1", "f")
    hash = engine.plans.plan(OWNER, wanted).hash
    asked = engine.plans.accept(OWNER, wanted, hash=hash, confirm=["person.note"], reason="why", once=once)
    assert (asked.status, asked.version, engine.catalog().version) == ("accepted", None, 1)
    assert engine.plans.running() == asked
    done = open_engine().plans.run_due()
    assert done is not None and (done.id, done.status, done.version, bool(done.backup)) == (asked.id, "applied", 2, True)
    assert open_engine().plans.run_due() is None
    again = engine.plans.accept(OWNER, wanted, hash=hash, confirm=["person.note"], reason="why", once=once)
    assert again == done
    assert engine.plans.version(OWNER, 2).by == "Olive"


def test_a_change_that_was_left_is_gone_on_with(engine: Engine, open_engine: Callable[..., Engine]) -> None:
    wanted = person("note", nick=TEXT)
    asked = engine.plans.accept(OWNER, wanted, hash=engine.plans.plan(OWNER, wanted).hash, confirm=["person.note"])
    with engine.database.write() as conn:  # as one who died has left it
        changes.change(conn, asked.id, engine.clock(), status="preparing", backup="there")
    done = open_engine().plans.run_due()
    assert done is not None and (done.status, done.version, done.backup) == ("applied", 2, "there")


def test_a_change_whose_base_has_moved_is_given_up_and_another_takes_its_place(
    engine: Engine, open_engine: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = person("note")
    asked = engine.plans.accept(OWNER, wanted, hash=engine.plans.plan(OWNER, wanted).hash, confirm=["person.note"])
    with engine.database.write() as conn:
        changes.change(conn, asked.id, engine.clock(), base=7)
    ended = open_engine().plans.run_due()
    assert ended is not None and (ended.status, ended.error["problems"][0]["code"]) == ("given_up", "plan_moved")
    assert engine.catalog().version == 1
    following = person(nick=TEXT)
    assert engine.plans.apply(OWNER, following, hash=engine.plans.plan(OWNER, following).hash).version == 2


def test_one_left_behind_makes_way_after_a_while_and_not_before(engine: Engine) -> None:
    first, second = person("note"), person(nick=TEXT)
    asked = engine.plans.accept(OWNER, first, hash=engine.plans.plan(OWNER, first).hash, confirm=["person.note"])
    hash = engine.plans.plan(OWNER, second).hash
    for call in (engine.plans.apply, engine.plans.accept):
        with pytest.raises(Busy):
            call(OWNER, second, hash=hash)
    late = engine.clock() + timedelta(minutes=1)
    engine.clock = lambda: late
    assert engine.plans.apply(OWNER, second, hash=hash).version == 2
    with engine.database.read() as conn:
        left = changes.find(conn, asked.id)
    assert left is not None and left.status == "given_up"


def test_a_change_that_fails_says_why_and_leaves_everything_as_it_was(
    engine: Engine, made: Callable[..., dict[str, Any]]
) -> None:
    made("person", name="Ann", note="same")
    wanted = person(note={**PERSON["properties"]["note"], "x-field": {"unique": True}})
    plan = engine.plans.plan(OWNER, wanted)
    asked = engine.plans.accept(OWNER, wanted, hash=plan.hash)
    made("person", name="Bea", note="same")
    ended = engine.plans.run_due()
    assert ended is not None and ended.id == asked.id and ended.status in ("failed", "given_up")
    assert ended.error["message"] and engine.catalog().version == 1
    assert not engine.catalog().types["person"].by_name["note"].unique


def test_steps_of_what_just_happened_are_kept_too(engine: Engine) -> None:
    engine.apply_documents(person(nick=TEXT), by=BY, reason="edited")
    assert [one["code"] for one in engine.plans.version(OWNER, 2).steps] == ["add_field"]
    assert json.dumps(engine.plans.version(OWNER, 1).steps[0])


def test_what_was_removed_is_kept_comes_back_and_is_dropped_when_named(
    engine: Engine, made: Callable[..., dict[str, Any]]
) -> None:
    def go(wanted: dict[str, str]) -> None:
        plan = engine.plans.plan(OWNER, wanted)
        engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=plan.to_confirm)

    record = made("person", name="Ann", note="Likes nuts")
    go(person("note"))
    assert [(one.name, one.records) for one in engine.plans.kept(OWNER)] == [("person.note", 1)]
    assert engine.plans.clean(OWNER) == []
    go(documents())
    assert engine.get(OWNER, "person", record["id"])["fields"]["note"] == "Likes nuts"
    go(person("note"))
    with pytest.raises(NotFound):
        engine.plans.clean(OWNER, ["person.other"])
    assert engine.plans.clean(OWNER, ["person.note"]) == ["person.note"] and engine.plans.kept(OWNER) == ()
    go(documents())
    assert "note" not in engine.get(OWNER, "person", record["id"])["fields"]


def test_what_was_removed_is_dropped_after_thirty_days_and_not_before(engine: Engine) -> None:
    wanted = person("note")
    plan = engine.plans.plan(OWNER, wanted)
    engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=plan.to_confirm)
    today = engine.clock()
    for days, dropped in ((29, []), (31, ["person.note"])):
        engine.clock = lambda: today + timedelta(days=days)  # noqa: B023
        assert engine.plans.clean(OWNER) == dropped
