"""Encrypted fields: nothing of them in any byte of the site, nothing that can be moved or changed unseen, nothing lost."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from encrypted_site import CLERK, FOUND, LINE, OWNER, PERSON, SECRET, THING, changed, documents, text, traces
from lengths import rounds

from kartotek.engine.engine import Engine
from kartotek.engine.keyring import FILE, Keyring
from kartotek.engine.transaction import Once
from kartotek.errors import Conflict, Invalid, Malformed, SetupInvalid
from kartotek.kinds.sealed import SealedText
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditQuery
from kartotek.model.query import Query
from kartotek.storage import keys
from kartotek.storage.catalogs import bump_security
from kartotek.storage.database import Database
from kartotek.storage.vault import Vault

Open = Callable[[], Engine]
SYSTEM = Actor.system("test")


@pytest.fixture
def opening(database_url: str, tmp_path: Path, clock: Any) -> Iterator[Open]:
    """A function that opens the site as another process would; everything it keeps is below data/."""
    (tmp_path / "data").mkdir()
    url = database_url.replace(f"{tmp_path}/records.db", f"{tmp_path}/data/records.db")
    opened: list[Engine] = []

    def make() -> Engine:
        ring = Keyring.of(tmp_path / FILE)
        database = Database.open(url)
        try:
            engine = Engine(database, files=tmp_path / "data" / "files", secret=b"s" * 32, clock=clock, keys=ring)
        except SetupInvalid:
            database.close()
            raise
        opened.append(engine)
        return engine

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def engine(opening: Open) -> Engine:
    """The site, in service."""
    made = opening()
    report = made.apply_documents(documents(), by=Actor.system("test"), reason="test")
    assert not report.problems, [f"{one.place}: {one.message}" for one in report.problems]
    return made


def full(canary: Callable[[], str]) -> dict[str, Any]:
    """The values of a person, with something secret in every text."""
    return {
        "name": "Ann", "note": canary(), "born": "1987-06-05", "weight": "64.25", "big": 12345678901234567, "traits": ["calm"],
        "email": f"{canary()}@Example.org", "place": {"door": canary(), "street": "Elm"},
    }


def apply(engine: Engine, wanted: dict[str, str]) -> list[str]:
    """Plans and applies; the codes of the steps."""
    plan = engine.plans.plan(OWNER, wanted)
    confirm = [".".join((one.type, *one.path)) for one in plan.steps if one.verdict == "confirm"]
    assert engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=confirm, reason="test").status == "applied"
    return [one.code for one in plan.steps]


# --- E1: no plaintext in any byte


def test_no_byte_of_the_site_tells_what_is_encrypted(engine: Engine, opening: Open, tmp_path: Path) -> None:
    canaries = [f"Kanarie{secrets.token_hex(6)}" for _ in range(20)]
    left = iter(canaries)
    person = engine.create(CLERK, "person", full(lambda: next(left)), once=Once("k1", "f"))
    assert engine.create(CLERK, "person", {}, once=Once("k1", "f"))["fields"]["note"] == canaries[0], "kept, and sealed"
    engine.update(CLERK, "person", person["id"], {"note": next(left), "place": {"door": next(left)}}, version=1)
    visit = engine.create(CLERK, "visit", {"person": person["id"], "said": next(left)})
    line = engine.create(CLERK, "line", {"visit": visit["id"], "detail": next(left)})
    rows = [{"label": "a", "code": next(left)} for _ in range(3)]
    engine.bulk(CLERK, "thing", [_row(one) for one in rows])
    engine.delete(CLERK, "line", line["id"])
    engine.restore(CLERK, "line", line["id"])
    with pytest.raises(Invalid):
        engine.update(CLERK, "person", person["id"], {"note": next(left) * 500}, version=2)
    sheet = "\n".join(["name,note,born", f"I,{next(left)},1990-01-01", f"J,{next(left)},{next(left)}"])
    taken = engine.imports.prepare(SYSTEM, "person", io.BytesIO(sheet.encode()), name="people.csv")
    assert traces(tmp_path / "data", canaries) == [], "while it waits"
    assert taken["counts"]["bad"] == 1 and engine.imports.problems(SYSTEM, taken["id"])[0]["problems"]
    engine.imports.commit(SYSTEM, taken["id"])
    errors = b"".join(engine.imports.errors(SYSTEM, taken["id"])).decode()
    assert engine.imports.run_due() == 1 and sum(one in errors for one in canaries) == 2, "who may see them still does"
    apply(engine, documents(line=changed(LINE, "detail")))  # opened, written, and shut again
    apply(engine, documents())
    assert engine.get(CLERK, "line", line["id"])["fields"]["detail"] == canaries[6]
    engine.backups.make("test")
    engine.tidy()
    assert len(list(left)) > 3
    assert traces(tmp_path / "data", canaries) == []
    if "postgresql" in engine.database.url:
        assert _told_by_postgresql(engine, canaries) == []


def _row(fields: dict[str, Any]) -> Any:
    from kartotek.engine.bulk import BulkRow

    return BulkRow(fields=fields)


def _told_by_postgresql(engine: Engine, canaries: list[str]) -> list[str]:
    with engine.database.read() as conn:
        tables = [name for (name,) in conn.rows(conn.dialect.tables_query)]
        texts = {name: "".join(str(row) for row in conn.rows(f'SELECT t::text FROM "{name}" t')) for name in tables}
    return [f"{name}: {one}" for name, text in texts.items() for one in canaries if one in text]


# --- what goes in comes out


def test_every_value_comes_back_as_it_was_everywhere(engine: Engine, opening: Open) -> None:
    values = full(lambda: "Wort\u4e2d")
    values["email"] = "ann@example.org"
    person = engine.create(CLERK, "person", values)
    other = opening()
    for reader in (engine, other):
        assert reader.get(CLERK, "person", person["id"])["fields"] == {**values, "loud": False}
        [listed] = reader.select(CLERK, "person", Query(limit=5)).items
        assert listed["fields"]["weight"] == "64.25" and listed["fields"]["big"] == 12345678901234567
    engine.update(CLERK, "person", person["id"], {"note": "loud", "born": None}, unset=["weight"], version=1)
    found = other.get(CLERK, "person", person["id"])["fields"]
    assert found["note"] == "loud" and found["loud"] is True and "weight" not in found
    [changed_now, made] = other.history(CLERK, "person", person["id"]).items
    sides = {one["field"]: (one.get("was"), one.get("now")) for one in changed_now["changes"]}
    assert sides["note"] == ("Wort\u4e2d", "loud") and sides["weight"] == ("64.25", None)
    assert {one["field"]: one["now"] for one in made["changes"]}["place"] == values["place"]


def test_a_value_that_stays_is_not_written_again_and_one_that_moves_to_another_person_is(engine: Engine) -> None:
    first, second = (engine.create(CLERK, "person", {"name": name, "note": "x"})["id"] for name in ("A", "B"))
    visit = engine.create(CLERK, "visit", {"person": first, "said": "something"})["id"]
    before = _column(engine, "visit", "said", visit)
    engine.update(CLERK, "visit", visit, {"said": "something"}, version=1)
    assert _column(engine, "visit", "said", visit) == before
    engine.update(CLERK, "visit", visit, {"person": second}, version=1)
    after = _column(engine, "visit", "said", visit)
    assert after.partition(".")[0] == _column(engine, "person", "note", second).partition(".")[0]
    assert engine.get(CLERK, "visit", visit)["fields"]["said"] == "something"


# --- E2, E3: nothing can be moved or changed unseen


def test_a_value_moved_elsewhere_is_no_value(engine: Engine, opening: Open) -> None:
    first, second = (engine.create(CLERK, "person", {"name": name, "note": f"note of {name}", "email": f"{name}@x.org"})["id"] for name in ("A", "B"))
    visit = engine.create(CLERK, "visit", {"person": first, "said": "said"})["id"]
    note, email = (_column(engine, "person", column, first) for column in ("note", "email"))
    for table, column, id, text in (
        ("person", "note", second, note), ("person", "note", first, email), ("visit", "said", visit, note),
        ("person", "note", second, "nonsense"), ("person", "note", second, "1."), ("person", "note", second, "9" * 40 + ".AA"),
    ):
        kept = _column(engine, table, column, id)
        _put(engine, table, column, id, text)
        assert column not in opening().get(CLERK, table, id)["fields"]
        assert opening().select(CLERK, table, Query(limit=50)).items, "one bad value does not hide a list"
        _put(engine, table, column, id, kept)
    assert opening().get(CLERK, "person", first)["fields"]["note"] == "note of A"
    engine.audit.seal()
    told = engine.audit.entries(AuditQuery(actions=("value_damaged",)))
    assert {(one.entry.type, one.entry.record_id, one.entry.fields) for one in told} >= {("person", second, ("note",))}


def test_every_changed_byte_is_found(engine: Engine) -> None:
    id = engine.create(CLERK, "thing", {"label": "a", "code": "secret"})["id"]
    text = _column(engine, "thing", "code", id)
    for at in range(0, len(text), rounds(3, 1)):
        _put(engine, "thing", "code", id, text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
        assert "code" not in engine.get(CLERK, "thing", id)["fields"], at
    _put(engine, "thing", "code", id, text)
    assert engine.get(CLERK, "thing", id)["fields"]["code"] == "secret"


def test_history_is_bound_to_its_record_field_and_version(engine: Engine) -> None:
    ids = [engine.create(CLERK, "thing", {"label": "a", "code": f"code {at}"})["id"] for at in range(2)]
    with engine.database.write() as conn:
        rows = conn.rows('SELECT "id", "now" FROM "kartotek__history" WHERE "type" = ? ORDER BY "id"', ("thing",))
        first, second = (str(conn.dialect.decoder(_json())(now)["code"]["$sealed"]) for _, now in rows)
        wire = conn.dialect.encode(_json(), {"label": "a", "code": {"$sealed": first}})
        conn.run('UPDATE "kartotek__history" SET "now" = ? WHERE "id" = ?', (wire, rows[1][0]))
    assert first != second
    [item] = engine.history(CLERK, "thing", ids[1]).items
    assert {one["field"]: one["now"] for one in item["changes"]} == {"label": "a", "code": None}


# --- E4: keys


def test_a_destroyed_key_takes_all_of_one_person_with_it_and_nothing_else(engine: Engine, opening: Open) -> None:
    first, second = (engine.create(CLERK, "person", {"name": name, "note": f"note {name}"})["id"] for name in ("A", "B"))
    visits = [engine.create(CLERK, "visit", {"person": id, "said": "said"})["id"] for id in (first, second)]
    lines = [engine.create(CLERK, "line", {"visit": id, "detail": "detail"})["id"] for id in visits]
    other = opening()
    assert other.get(CLERK, "person", first)["fields"]["note"] == "note A"
    with engine.database.write() as conn:
        sealing = engine._catalogs.current().type("person").type.sealing
        assert sealing is not None and keys.destroy(conn, (sealing.number, first), engine.clock()) == 1
        bump_security(conn)
    for reader in (engine, other, opening()):
        assert "note" not in reader.get(CLERK, "person", first)["fields"] and reader.get(CLERK, "person", first)["fields"]["name"] == "A"
        assert "said" not in reader.get(CLERK, "visit", visits[0])["fields"] and "detail" not in reader.get(CLERK, "line", lines[0])["fields"]
        assert reader.get(CLERK, "line", lines[1])["fields"]["detail"] == "detail"
        [item] = reader.history(CLERK, "person", first).items
        assert {one["field"]: one["now"] for one in item["changes"]}["note"] is None


def test_without_its_key_the_site_does_not_start_and_nothing_is_written(engine: Engine, opening: Open, tmp_path: Path) -> None:
    engine.create(CLERK, "thing", {"label": "a", "code": "secret"})
    kept = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).unlink()
    with pytest.raises(SetupInvalid, match=r"^The master key [0-9a-f]{12} is missing"):
        opening()
    Keyring.of(tmp_path / FILE).make()
    with pytest.raises(SetupInvalid, match=r"^The master key [0-9a-f]{12} is missing"):
        opening()
    (tmp_path / FILE).write_bytes(kept)
    assert opening().get(CLERK, "thing", 1)["fields"]["code"] == "secret"


# --- E5, E6


def test_no_nonce_comes_twice_and_lengths_are_blurred(engine: Engine) -> None:
    vault = Vault(Keyring.of_secret(b"s" * 32))
    sealed = [vault.seal((1, b"k" * 32), "1.2.3", "x" * (at % 20)) for at in range(rounds(20_000, 100_000))]
    assert len({text[:24] for text in sealed}) == len(sealed), "number, head and nonce"
    assert len({len(text) for text in sealed}) == 1


def test_what_a_value_is_bound_to_is_its_number_field_record_and_head(engine: Engine) -> None:
    id = engine.create(CLERK, "thing", {"label": "a", "code": "secret"})["id"]
    text = SealedText(_column(engine, "thing", "code", id))
    column = engine._catalogs.current().type("thing").layout.sealed[0]
    assert re.fullmatch(r"[1-9][0-9]*\.[1-9][0-9]*", column.label)
    with engine.database.read() as conn:
        assert conn.vault.open(conn, text, f"{column.label}.{id}") == "secret"
        for label in (f"{column.label}.{id + 1}", f"{column.label}1.{id}", f"1{column.label}.{id}", f"{column.label}.{id}.h1", ""):
            with pytest.raises(Exception, match="belongs elsewhere"):
                conn.vault.open(conn, text, label)


def test_a_plain_value_is_never_written_where_an_encrypted_one_belongs(engine: Engine) -> None:
    column = engine._catalogs.current().type("thing").layout.sealed[0]
    with pytest.raises(TypeError):
        engine.database.dialect.encode(column.spec, "secret")


# --- found by value


def test_an_indexed_value_is_unique_and_found_without_being_readable(engine: Engine, opening: Open) -> None:
    names = {"A": "ann@example.org", "B": "Ann@example.org", "C": "bea@example.org", "D": None}
    assert engine.select(CLERK, "person", Query(filter="record.email == 'ann@example.org'")).items == []
    for name, email in names.items():
        engine.create(CLERK, "person", {"name": name, **({"email": email} if email else {})})
    with pytest.raises(Conflict):
        engine.create(CLERK, "person", {"name": "E", "email": "ann@example.org"})
    results = engine.bulk(CLERK, "person", [_row({"name": str(at), "email": email}) for at, email in enumerate(["bea@example.org", "cy@example.org"])], partial=True)
    assert [one["status"] for one in results] == ["conflict", "created"]
    for question, found in {
        "record.email == 'ann@example.org'": ["A"], "'bea@example.org' == record.email": ["C"], "record.email == null": ["D"],
        "record.email in ['bea@example.org', 'cy@example.org', 'x']": ["1", "C"], "record.email != 'ann@example.org' && record.email != null": ["1", "B", "C"],
        "record.note == null && record.email == 'ann' + '@example.org'": ["A"],
    }.items():
        for reader in (engine, opening()):
            page = reader.select(CLERK, "person", Query(filter=question, count=True))
            assert sorted(one["fields"]["name"] for one in page.items) == found and page.count == len(found), question
    named = [{"name": "A2", "email": "ann@example.org"}, {"name": "new", "email": "dee@example.org"}]
    for rows in (named, named[:1]):  # as one step, and one by one
        assert [one["status"] for one in engine.bulk(CLERK, "person", [_row(one) for one in rows], on="email")][0] in ("updated", "unchanged")
    assert engine.get(CLERK, "person", 1)["fields"]["name"] == "A2"
    sheet = "person,said\nann@example.org,hello\nnobody@example.org,hello\n"
    report = engine.imports.prepare(SYSTEM, "visit", io.BytesIO(sheet.encode()), name="visits.csv")
    assert (report["counts"]["good"], report["counts"]["bad"]) == (1, 1)
    twice = "name,email\nx,new@example.org\ny,new@example.org\nz,bea@example.org\n"
    report = engine.imports.prepare(SYSTEM, "person", io.BytesIO(twice.encode()), name="people.csv")
    assert (report["counts"]["good"], report["counts"]["bad"]) == (1, 2)
    visit = engine.create(CLERK, "visit", {"person": 1})["id"]
    assert [one["id"] for one in engine.select(CLERK, "visit", Query(filter="record.person.email == 'ann@example.org'")).items] == [visit]
    assert {_column(engine, "person", "email__blind", at) for at in (1, 2, 3)}.isdisjoint(names.values())


@pytest.mark.parametrize("question", ["record.note == 'x'", "record.born > date('2000-01-01')", "contains(record.note, 'x')"])
def test_what_the_database_cannot_answer_is_refused(engine: Engine, question: str) -> None:
    engine.create(CLERK, "person", {"name": "A", "note": "x"})
    with pytest.raises(Malformed):
        engine.select(CLERK, "person", Query(filter=question))
    for sort in ("note", "-born", "email"):
        with pytest.raises(Malformed):
            engine.select(CLERK, "person", Query(sort=(sort,)))


# --- switched on and off


def test_encryption_is_switched_on_and_off_with_all_that_was(engine: Engine, opening: Open) -> None:
    values = [{"name": str(at), "note": f"note {at}", "email": f"p{at}@x.org"} for at in range(30)]
    ids = [engine.create(CLERK, "person", one)["id"] for one in values]
    for id in ids:
        engine.update(CLERK, "person", id, {"note": f"again {id}"}, version=1)
    assert apply(engine, documents(person=changed(PERSON, "note")))[:2] == ["decrypted", "not_sensitive"]
    assert _column(engine, "person", "note", ids[0]) == f"again {ids[0]}"
    assert _notes(opening(), ids) == [f"again {id}" for id in ids]
    engine.update(CLERK, "person", ids[3], {"note": "open"}, version=2)
    assert apply(engine, documents())[:1] == ["encrypted"]
    assert _column(engine, "person", "note", ids[0])[0].isdigit()
    assert _notes(opening(), ids) == ["open" if at == 3 else f"again {id}" for at, id in enumerate(ids)]
    told = [[one.get("now") for one in item["changes"] if one["field"] == "note"] for item in engine.history(CLERK, "person", ids[3]).items]
    assert told == [["open"], [f"again {ids[3]}"], ["note 3"]]
    renamed = {**PERSON, "properties": {("remark" if name == "note" else name): one for name, one in PERSON["properties"].items()}}
    renamed["properties"]["remark"] = {"type": "string", "maxLength": 5000, "x-field": {**SECRET, "aliases": ["note"]}}
    renamed["properties"]["loud"] = {"type": "boolean"}
    apply(engine, documents(person=renamed))
    assert opening().get(CLERK, "person", ids[3])["fields"]["remark"] == "open", "a value is bound to the field, not to its name"
    assert engine.history(CLERK, "person", ids[3]).items[0]["changes"][0]["now"] == "open"


def test_new_fields_and_fewer_options_work_on_what_is_encrypted(engine: Engine, opening: Open) -> None:
    ids = [engine.create(CLERK, "thing", {"label": "a", "code": "x"})["id"] for _ in range(3)]
    kinds = {"type": "string", "enum": ["one", "two"], "default": "two", "x-field": dict(SECRET)}
    wider = {**THING, "properties": {**THING["properties"], "sort": kinds, "mail": {**text(**FOUND), "default": "m"}}}
    apply(engine, documents(thing=wider))
    for reader in (engine, opening()):
        assert [reader.get(CLERK, "thing", id)["fields"] for id in ids] == [{"label": "a", "code": "x", "sort": "two", "mail": "m"}] * 3
    assert len(engine.select(CLERK, "thing", Query(filter="record.mail == 'm'")).items) == 3
    assert len({_column(engine, "thing", "sort", id) for id in ids}) == 3
    for left, verdict in (("two", "safe"), ("one", "refused")):
        fewer = {**wider, "properties": {**wider["properties"], "sort": {**kinds, "enum": [left], "default": left}}}
        plan = engine.plans.plan(OWNER, documents(thing=fewer))
        assert [one.verdict for one in plan.steps if one.action == "options"] == [verdict]
    gone = {**THING, "properties": {name: one for name, one in wider["properties"].items() if name != "code"}}
    apply(engine, documents(thing=gone))
    apply(engine, documents(thing=wider))
    assert [opening().get(CLERK, "thing", id)["fields"]["code"] for id in ids] == ["x"] * 3, "what comes back opens again"


def _notes(engine: Engine, ids: list[int]) -> list[str]:
    return [engine.get(CLERK, "person", id)["fields"]["note"] for id in ids]


def _json() -> Any:
    from kartotek.storage.layout import JSON

    return JSON


def _column(engine: Engine, table: str, column: str, id: int) -> str:
    with engine.database.read() as conn:
        return str(conn.rows(f'SELECT "{column}" FROM "{table}" WHERE "id" = ?', (id,))[0][0])


def _put(engine: Engine, table: str, column: str, id: int, text: str) -> None:
    with engine.database.write() as conn:
        conn.run(f'UPDATE "{table}" SET "{column}" = ? WHERE "id" = ?', (text, id))
