"""The audit: what is done and looked at stands in a chain, with the change, before the answer; no value of a record does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from changing import Types, documents_of, record
from neutral_site import CLERK, OWNER

from kartotek.engine.audit_heads import anchors_in
from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.outgoing import Outcome
from kartotek.engine.users import MirroredUser
from kartotek.errors import Forbidden, Invalid, NotFound, Unrecorded
from kartotek.model.actor import Actor, Origin
from kartotek.model.audit import AuditAction, AuditEntry, AuditQuery, AuditRow
from kartotek.model.audit_texts import AUDIT_TEXTS
from kartotek.model.query import Query

_CLERK = {"clerk": {"read": True, "create": True, "write": True}}
SITE: Types = {
    "person": record(
        name={"type": "string"}, note={"type": "string", "x-field": {"sensitive": True}},
        short={"type": "string", "x-field": {"compute": "record.note"}},
        known={"type": "boolean", "x-field": {"compute": "isSet(record.note)", "declassify": True}},
        more={"titleTemplate": "{name}", "permissions": _CLERK},
    ),
    "finding": record(
        word={"type": "string", "x-field": {"sensitive": True}}, person={"type": "integer", "x-field": {"references": "person"}},
        more={"titleTemplate": "{word}", "search": ["word"], "permissions": _CLERK},
    ),
    "visit": record(
        finding={"type": "integer", "x-field": {"references": "finding"}}, day={"type": "string", "format": "date"},
        more={"titleTemplate": "{finding.word} {day}", "permissions": _CLERK},
    ),
}


def read(engine: Engine, **asked: Any) -> list[AuditRow]:
    """The reads that stand in the chain, oldest first."""
    engine.audit.seal()
    return engine.audit.entries(AuditQuery(actions=("read",), **asked))[::-1]


@pytest.fixture
def people(open_engine: Callable[..., Engine]) -> tuple[Engine, dict[str, Any]]:
    """A site with a sensitive field, and a person."""
    engine = open_engine(documents_of(SITE) | {"site.yaml": "name: Test\ntimezone: Europe/Paris\nroles: {clerk: {}}\n"})
    for one in (OWNER, CLERK):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine, engine.create(OWNER, "person", {"name": "Ann", "note": "canary"})


def test_a_change_and_its_entry_are_one(engine: Engine, made: Callable[..., dict[str, Any]]) -> None:
    item = made("item", name="Pen", price="1.00")
    engine.update(CLERK, "item", item["id"], {"price": "2.00"})
    with pytest.raises(Invalid):
        engine.update(CLERK, "item", item["id"], {"price": "many"})
    engine.delete(OWNER, "item", item["id"])
    rows = engine.audit.entries(AuditQuery(types=("item",), record_id=item["id"]))[::-1]
    assert [(one.by, one.entry.action, one.entry.fields, one.entry.body["version"]) for one in rows] == [
        (CLERK.id, "create", ("name", "on_sale", "price"), 1), (CLERK.id, "update", ("price",), 2), (OWNER.id, "delete", (), 3),
    ]
    assert engine.audit.verify().is_whole


def test_one_transaction_is_one_entry_and_found_by_each_of_its_records(engine: Engine) -> None:
    before = engine.audit.head().seq
    made = engine.bulk(CLERK, "item", [BulkRow({"name": f"I{index}", "price": "1.00"}) for index in range(5)])
    ids = [one["record"]["id"] for one in made]
    assert engine.audit.head().seq == before + 1
    found = [engine.audit.entries(AuditQuery(types=("item",), record_id=id)) for id in ids]
    assert all(each == found[0] for each in found)
    entry = found[0][0].entry
    assert [id for _, id in entry.about] == ids
    assert entry.body["records"] == [[id, 1] for id in ids[1:]]


def test_what_changes_nothing_writes_nothing(engine: Engine, made: Callable[..., dict[str, Any]]) -> None:
    item = made("item", name="Pen", price="1.00")
    before = engine.audit.head()
    engine.get(CLERK, "item", item["id"])
    engine.select(CLERK, "item", Query())
    engine.timers.run_due()
    engine.timers.arrange()
    engine.tidy()
    engine.windows.refresh()
    engine.indexes.build()
    engine.hold_lease("x", "me", 5)
    engine.audit.seal()
    engine.audit.keep_head()
    assert engine.audit.head() == before


def test_no_value_stands_in_the_audit(people: tuple[Engine, dict[str, Any]], tmp_path: Path) -> None:
    engine, person = people
    engine.update(OWNER, "person", person["id"], {"note": "canary two"})
    engine.get(OWNER, "person", person["id"])
    engine.select(OWNER, "person", Query(filter='record.note == "canary two"'))
    lines = "".join(one.read_text() for one in (tmp_path / "audit").glob("*.journal"))
    rows = engine.audit.entries(AuditQuery(limit=1000))
    assert "canary" not in lines + repr(rows)


@pytest.mark.parametrize("look", [
    lambda engine, id: engine.get(CLERK, "person", id),
    lambda engine, id: engine.get(CLERK, "person", id, fields=["short"]),
    lambda engine, id: engine.select(CLERK, "person", Query()),
    lambda engine, id: engine.select(CLERK, "person", Query(fields=("name",), filter='record.note != "x"')),
    lambda engine, id: engine.select(CLERK, "person", Query(fields=("name",), sort=("note",))),
    lambda engine, id: engine.history(CLERK, "person", id),
    lambda engine, id: engine.get(CLERK, "person", id, as_of=engine.clock()),
    lambda engine, id: engine.get(CLERK, "finding", 1, fields=["person"], expand=["person"]),
    lambda engine, id: engine.update(CLERK, "person", id, {"name": "Bea"}),
])  # fmt: skip
def test_whoever_sees_a_sensitive_field_stands_in_the_audit(
    people: tuple[Engine, dict[str, Any]], look: Callable[[Engine, int], Any]
) -> None:
    engine, person = people
    engine.create(OWNER, "finding", {"word": "canary", "person": person["id"]})
    told = len(read(engine, types=("person",), record_id=person["id"]))
    look(engine, person["id"])
    rows = read(engine, types=("person",), record_id=person["id"])[told:]
    assert rows, "nobody would know"
    assert all(set(one.entry.fields) <= {"note", "short"} and one.entry.fields for one in rows)


@pytest.mark.parametrize("look", [
    lambda engine: engine.get(CLERK, "finding", 1, fields=[]),
    lambda engine: engine.select(CLERK, "finding", Query(fields=())),
    lambda engine: engine.title(CLERK, "visit", [1]),
    lambda engine: engine.get(CLERK, "visit", 1, fields=["day"]),
    lambda engine: engine.get(CLERK, "visit", 1, fields=["finding"], titles=True),
    lambda engine: engine.select(CLERK, "visit", Query(fields=())),
    lambda engine: engine.options(CLERK, "visit", ["finding"]),
    lambda engine: engine.everywhere.search(CLERK, "canary"),
])  # fmt: skip
def test_a_title_can_show_one_too(people: tuple[Engine, dict[str, Any]], look: Callable[[Engine], Any]) -> None:
    engine, person = people
    engine.create(OWNER, "finding", {"word": "canary", "person": person["id"]})
    engine.create(OWNER, "visit", {"finding": 1, "day": "2026-11-20"})
    look(engine)
    assert [one.entry.fields for one in read(engine, types=("finding",), record_id=1, by=CLERK.id)] == [("word",)]


@pytest.mark.parametrize("look", [
    lambda engine, id: engine.get(CLERK, "person", id, fields=["name", "known"]),
    lambda engine, id: engine.select(CLERK, "person", Query(fields=("name", "known"))),
    lambda engine, id: engine.title(CLERK, "person", [id]),
    lambda engine, id: engine.create(CLERK, "person", {"name": "Cee"}),
])  # fmt: skip
def test_whoever_does_not_see_one_does_not(people: tuple[Engine, dict[str, Any]], look: Callable[[Engine, int], Any]) -> None:
    engine, person = people
    before = len(read(engine))
    look(engine, person["id"])
    assert len(read(engine)) == before


def test_a_list_is_one_note_and_the_same_again_is_none_for_ten_minutes(people: tuple[Engine, dict[str, Any]]) -> None:
    engine, person = people
    more = engine.create(OWNER, "person", {"name": "Bea", "note": "x"})
    engine.select(CLERK, "person", Query(fields=("note",)))
    engine.select(CLERK, "person", Query(fields=("note",)))
    engine.get(CLERK, "person", more["id"], fields=["note"])
    rows = [one for one in read(engine) if one.by == CLERK.id]
    assert [one.entry.about for one in rows] == [(("person", person["id"]), ("person", more["id"]))]
    engine.get(OWNER, "person", more["id"], fields=["short"])
    assert len([one for one in read(engine) if one.by == OWNER.id and one.entry.fields == ("short",)]) == 1


def test_what_cannot_be_noted_is_not_shown(people: tuple[Engine, dict[str, Any]], tmp_path: Path) -> None:
    engine, person = people
    engine.audit.close()
    folder = tmp_path / "audit"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file stands where the folder should be")
    with pytest.raises(Unrecorded):
        engine.get(CLERK, "person", person["id"])
    with pytest.raises(Unrecorded):
        engine.update(CLERK, "person", person["id"], {"name": "Bea"})
    assert engine.get(CLERK, "person", person["id"], fields=["name"])["fields"]["name"] == "Ann"
    folder.unlink()
    assert engine.get(CLERK, "person", person["id"])["fields"]["note"] == "canary"
    assert [one.entry.fields for one in read(engine) if one.by == CLERK.id] == [("note", "short")]


def test_a_note_is_made_for_what_was_shown_even_where_the_file_was_taken_away(
    people: tuple[Engine, dict[str, Any]], tmp_path: Path
) -> None:
    engine, person = people
    engine.get(CLERK, "person", person["id"], fields=["note"])
    for path in (tmp_path / "audit").glob("*.journal"):
        path.unlink()
    with pytest.raises(Unrecorded):
        engine.get(CLERK, "person", person["id"], fields=["short"])
    assert engine.get(CLERK, "person", person["id"], fields=["short"])


def test_sensitive_fields_leave_in_a_file_only_with_whoever_may_take_them(people: tuple[Engine, dict[str, Any]]) -> None:
    engine, _ = people
    text = b"".join(engine.exports.csv(CLERK, "person", Query())).decode()
    assert "canary" not in text and "Ann" in text
    with pytest.raises(Forbidden) as caught:
        engine.exports.csv(CLERK, "person", Query(fields=("name", "note")))
    assert [(one.path, one.code) for one in caught.value.problems] == [("/note", "sensitive_export")]
    assert "canary" in b"".join(engine.exports.csv(OWNER, "person", Query())).decode()
    rows = engine.audit.entries(AuditQuery(actions=("export",)))[::-1]
    assert [(one.by, "note" in one.entry.fields) for one in rows] == [(CLERK.id, False), (OWNER.id, True)]
    boss = replace(OWNER, id=77)
    assert list(engine.exports.csv(boss, "person", Query()))
    assert [one.entry.fields for one in read(engine, by=77)] == [("note", "short")]


def test_sensitive_fields_do_not_leave_in_the_titles_of_links(people: tuple[Engine, dict[str, Any]]) -> None:
    engine, _ = people
    finding = engine.create(OWNER, "finding", {"word": "canary"})["id"]
    engine.create(OWNER, "visit", {"finding": finding})
    sent = {who.name: b"".join(engine.exports.csv(who, "visit", Query())).decode("utf-8-sig").splitlines() for who in (OWNER, CLERK)}
    assert [one.split(",") for one in sent[OWNER.name]] == [["kartotek: id", "finding", "kartotek: finding", "day"], ["1", "1", "canary", ""]]
    assert [one.split(",") for one in sent[CLERK.name]] == [["kartotek: id", "finding", "day"], ["1", "1", ""]]
    told = {(who.name, name): engine.exports.takes_sensitive(who, name, Query()) for who in (OWNER, CLERK) for name in ("visit", "person")}
    assert told == {(OWNER.name, "visit"): True, (OWNER.name, "person"): True, (CLERK.name, "visit"): False, (CLERK.name, "person"): False}


def test_a_plan_that_shows_what_records_hold_was_a_look_at_it(people: tuple[Engine, dict[str, Any]]) -> None:
    engine, person = people
    there = engine.catalog().documents
    schema = json.loads(there["schemas/person.json"])
    schema["properties"]["note"]["maxLength"] = 3
    plan = engine.plans.plan(OWNER, {**there, "schemas/person.json": json.dumps(schema)})
    assert "canary" in repr(plan.steps)
    assert [(one.by, one.entry.type, one.entry.record_id, one.entry.fields) for one in read(engine, by=OWNER.id)][-1:] == [
        (OWNER.id, "person", person["id"], ("note",))
    ]


def test_refusals_are_noted_and_nobody_fills_the_disk_by_them(engine: Engine) -> None:
    somebody = Actor(id=7, name="Eve", origin=Origin(address="192.0.2.0/24"))
    for index in range(1000):
        engine.audit.refused(somebody, AuditEntry("denied", "item", index))
    for index in range(1000):
        engine.audit.refused(Actor(id=1000 + index, name=""), AuditEntry("sign_in_failed"))
    engine.audit.seal()
    rows = engine.audit.entries(AuditQuery(actions=("denied", "sign_in_failed"), limit=5000))
    assert 50 <= len(rows) <= 110
    denied = [one for one in rows if one.entry.action == "denied"]
    assert [(one.by, one.entry.type, one.origin.address) for one in denied] == [(7, "item", "192.0.2.0/24")]


def test_the_audit_says_who_and_from_where(engine: Engine, made: Callable[..., dict[str, Any]]) -> None:
    asked = Actor(id=CLERK.id, name=CLERK.name, roles=CLERK.roles, via="page", origin=Origin("s1", "192.0.2.0/24", "r1"))
    item = engine.create(asked, "item", {"name": "Pen", "price": "1.00"})
    row = engine.audit.entries(AuditQuery(types=("item",), record_id=item["id"]))[0]
    assert (row.by, row.name, row.via, row.origin) == (CLERK.id, "", "page", Origin("s1", "192.0.2.0/24", "r1"))
    assert row.at == engine.clock()


def test_entries_are_asked_by_who_what_record_and_time(engine: Engine, made: Callable[..., dict[str, Any]]) -> None:
    first, second = made("item", name="A", price="1.00"), made("item", name="B", price="1.00")
    engine.update(OWNER, "item", first["id"], {"name": "C"})
    ask = engine.audit.entries
    assert [one.entry.action for one in ask(AuditQuery(types=("item",), record_id=first["id"]))] == ["update", "create"]
    assert {one.by for one in ask(AuditQuery(by=OWNER.id, types=("item",)))} == {OWNER.id}
    assert [one.entry.record_id for one in ask(AuditQuery(actions=("create",), types=("item",)))] == [second["id"], first["id"]]
    assert not ask(AuditQuery(until=engine.clock())) and len(ask(AuditQuery(since=engine.clock()))) >= 3
    whole = ask(AuditQuery(limit=1000))
    paged: list[AuditRow] = []
    while page := ask(AuditQuery(limit=2, before=paged[-1].seq if paged else None)):
        paged += page
    assert paged == whole


def test_everything_that_can_be_done_has_a_sentence() -> None:
    assert set(AUDIT_TEXTS) == set(get_args(AuditAction))


def test_a_record_that_is_not_there_is_nowhere(people: tuple[Engine, dict[str, Any]]) -> None:
    engine, _ = people
    before = read(engine)
    with pytest.raises(NotFound):
        engine.get(CLERK, "person", 99)
    assert read(engine) == before
    assert json.dumps([one.entry.body for one in before])


def test_an_endpoint_is_told_the_head_once_a_day(open_engine: Callable[..., Engine]) -> None:
    settings = "name: Test\nendpoints: {ledger: {url: 'https://ledger.example.org/', secret: ledger}}\naudit: {endpoint: ledger}\n"
    engine = open_engine(documents_of({"person": record()}) | {"site.yaml": settings})
    now, sent = engine.clock(), list[dict[str, Any]]()

    def carry(outgoing: Any) -> Outcome:
        sent.append(json.loads(outgoing.body))
        return Outcome("sent")

    for hours in (0, 1, 25):
        engine.clock = lambda hours=hours: now + timedelta(hours=hours)  # type: ignore[misc]
        engine.tending.run_due()
        engine.tending.run_due()
        engine.outbox.deliver({"webhook": carry}, 10)
    assert [one["type"] for one in sent] == ["audit.head", "audit.head"]
    assert engine.audit.verify([each for one in sent for each in anchors_in(one["data"]["head"], "the ledger")]).is_whole
    assert len(engine.audit.entries(AuditQuery(actions=("head_sent",)))) == 2
    assert len(engine.outbox.listing(OWNER).items) == 2
