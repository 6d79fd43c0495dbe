"""Erasure of a person: no byte of her is left, what must be kept keeps its amounts, and a hold refuses with its reason."""

from __future__ import annotations

import io
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from people_site import CLERK, KEEPER, TYPES, USERS, documents, mirrored

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, NotFound
from kartotek.model.query import Query
from kartotek.storage import erasures, renames
from kartotek.storage.dialect import quote

CANARIES = (
    "Zwölfcanary", "13812345678", "notecanary", "streetcanary", "saidcanary", "wordcanary", "remarkcanary", "billcanary",
    "wishcanary", "photocanary",
)  # fmt: skip
OWNER = USERS[0]


@pytest.fixture
def people(open_engine: Callable[..., Engine]) -> Engine:
    return mirrored(open_engine(documents()))


class Life:
    """One person with all that there can be about her, and somebody else who stays."""

    def __init__(self, engine: Engine, *, open: bool = False) -> None:
        self.engine = engine
        photo = engine.stage_file(CLERK, io.BytesIO(b"photocanary" * 9), name="photocanary.txt")["id"]
        make = self.make
        self.other = make("person", name="Otto", phone="+8613900000000")
        self.id = make("person", name="Zwölfcanary", phone="+8613812345678", note="notecanary", photo=photo, place={"street": "streetcanary"})
        engine.update(CLERK, "person", self.other, {"friend": self.id})
        self.helper = make("helper", name="Hal")
        self.visit = make("visit", person=self.id, helper=self.helper, said="saidcanary", lines=[{"word": "wordcanary", "amount": 1}])
        self.gone = make("visit", person=self.id, helper=self.helper, said="saidcanary of the trash")
        engine.delete(CLERK, "visit", self.gone)
        self.kept_visit = make("visit", person=self.other, helper=self.helper, said="stays")
        self.remark = make("remark", visit=self.visit, words="remarkcanary")
        self.bill = make("bill", person=self.id, amount=700, open=open, words="billcanary", city="Bern")
        self.round = make("round", title="A", people=[self.other, self.id], first=self.id, seats=[
            {"who": self.id, "wish": "wishcanary", "number": 1}, {"who": self.other, "wish": "stays", "number": 2}])
        engine.update(CLERK, "person", self.id, {"note": "another notecanary"})
        engine.update(CLERK, "bill", self.bill, {"amount": 701, "words": "another billcanary"})

    def make(self, record_type: str, **fields: Any) -> int:
        return int(self.engine.create(CLERK, record_type, fields)["id"])

    def fields(self, name: str, id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.engine.get(OWNER, name, id)["fields"]
        return found


def residue(engine: Engine, folder: Path) -> list[str]:
    """Where any canary still stands: cells of all tables, and bytes of all files."""
    found: list[str] = []
    with engine.database.read() as conn:
        for table in sorted(renames.table_names(conn)):
            if table.startswith(("sqlite_", "kartotek__find_")):  # the words of an index stand in the bytes of the file
                continue
            for row in conn.rows(f"SELECT * FROM {quote(table)}"):
                found += [f"{table}: {one}" for one in CANARIES if one.casefold() in repr(row).casefold()]
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes().lower()
            found += [f"{path.name}: {one}" for one in CANARIES if one.lower().encode() in data]
    return found


def test_an_erased_person_leaves_no_byte(people: Engine, tmp_path: Path) -> None:
    life = Life(people)
    assert residue(people, tmp_path)
    plan = people.people.plan(KEEPER, "person", life.id)
    assert plan == {
        "erased": {"person": 1, "remark": 1, "visit": 2}, "anonymised": {"bill": 1}, "held": [],
        "pointing": [{"type": "person", "field": "friend", "count": 1}, {"type": "round", "field": "first", "count": 1},
                     {"type": "round", "field": "people", "count": 1}, {"type": "round", "field": "who", "count": 1}],
    }  # fmt: skip
    done = people.people.erase(KEEPER, "person", life.id)
    assert done == {"erased": plan["erased"], "anonymised": plan["anonymised"]}
    assert residue(people, tmp_path) == []
    with pytest.raises(NotFound):
        people.get(OWNER, "person", life.id)
    assert people.people.erased(KEEPER)[0]["id"] == life.id
    with pytest.raises(NotFound):
        people.people.erase(KEEPER, "person", life.id)


def test_what_stays_is_whole(people: Engine) -> None:
    life = Life(people)
    people.people.erase(KEEPER, "person", life.id)
    bill = life.fields("bill", life.bill)
    assert (bill["amount"], bill["open"], bill["city"]) == (701, False, "Bern")
    assert "words" not in bill and "called" not in bill and bill["person"] not in (life.id, life.other)
    assert life.fields("helper", life.helper) == {"name": "Hal", "visits_count": 1}
    round_ = life.fields("round", life.round)
    assert round_["people"] == [life.other, bill["person"]] and "first" not in round_
    assert round_["seats"][1] | {"who": life.other, "wish": "stays"} == round_["seats"][1]
    assert round_["seats"][0]["who"] == bill["person"] and "wish" not in round_["seats"][0]
    assert life.fields("person", life.other)["friend"] == bill["person"]
    assert people.select(CLERK, "person", Query(search="Zwölf")).items == []
    assert [one["id"] for one in people.select(CLERK, "bill", Query(search="Bern")).items] == [life.bill]
    assert people.select(OWNER, "person", Query(trash=True)).items == []
    with pytest.raises(NotFound):
        people.restore(OWNER, "person", bill["person"])
    changes = [one for row in people.history(OWNER, "bill", life.bill).items for one in row["changes"]]
    assert {one["field"] for one in changes} == {"amount", "open", "city"}


def test_a_hold_refuses_with_its_reason(people: Engine) -> None:
    life = Life(people, open=True)
    plan = people.people.plan(KEEPER, "person", life.id)
    assert plan["held"] == [{"type": "bill", "count": 1, "reason": "It is not paid."}]
    with pytest.raises(Conflict) as refused:
        people.people.erase(KEEPER, "person", life.id)
    assert [(one.code, one.params["reason"]) for one in refused.value.problems] == [("held_because", "It is not paid.")]
    assert life.fields("person", life.id)["name"] == "Zwölfcanary"
    people.update(CLERK, "bill", life.bill, {"open": False})
    people.people.erase(KEEPER, "person", life.id)


def test_only_the_able_erase_and_only_people(people: Engine) -> None:
    life = Life(people)
    for act in (people.people.erase, people.people.plan, people.people.export):
        with pytest.raises(NotFound):
            act(CLERK, "person", life.id)
        with pytest.raises(NotFound):
            act(KEEPER, "visit", life.visit)
    assert life.fields("person", life.id)["name"] == "Zwölfcanary"


def test_a_restored_database_erases_again_and_nobody_else(people: Engine, open_engine: Callable[..., Engine], tmp_path: Path) -> None:
    life = Life(people, open=True)  # what had to stay then need not any more: it was decided
    made = people.get(OWNER, "person", life.id)["created_at"]
    told = {"type": "person", "type_id": 0, "by": 1, "basis": "request", "at": "2026-01-01T00:00:00+00:00"}
    with people.database.write() as conn:
        erasures.take_over(conn, [
            {**told, "record_id": life.id, "made_at": made}, {**told, "record_id": life.other, "made_at": "2020-01-01T00:00:00+00:00"},
        ])  # fmt: skip
        assert [one["record_id"] for one in erasures.exported(conn)] == [life.id, life.other]
    again = open_engine()  # as another process that starts
    assert residue(again, tmp_path) == [] and again.people.replay() == 0
    assert again.get(OWNER, "person", life.other)["fields"]["name"] == "Otto"


def test_a_person_that_is_declared_to_be_anonymised_stays_as_nobody(open_engine: Callable[..., Engine], tmp_path: Path) -> None:
    types = deepcopy(TYPES)
    types["person"]["x-record"]["retention"] = {"do": "anonymise"}
    engine = mirrored(open_engine(documents(types)))
    life = Life(engine)
    engine.people.erase(KEEPER, "person", life.id)
    assert residue(engine, tmp_path) == []
    assert life.fields("person", life.id) == {"visits_count": 0} and life.fields("bill", life.bill)["person"] == life.id
