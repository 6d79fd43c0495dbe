"""Frozen records and entries: nobody changes them, whoever asks and by whichever door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK, OWNER
from tests.engine.locked_site import LEDGER, POSTING, TICKET, locked_documents

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Forbidden, KartotekError
from kartotek.model.actor import Actor

SYSTEM = Actor.system("test")
Try = Callable[[Engine, int], Any]


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    return open_engine(locked_documents())


def stored(engine: Engine, record_type: str, id: int) -> Any:
    return engine.get(OWNER, record_type, id)


DOORS: dict[str, Try] = {
    "update by the owner": lambda engine, id: engine.update(OWNER, "ticket", id, {"name": "x"}),
    "update by the system": lambda engine, id: engine.update(SYSTEM, "ticket", id, {"name": "x"}),
    "thawing by hand": lambda engine, id: engine.update(OWNER, "ticket", id, {"done": False}),
    "taking a value away": lambda engine, id: engine.update(CLERK, "ticket", id, {}, unset=("note",)),
    "deletion": lambda engine, id: engine.delete(OWNER, "ticket", id),
    "bulk": lambda engine, id: engine.bulk(CLERK, "ticket", [BulkRow(id=id, fields={"name": "x"})]),
    "deletion of what it hangs on": lambda engine, id: engine.delete(OWNER, "folder", 1),
    "deletion of what it names": lambda engine, id: engine.delete(OWNER, "person", 1),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
def test_a_frozen_record_stays_as_it_is_at_every_door(engine: Engine, door: Try) -> None:
    engine.create(CLERK, "folder", {"name": "f"})
    engine.create(CLERK, "person", {"name": "p"})
    made = engine.create(CLERK, "ticket", {"name": "a", "note": "n", "folder": 1, "person": 1})
    engine.update(CLERK, "ticket", made["id"], {"done": True})
    before = stored(engine, "ticket", made["id"])
    with pytest.raises(Conflict) as refused:
        door(engine, made["id"])
    assert [one.code for one in refused.value.problems] == ["frozen"]
    assert stored(engine, "ticket", made["id"]) == before
    assert stored(engine, "folder", 1)["version"] == stored(engine, "person", 1)["version"] == 1
    assert len(engine.history(OWNER, "ticket", made["id"]).items) == 2


def test_the_change_that_freezes_a_record_may_change_more(engine: Engine) -> None:
    made = engine.create(CLERK, "ticket", {"name": "a", "note": "n"})
    assert engine.update(CLERK, "ticket", made["id"], {"done": True, "name": "b"})["fields"]["name"] == "b"


def test_a_frozen_record_still_counts_in_its_rollups(engine: Engine) -> None:
    engine.create(CLERK, "folder", {"name": "f"})
    made = engine.create(CLERK, "ticket", {"name": "a", "note": "n", "folder": 1, "size": 3})
    engine.update(CLERK, "ticket", made["id"], {"done": True})
    engine.create(CLERK, "ticket", {"name": "b", "note": "n", "folder": 1, "size": 4})
    assert stored(engine, "folder", 1)["fields"]["sizes"] == 7


def test_what_keeps_a_record_from_being_edited_is_told(engine: Engine) -> None:
    ticket = engine.create(CLERK, "ticket", {"name": "a", "note": "n"})["id"]
    engine.create(CLERK, "ledger", {"name": "l"})
    posting = engine.create(CLERK, "posting", {"ledger": 1, "change": 1})["id"]
    assert engine.processes.locks(CLERK, "ticket", ticket) == []
    engine.update(CLERK, "ticket", ticket, {"done": True})
    found = [engine.processes.locks(OWNER, name, id) for name, id in (("ticket", ticket), ("posting", posting))]
    assert [[one["code"] for one in each] for each in found] == [["frozen"], ["append_only"]]


ENTRY_DOORS: dict[str, Try] = {
    "update by the owner": lambda engine, id: engine.update(OWNER, "posting", id, {"text": "x"}),
    "update by the system": lambda engine, id: engine.update(SYSTEM, "posting", id, {"text": "x"}),
    "update that changes nothing": lambda engine, id: engine.update(CLERK, "posting", id, {"change": 5}),
    "taking a value away": lambda engine, id: engine.update(CLERK, "posting", id, {}, unset=("text",)),
    "deletion": lambda engine, id: engine.delete(OWNER, "posting", id),
    "deletion by the system": lambda engine, id: engine.delete(SYSTEM, "posting", id),
    "deletion of what it hangs on": lambda engine, id: engine.delete(OWNER, "ledger", 1),
}


@pytest.mark.parametrize("door", ENTRY_DOORS.values(), ids=ENTRY_DOORS.keys())
def test_an_entry_is_only_ever_added(engine: Engine, door: Try) -> None:
    engine.create(CLERK, "ledger", {"name": "l"})
    made = engine.create(CLERK, "posting", {"ledger": 1, "change": 5})
    with pytest.raises(Forbidden) as refused:
        door(engine, made["id"])
    assert [one.code for one in refused.value.problems] == ["append_only"]
    assert stored(engine, "posting", made["id"])["version"] == 1
    assert stored(engine, "ledger", 1)["fields"]["remaining"] == 5


def test_entries_in_bulk_are_added_and_never_changed(engine: Engine) -> None:
    engine.create(CLERK, "ledger", {"name": "l"})
    rows = [BulkRow(fields={"ledger": 1, "change": 1, "key": "a"}), BulkRow(fields={"ledger": 1, "change": 2, "key": "a"})]
    first, second = engine.bulk(CLERK, "posting", rows, partial=True, on="key")
    assert (first["status"], second["status"]) == ("created", "forbidden")
    assert stored(engine, "ledger", 1)["fields"]["remaining"] == 1


def test_an_entry_from_the_trash_of_former_times_does_not_come_back(open_engine: Callable[..., Engine]) -> None:
    open_type = {**POSTING, "x-record": {**POSTING["x-record"], "appendOnly": False}}
    engine = open_engine(locked_documents(posting=open_type))
    engine.create(CLERK, "ledger", {"name": "l"})
    engine.create(CLERK, "posting", {"ledger": 1, "change": 5})
    engine.delete(CLERK, "posting", 1)
    engine.create(CLERK, "posting", {"ledger": 1, "change": 7})
    report = engine.apply_documents(locked_documents(), by=SYSTEM, reason="test")
    assert (report.applied, report.waiting) == (True, ())
    with pytest.raises(Forbidden):
        engine.restore(OWNER, "posting", 1)
    assert stored(engine, "ledger", 1)["fields"]["remaining"] == 7


LOOSER: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "entries that could change": ("posting", POSTING, {"appendOnly": False}),
    "records that would thaw": ("ticket", TICKET, {"frozenWhen": "record.size > 5"}),
}


@pytest.mark.parametrize("case", LOOSER.values(), ids=LOOSER.keys())
def test_taking_a_lock_away_waits_for_a_plan(engine: Engine, case: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    name, declared, change = case
    changed = {**declared, "x-record": {**declared["x-record"], **change}}
    report = engine.apply_documents(locked_documents(**{name: changed}), by=SYSTEM, reason="test")
    assert [one.action for one in report.waiting] == ["rights"]


def test_a_stricter_level_waits_and_a_looser_one_does_not(engine: Engine) -> None:
    strict = {**LEDGER, "x-record": {**LEDGER["x-record"], "validations": [
        {**LEDGER["x-record"]["validations"][0], "level": "warning"}]}}  # fmt: skip
    assert engine.apply_documents(locked_documents(ledger=strict), by=SYSTEM, reason="test").applied
    assert engine.apply_documents(locked_documents(), by=SYSTEM, reason="test").waiting


def test_refusals_leave_nothing_behind(engine: Engine) -> None:
    engine.create(CLERK, "folder", {"name": "f"})
    engine.create(CLERK, "ticket", {"name": "free", "note": "n", "folder": 1})
    frozen = engine.create(CLERK, "ticket", {"name": "cold", "note": "n", "folder": 1, "done": True})["id"]
    with pytest.raises(KartotekError):
        engine.delete(CLERK, "folder", 1)
    assert [stored(engine, "ticket", id)["version"] for id in (1, frozen)] == [1, 1]
