"""Imports: a dry run that tells all and writes nothing, batches that a kill cannot tear, and an undo that leaves no trace."""

from __future__ import annotations

import csv
import io
import os
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER, STRANGER, documents

from kartotek.engine import import_check, import_commit
from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, Malformed, NotFound
from kartotek.model.actor import Actor
from kartotek.model.query import Query

_LONG = bool(os.environ.get("KARTOTEK_TEST_LONG"))
Make = Callable[..., dict[str, Any]]
# Each file is read by a process of its own, so that one database does where both do the same.
once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def sheet(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> io.BytesIO:
    """A CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return io.BytesIO(text.getvalue().encode())


def people(count: int, first: int = 0) -> list[list[str]]:
    """Rows of Name, Mobile, Level."""
    return [[f"Person {one}", f"139{one:08d}", ("Plain", "Gold")[one % 2]] for one in range(first, first + count)]


def prepared(engine: Engine, rows: Sequence[Sequence[Any]], *, actor: Actor = CLERK, **options: Any) -> dict[str, Any]:
    """The dry run of people."""
    return engine.imports.prepare(actor, "person", sheet(["Name", "Mobile", "Level"], rows), name="people.csv", options=options)


def committed(engine: Engine, rows: Sequence[Sequence[Any]], *, actor: Actor = CLERK, **options: Any) -> dict[str, Any]:
    """The import of people."""
    found = prepared(engine, rows, actor=actor, **options)
    engine.imports.commit(actor, found["id"])
    return engine.imports.run(actor, found["id"])


def listed(engine: Engine, record_type: str = "person") -> list[dict[str, Any]]:
    """{id, fields} of all records that there are."""
    items, cursor = [], ""
    while True:
        page = engine.select(OWNER, record_type, Query(limit=500, cursor=cursor, sort=()))
        items += [{"id": one["id"], "state": one.get("state"), "fields": one["fields"]} for one in page.items]
        if page.next is None:
            return sorted(items, key=lambda one: int(one["id"]))
        cursor = page.next


@once
def test_a_dry_run_tells_of_every_row_and_writes_nothing(engine: Engine, made: Make) -> None:
    made("person", name="Mia", mobile="13900000001")
    rows = [
        ["Noah", "13900000002", "Gold"], ["Ole", "13900000001", ""], ["Pia", "12", ""], ["Quin", "13900000002", "Tin"],
        ["", "13900000003", ""], ["Rob", "13900000004", "Golden"],
    ]
    found = prepared(engine, rows)
    counts = found["counts"]
    assert found["status"] == "prepared" and len(listed(engine)) == 1
    assert (counts["seen"], counts["good"], counts["bad"], counts["created"]) == (7, 1, 5, 1)
    assert counts["seen"] == counts["good"] + counts["bad"] + counts["skipped"]
    assert (counts["repeated_in_file"], counts["already_stored"]) == (0, 1) or counts["repeated_in_file"] == 1
    told = {(one["row"], each["cell"], each["code"]) for one in engine.imports.problems(CLERK, found["id"]) for each in one["problems"]}
    assert {(3, "B3", "unique"), (4, "B4", "format"), (7, "C7", "choice")} <= told
    assert any(row == 6 and code == "required" for row, _, code in told)


@once
def test_what_an_earlier_batch_took_is_taken(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_check, "BATCH", 5)
    rows = [*people(12), ["Twin", "13900000001", ""]]
    found = prepared(engine, rows)
    assert found["counts"]["repeated_in_file"] == 1 and found["counts"]["good"] == 12
    (problem,) = engine.imports.problems(CLERK, found["id"])[0]["problems"]
    assert (problem["cell"], problem["code"], problem["params"]) == ("B14", "repeated_in_file", {"row": 3})
    # By the key, the same row is another change of the same record.
    again = engine.imports.prepare_again(CLERK, found["id"], {"on": "mobile"})
    assert (again["counts"]["created"], again["counts"]["updated"], again["counts"]["bad"]) == (12, 1, 0)


def test_a_commit_takes_good_rows_in_and_its_undo_leaves_what_was(
    engine: Engine, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_commit, "BATCH", 7)
    kept = made("person", name="Mia", mobile="13900000003", note="hers", level="gold")
    before = listed(engine)
    found = committed(engine, [*people(20), ["Bad", "12", ""]], on="mobile")
    assert found["status"] == "committed"
    assert found["counts"]["committed"] == {"created": 19, "updated": 1}
    mia = engine.get(CLERK, "person", kept["id"])["fields"]
    assert (mia["name"], mia["note"]) == ("Person 3", "hers")
    assert engine.history(OWNER, "person", kept["id"]).items[0]["note"] == {"import": found["id"]}
    assert engine.imports.commit(CLERK, found["id"])["status"] == "committed" and engine.imports.step(found["id"]) == 0
    engine.imports.undo(CLERK, found["id"])
    undone = engine.imports.run(CLERK, found["id"])
    assert undone["status"] == "undone" and undone["counts"]["undone"] == {"undone": 20}
    assert listed(engine) == before
    assert len(engine.select(OWNER, "person", Query(trash=True)).items) == 19
    assert engine.imports.undo(CLERK, found["id"])["status"] == "undone"
    with pytest.raises(Conflict):
        engine.imports.commit(CLERK, found["id"])


@once
def test_an_undo_leaves_and_tells_what_was_changed_since(engine: Engine, made: Make) -> None:
    mia = made("person", name="Mia", mobile="13900000000")
    noah = made("person", name="Noah", mobile="13900000001")
    found = committed(engine, people(3), on="mobile")
    engine.update(CLERK, "person", mia["id"], {"name": "Mia II"})
    added = next(one["id"] for one in listed(engine) if one["id"] not in (mia["id"], noah["id"]))
    made("order", person=added, lines=[{"item": made("item", name="Pen", price="1.00")["id"], "quantity": 1}])
    engine.imports.undo(CLERK, found["id"])
    undone = engine.imports.run(CLERK, found["id"])
    assert undone["counts"]["undone"] == {"undone": 1, "left": 2}
    assert engine.get(CLERK, "person", mia["id"])["fields"]["name"] == "Mia II"
    assert engine.get(CLERK, "person", noah["id"])["fields"]["name"] == "Noah"
    assert "level" in engine.get(CLERK, "person", mia["id"])["fields"]
    left = [one for one in engine.imports.problems(CLERK, found["id"]) if one["phase"] == "undo"]
    assert [each["code"] for one in left for each in one["problems"]] == ["changed_since", "referenced"]


@once
@pytest.mark.parametrize("seed", range(30 if _LONG else 3))
def test_import_and_undo_come_to_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(import_commit, "BATCH", 9)
    draw = random.Random(seed)
    committed(engine, [[f"Was {one}", f"139{one:08d}", "Gold"] for one in draw.sample(range(30), 8)])
    before = listed(engine)
    rows = [
        [draw.choice(("Ann", "Bob", "", "x" * 70)), f"139{draw.randrange(30):08d}", draw.choice(("Plain", "Gold", "Tin", ""))]
        for _ in range(40)
    ]
    found = committed(engine, rows, on=draw.choice(("", "mobile")))
    counts = found["counts"]
    assert counts["seen"] == counts["good"] + counts["bad"] + counts["skipped"]
    done = counts["committed"]
    assert sum(done.values()) == counts["good"] == counts["done"]
    assert (done.get("created", 0), done.get("updated", 0)) == (counts["created"], counts["updated"])
    engine.imports.undo(CLERK, found["id"])
    assert engine.imports.run(CLERK, found["id"])["counts"].get("undone", {}).get("left", 0) == 0
    assert listed(engine) == before


def test_links_are_found_by_value_number_and_title_and_only_among_what_may_be_seen(engine: Engine, made: Make) -> None:
    mia = made("person", name="Mia", mobile="13900000001")
    twins = [made("person", name="Twin")["id"] for _ in range(2)]
    hidden = made("person", name="Hidden", active=False)
    texts = ["Mia", "+86 139 0000 0001", f"#{mia['id']}", str(twins[0]), "Twin", "Nobody", "Hidden"]
    file = sheet(["Person", "Change", "Account"], [[one, 1, one] for one in texts])
    wider = {**documents()}
    wider["schemas/visit.json"] = (
        '{"title": "Visit", "type": "object", "properties": {"person": {"type": "integer", "title": "Person", "x-field": '
        '{"references": "person"}}, "change": {"type": "integer", "title": "Change"}}, '
        '"x-record": {"permissions": {"clerk": {"read": true, "create": true}, "helper": {"read": true, "create": true}}}}'
    )
    assert not engine.apply_documents(wider, by=Actor.system("test"), reason="visits").problems
    for actor, good in ((CLERK, [2, 3, 4, 5, 8]), (HELPER, [2, 4, 5])):
        file.seek(0)
        found = engine.imports.prepare(actor, "visit", file, name="v.csv")
        told = {one["row"]: one["problems"][0]["code"] for one in engine.imports.problems(actor, found["id"])}
        assert [row for row in range(2, 9) if row not in told] == good, told
        assert told[6] == "link_ambiguous" and told[7] == "link_unknown"
    engine.imports.commit(HELPER, found["id"])
    engine.imports.run(HELPER, found["id"])
    assert [one["fields"]["person"] for one in listed(engine, "visit")] == [mia["id"], mia["id"], twins[0]]
    assert hidden["id"] not in [one["fields"]["person"] for one in listed(engine, "visit")]


@once
def test_nobody_imports_what_he_may_not_add_or_sees_the_imports_of_others(engine: Engine) -> None:
    with pytest.raises(Forbidden):
        prepared(engine, people(1), actor=HELPER)
    with pytest.raises(NotFound):
        prepared(engine, people(1), actor=STRANGER)
    found = prepared(engine, people(1))
    for actor in (HELPER, STRANGER):
        for ask in (engine.imports.get, engine.imports.problems, engine.imports.errors, engine.imports.commit, engine.imports.undo, engine.imports.remove):
            with pytest.raises(NotFound):
                ask(actor, found["id"])
        assert engine.imports.listing(actor) == []
    assert [one["id"] for one in engine.imports.listing(OWNER)] == [found["id"]]


@once
def test_who_has_lost_the_right_meanwhile_goes_on_no_further(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_commit, "BATCH", 5)
    found = prepared(engine, people(12))
    engine.imports.commit(CLERK, found["id"])
    assert engine.imports.step(found["id"]) == 5
    engine.users.mirror(MirroredUser(id=CLERK.id, username="clara", name="Clara", roles=frozenset({"helper"})))
    stopped = engine.imports.run(OWNER, found["id"])
    assert (stopped["status"], stopped["error"]["code"], len(listed(engine))) == ("stopped", "forbidden", 5)
    engine.users.mirror(MirroredUser(id=CLERK.id, username="clara", name="Clara", roles=CLERK.roles))
    engine.imports.commit(CLERK, found["id"])
    assert engine.imports.run(CLERK, found["id"])["status"] == "committed" and len(listed(engine)) == 12


@once
def test_other_declarations_want_another_dry_run(engine: Engine) -> None:
    found = prepared(engine, people(2))
    changed = {**documents(), "schemas/item.json": documents()["schemas/item.json"].replace('"Item"', '"Thing"')}
    assert not engine.apply_documents(changed, by=Actor.system("test"), reason="test").problems
    with pytest.raises(Conflict, match="dry run again"):
        engine.imports.commit(CLERK, found["id"])
    again = engine.imports.prepare_again(CLERK, found["id"], {})
    assert again["status"] == "prepared"
    engine.imports.commit(CLERK, found["id"])
    assert engine.imports.run(CLERK, found["id"])["counts"]["committed"] == {"created": 2}


@once
def test_rows_name_records_by_their_key_where_versions_are_demanded(engine: Engine, made: Make) -> None:
    there = made("person", name="Ann", mobile="13900000001")
    files = documents()
    applied = engine.apply_documents({**files, "site.yaml": files["site.yaml"] + "requireVersion: true\n"}, by=OWNER, reason="test")
    assert not applied.problems
    found = committed(engine, [["Ann L.", "13900000001", "Gold"]], on="mobile")
    assert found["counts"]["committed"] == {"updated": 1}
    assert engine.get(OWNER, "person", there["id"])["fields"]["name"] == "Ann L."


def test_undo_in_the_midst_of_a_commit_takes_back_what_was_done(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_commit, "BATCH", 5)
    found = prepared(engine, people(20))
    engine.imports.commit(CLERK, found["id"])
    engine.imports.step(found["id"])
    engine.imports.step(found["id"])
    engine.imports.undo(CLERK, found["id"])
    assert engine.imports.run_due() == 10 and engine.imports.run_due() == 0
    assert engine.imports.get(CLERK, found["id"])["status"] == "undone" and listed(engine) == []


@once
def test_rows_that_became_wrong_since_are_told_and_stand_in_the_errors_file(engine: Engine, made: Make) -> None:
    found = prepared(engine, [*people(3), ["Bad", "12", ""]])
    made("person", name="Faster", mobile="13900000001")
    engine.imports.commit(CLERK, found["id"])
    assert engine.imports.run(CLERK, found["id"])["counts"]["committed"] == {"created": 2, "refused": 1}
    rows = list(csv.reader(io.StringIO(b"".join(engine.imports.errors(CLERK, found["id"])).decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Mobile", "Level", "kartotek: problems"]
    assert [row[:2] for row in rows[1:]] == [["Bad", "12"], ["Person 1", "13900000001"]]
    assert "B5" in rows[1][3] and "same value" in rows[2][3]
    # Corrected, it is imported in its turn.
    again = io.BytesIO(b"".join(engine.imports.errors(CLERK, found["id"])).replace(b"Bad,12", b"Bad,13900000077"))
    second = engine.imports.prepare(CLERK, "person", again, name="errors.csv", options={"on": "mobile"})
    assert (second["counts"]["good"], second["counts"]["bad"]) == (2, 0)


@once
def test_what_makes_no_sense_is_refused_and_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    file = sheet(["Name", "Mobile", "Level"], people(1)).getvalue()
    refused: list[tuple[dict[str, Any], bytes, type[KartotekError]]] = [
        ({"on": "name"}, file, Malformed), ({"on": "nothing"}, file, Malformed), ({"on": 1}, file, Invalid),
        ({"confirm": {"a": 1}}, file, Invalid), ({"colour": "red"}, file, Invalid), ({"sheet": "\ud800"}, file, Invalid), ({}, b"PK\x03\x04broken", Invalid),
    ]
    for options, content, error in refused:
        with pytest.raises(error):
            engine.imports.prepare(CLERK, "person", io.BytesIO(content), name="x.xlsx" if content != file else "x.csv", options=options)
    assert engine.imports.listing(OWNER) == []
    assert not any((tmp_path / "imports").glob("*"))


@once
def test_old_dry_runs_are_tidied_away_and_committed_imports_are_not(
    open_engine: Callable[..., Engine], clock: Callable[[], Any], tmp_path: Path
) -> None:
    engine = open_engine(documents())
    engine.users.mirror(MirroredUser(id=CLERK.id, username="clara", name="Clara", roles=CLERK.roles))
    dry, done = prepared(engine, people(1)), committed(engine, people(1, 50))
    now = clock()
    engine.clock = lambda: now + timedelta(days=31)
    engine.tidy()
    assert [one["id"] for one in engine.imports.listing(OWNER)] == [done["id"]]
    assert not (tmp_path / "imports" / str(dry["id"])).exists()
    engine.imports.undo(OWNER, done["id"])
    assert engine.imports.run(OWNER, done["id"])["counts"]["undone"] == {"undone": 1}
