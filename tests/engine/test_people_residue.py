"""Where else a person's values may stand: answers kept, spreadsheets, messages, what was removed, what is encrypted."""

from __future__ import annotations

import io
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from people_site import CLERK, KEEPER, TYPES, USERS, documents, mirrored

from kartotek.engine.engine import Engine
from kartotek.engine.transaction import Once
from kartotek.errors import Conflict
from kartotek.model.query import Query
from kartotek.storage import forgetting, inbox, outbox, renames
from kartotek.storage.dialect import quote
from kartotek.storage.outbox import OutboxRow

OWNER = USERS[0]
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
CANARY = "Xanthippecanary"


def traces(engine: Engine, folder: Path) -> list[str]:
    found = []
    with engine.database.read() as conn:
        for table in sorted(renames.table_names(conn)):
            if not table.startswith(("sqlite_", "kartotek__find_", "kartotek__catalog")):
                found += [table for row in conn.rows(f"SELECT * FROM {quote(table)}") if CANARY.lower() in repr(row).lower()]
    return found + [path.name for path in folder.rglob("*") if path.is_file() and CANARY.lower().encode() in path.read_bytes().lower()]


@pytest.fixture
def people(open_engine: Callable[..., Engine]) -> Engine:
    return mirrored(open_engine(documents()))


def applied(engine: Engine, types: dict[str, Any]) -> None:
    plan = engine.plans.plan(OWNER, documents(types))
    engine.plans.apply(OWNER, documents(types), hash=plan.hash, confirm=plan.to_confirm)


def test_an_answer_that_was_kept_is_blotted_out_and_nothing_is_done_twice(people: Engine, tmp_path: Path) -> None:
    once = Once("key", "print")
    id = people.create(CLERK, "person", {"name": CANARY}, once=once)["id"]
    assert people.create(CLERK, "person", {"name": CANARY}, once=once)["id"] == id
    people.people.erase(KEEPER, "person", id)
    assert traces(people, tmp_path) == []
    with pytest.raises(Conflict) as refused:
        people.create(CLERK, "person", {"name": CANARY}, once=once)
    assert refused.value.problems[0].code == "idempotency_answer_gone" and people.select(OWNER, "person", Query()).items == []


def test_spreadsheets_that_may_name_her_go(people: Engine, tmp_path: Path) -> None:
    text = f"name,phone\n{CANARY},13812345678\nOtto,nonsense {CANARY}\n"
    done = people.imports.prepare(CLERK, "person", io.BytesIO(text.encode()), name="people.csv")
    people.imports.commit(CLERK, done["id"])
    assert people.imports.run(CLERK, done["id"])["status"] == "committed"
    people.imports.prepare(CLERK, "person", io.BytesIO(text.encode()), name="people.csv")  # and one that waits
    waiting = people.imports.receive(CLERK, "person", io.BytesIO(text.encode()), name="people.csv")["id"]
    id = people.select(OWNER, "person", Query()).items[0]["id"]
    with pytest.raises(Conflict) as refused:
        people.people.erase(KEEPER, "person", id)
    assert refused.value.problems[0].code == "import_at_work"
    people.imports.step(waiting)
    people.people.erase(KEEPER, "person", id)
    assert traces(people, tmp_path) == [] and [one["status"] for one in people.imports.listing(OWNER)] == ["committed"]
    assert CANARY not in repr(people.imports.listing(OWNER)), "what is sealed in the database is told all the same"


def test_messages_about_her_and_to_her_go_and_no_others(people: Engine) -> None:
    id, other = (int(people.create(CLERK, "person", {"name": name})["id"]) for name in ("Ana", "Otto"))
    with people.database.write() as conn:
        for number, (about, to) in enumerate([(id, other), (other, id), (other, other)]):
            payload = {"template": "offer", "type": "person", "id": about, "version": 1, "state": None, "to": {"type": "person", "id": to}}
            outbox.add(conn, OutboxRow(key=f"{number}", channel="sms", payload=payload, due=NOW, meant_at=NOW))
            inbox.add(conn, f"{number}", CLERK.id, payload, at=NOW)
    people.people.erase(KEEPER, "person", id)
    with people.database.read() as conn:
        for table in ("kartotek__outbox", "kartotek__inbox"):
            assert [key for (key,) in conn.rows(f'SELECT "key" FROM {quote(table)}')] == ["2"]


def test_what_was_removed_and_is_kept_goes_too(people: Engine, tmp_path: Path) -> None:
    id, other = (int(people.create(CLERK, "person", {"name": name, "note": name, "phone": phone})["id"]) for name, phone in ((CANARY, "+8613812345678"), ("Otto", "+8613900000000")))
    visit = people.create(CLERK, "visit", {"person": id, "said": CANARY})["id"]
    people.create(CLERK, "remark", {"visit": visit, "words": CANARY})
    people.create(CLERK, "round", {"title": "A", "first": id})
    less = deepcopy(TYPES)
    del less["remark"], less["person"]["properties"]["note"], less["round"]["properties"]["first"]
    applied(people, less)
    assert {one for one in traces(people, tmp_path) if one.startswith("zz_remark")}
    people.people.erase(KEEPER, "person", id)
    assert traces(people, tmp_path) == [] and people.get(OWNER, "person", other)["fields"]["name"] == "Otto"
    applied(people, TYPES)
    assert people.get(OWNER, "person", other)["fields"]["note"] == "Otto" and people.select(OWNER, "remark", Query()).items == []


def test_the_key_of_who_is_erased_is_destroyed(open_engine: Callable[..., Engine], tmp_path: Path) -> None:
    types = deepcopy(TYPES)
    types["person"]["properties"]["note"]["x-field"] = {"encrypt": True}
    types["bill"]["properties"]["words"]["x-field"] = {"encrypt": True}
    types["bill"]["x-record"]["search"] = ["city"]
    engine = mirrored(open_engine(documents(types)))
    id, other = (int(engine.create(CLERK, "person", {"name": name, "note": CANARY})["id"]) for name in ("Ana", "Otto"))
    bill = engine.create(CLERK, "bill", {"person": id, "amount": 3, "words": CANARY})["id"]
    assert traces(engine, tmp_path) == []
    engine.people.erase(KEEPER, "person", id)
    with engine.database.read() as conn:
        rows = conn.rows('SELECT "record_id", "wrapped" IS NULL FROM "kartotek__key" WHERE "record_id" > 0 ORDER BY "record_id"')
    assert {(record, bool(gone)) for record, gone in rows} == {(id, True), (other, False)}
    assert engine.get(OWNER, "person", other)["fields"]["note"] == CANARY and "words" not in engine.get(OWNER, "bill", bill)["fields"]


def test_every_own_table_about_records_is_emptied_or_has_its_reason(people: Engine) -> None:
    """Whoever adds one that is not known by type and record says here, or in STAYS, what becomes of it."""
    with people.database.read() as conn:
        about = {table for table, _ in forgetting.tables_about(conn)}
        own = {one for one in renames.table_names(conn) if one.startswith("kartotek__") and not one.startswith("kartotek__find_")}
    of_the_site = {
        "kartotek__schema", "kartotek__catalog", "kartotek__pulse", "kartotek__token", "kartotek__token_limit", "kartotek__report",
        "kartotek__counter", "kartotek__lease", "kartotek__occupied", "kartotek__occasion", "kartotek__rate", "kartotek__window",
        "kartotek__search", "kartotek__change", "kartotek__kept", "kartotek__rename", "kartotek__master", "kartotek__backup", "kartotek__retention",
        "kartotek__audit", "kartotek__audit_head", "kartotek__audit_journal",
    }  # fmt: skip
    by_hand = {"kartotek__outbox", "kartotek__inbox", "kartotek__import", "kartotek__idempotency"}  # looked through row by row
    unknown = own - about - forgetting.STAYS - of_the_site - by_hand
    assert not {one for one in unknown if not one.startswith(("kartotek__session", "kartotek__sign", "kartotek__second", "kartotek__invitation"))}
