"""Retention and export: nothing ends before somebody has read how much; what is given out is whole and hers alone."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from people_site import CLERK, KEEPER, TYPES, USERS, documents, mirrored

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, NotFound
from kartotek.model.actor import Actor
from kartotek.model.query import Query

OWNER = USERS[0]


def with_retention(**retention: dict[str, Any]) -> dict[str, str]:
    types = deepcopy(TYPES)
    for name, one in retention.items():
        types[name]["x-record"]["retention"] = one
    types["visit"]["properties"]["day"] = {"type": "string", "format": "date"}
    return documents(types)


def made(engine: Engine, record_type: str, **fields: Any) -> int:
    return int(engine.create(CLERK, record_type, fields)["id"])


def ids(engine: Engine, record_type: str) -> list[int]:
    return [one["id"] for one in engine.select(OWNER, record_type, Query()).items]


def test_nothing_ends_before_somebody_has_read_how_much(open_engine: Callable[..., Engine]) -> None:
    engine = mirrored(open_engine(with_retention(visit={"after": "P2Y", "from": "day", "keep": "record.said == 'stay'"})))
    person, ending = made(engine, "person", name="Ana"), engine.people.ending
    old, young = made(engine, "visit", person=person, day="2024-11-21"), made(engine, "visit", person=person, day="2024-11-22")
    kept = made(engine, "visit", person=person, day="2020-01-01", said="stay")
    remark = made(engine, "remark", visit=old, words="goes along")
    for _ in range(3):
        assert engine.people.tend() == 0
    (told,) = ending.listing(KEEPER)
    assert (told["type"], told["due"], told["held"], told["confirmed_at"]) == ("visit", 2, 1, None)
    with pytest.raises(Conflict):
        ending.confirm(KEEPER, "visit", 7)
    for act in (lambda: ending.confirm(CLERK, "visit", 2), lambda: ending.listing(CLERK), lambda: ending.count(KEEPER, "person")):
        with pytest.raises(NotFound):
            act()
    assert ending.confirm(KEEPER, "visit", 2)["confirmed_at"] is not None
    assert engine.people.tend() == 1 and engine.people.tend() == 0
    assert ids(engine, "visit") == [young, kept] and ids(engine, "remark") == [] and remark
    assert ending.listing(KEEPER)[0]["done"] == 1 and engine.get(OWNER, "person", person)["fields"]["visits_count"] == 2


def test_another_declaration_waits_for_another_look(open_engine: Callable[..., Engine], clock: Any) -> None:
    engine = mirrored(open_engine(with_retention(visit={"after": "P10Y", "from": "day"})))
    made(engine, "visit", person=made(engine, "person", name="Ana"), day="2024-01-01")
    engine.people.tend()
    assert engine.people.ending.confirm(KEEPER, "visit", 0)["due"] == 0
    shorter = with_retention(visit={"after": "P1Y", "from": "day"})
    plan = engine.plans.plan(OWNER, shorter)
    assert [(one.code, one.verdict) for one in plan.steps] == [("retention", "confirm")]
    engine.plans.apply(OWNER, shorter, hash=plan.hash, confirm=plan.to_confirm)
    assert engine.people.tend() == 0 and len(ids(engine, "visit")) == 1
    assert engine.people.ending.listing(KEEPER)[0]["due"] == 1 and engine.people.ending.listing(KEEPER)[0]["confirmed_at"] is None


def test_people_end_whole_and_what_is_anonymised_ends_once(open_engine: Callable[..., Engine], clock: Callable[[], Any]) -> None:
    engine = mirrored(open_engine(with_retention(person={"after": "P3Y"}, bill={"after": "P1Y", "do": "anonymise"})))
    person = made(engine, "person", name="Ana")
    bill, visit = made(engine, "bill", person=person, amount=5, words="w"), made(engine, "visit", person=person, said="s")
    engine.clock = lambda: clock() + timedelta(days=400)
    engine.people.tend()
    engine.people.ending.confirm(KEEPER, "bill", 1)
    assert engine.people.tend() == 1 and engine.people.tend() == 0
    fields = engine.get(OWNER, "bill", bill)["fields"]
    assert fields["amount"] == 5 and fields["person"] == person and "words" not in fields and "called" not in fields
    engine.clock = lambda: clock() + timedelta(days=1200)
    assert engine.people.ending.count(KEEPER, "person")["due"] == 1
    engine.people.ending.confirm(KEEPER, "person", 1)
    assert engine.people.tend() == 1
    assert ids(engine, "person") == [] and visit and ids(engine, "bill") == [bill]
    assert [one["basis"] for one in engine.people.erased(KEEPER)] == ["retention"]


def test_an_export_holds_all_about_one_person_and_nobody_else(open_engine: Callable[..., Engine]) -> None:
    engine = mirrored(open_engine(documents()))
    photo = engine.stage_file(CLERK, io.BytesIO(b"her very face"), name="../Zoë's face.TXT")["id"]
    person, other = made(engine, "person", name="Ana", photo=photo), made(engine, "person", name="Otto")
    visit, strange = made(engine, "visit", person=person, said="hers"), made(engine, "visit", person=other, said="his")
    engine.update(CLERK, "visit", visit, {"said": "hers too"})
    engine.delete(CLERK, "visit", made(engine, "visit", person=person, said="in the trash"))
    engine.people.consents.answer(CLERK, "person", person, "offers", given=True)
    stream = io.BytesIO()
    engine.people.export(KEEPER, "person", person).write(stream)
    archive = zipfile.ZipFile(stream)
    assert sorted(archive.namelist()) == [f"files/{photo}.txt", "person.json", "records/person.json", "records/visit.json"]
    assert archive.read(f"files/{photo}.txt") == b"her very face"
    told = json.loads(archive.read("person.json"))
    assert told["records"] == {"person": 1, "visit": 2} and told["files"][0]["name"].endswith("Zoë's face.TXT")
    assert told["purposes"]["entries"][0]["given"] is True and told["restriction"] is None
    visits = json.loads(archive.read("records/visit.json"))
    assert [one["id"] for one in visits] != [strange] and {one["fields"]["said"] for one in visits} == {"hers too", "in the trash"}
    assert [row["action"] for row in visits[0]["history"]] == ["update", "create"] and visits[0]["history"][0]["was"] == {"said": "hers"}
    assert b"his" not in archive.read("records/visit.json").replace(b"history", b"")
