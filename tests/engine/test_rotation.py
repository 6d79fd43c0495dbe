"""Another master key: nothing becomes unreadable on the way, whoever writes meanwhile and wherever it is interrupted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from encrypted_site import CLERK, OWNER, documents

from kartotek.engine.engine import Engine
from kartotek.engine.keyring import FILE, Keyring
from kartotek.errors import Conflict, NotFound, SetupInvalid
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.storage import keys
from kartotek.storage.database import Database

Open = Callable[[], Engine]


@pytest.fixture
def opening(database_url: str, tmp_path: Path, clock: Any) -> Iterator[Open]:
    """A function that opens the site as another process would."""
    opened: list[Engine] = []

    def make() -> Engine:
        database = Database.open(database_url)
        try:
            engine = Engine(database, files=tmp_path / "files", secret=b"s" * 32, clock=clock, keys=Keyring.of(tmp_path / FILE))
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
    """The site with forty people, each with a key."""
    made = opening()
    assert not made.apply_documents(documents(), by=Actor.system("test"), reason="test").problems
    for at in range(40):
        made.create(CLERK, "person", {"name": f"{at}", "note": f"note {at}", "email": f"p{at}@x.org"})
    return made


def notes(engine: Engine) -> list[str]:
    """The notes of all people."""
    return sorted(one["fields"]["note"] for one in engine.select(CLERK, "person", Query(limit=200)).items)


def test_a_new_master_key_takes_over_while_others_write_and_read(engine: Engine, opening: Open, tmp_path: Path) -> None:
    other, failed = opening(), []
    stop = threading.Event()

    def work() -> None:
        count = 0
        while not stop.is_set() and count < 60:
            count += 1
            try:
                made = other.create(CLERK, "person", {"name": "w", "note": "new", "email": f"w{count}@x.org"})
                assert other.get(CLERK, "person", made["id"])["fields"]["note"] == "new"
            except Exception as error:  # whatever it is, the test shows it
                failed.append(error)
                return

    worker = threading.Thread(target=work)
    worker.start()
    before = engine.keys.current
    now = engine.rotation.rotate(OWNER)
    stop.set()
    worker.join()
    assert failed == [] and now != before
    engine.rotation.rewrap()
    with engine.database.read() as conn:
        assert list(keys.counts(conn)) == [now]
    for reader in (engine, other, opening()):
        assert len([one for one in notes(reader) if one.startswith("note")]) == 40
    engine.rotation.forget(OWNER, before)
    assert Keyring.of(tmp_path / FILE).ids == (now,)
    fresh = opening()
    assert len(notes(fresh)) >= 40
    assert [one.id for one in fresh.rotation.masters()] == [now]


def test_a_rotation_that_was_interrupted_is_gone_on_with(engine: Engine, opening: Open) -> None:
    before = engine.keys.current
    now = engine.keys.make()  # and then the machine stopped
    after = opening()
    assert notes(after) == notes(engine) and set(after.keys.ids) == {before, now}
    with after.database.write() as conn:
        rows = keys.wrapped_otherwise(conn, now, 7)
        keys.rewrap(conn, [conn.vault.rewrapped(one) for one in rows])
    assert notes(opening()) == notes(engine)
    assert after.rotation.rewrap() > 0
    with after.database.read() as conn:
        assert list(keys.counts(conn)) == [now]


def test_what_is_needed_is_not_let_go(engine: Engine) -> None:
    with pytest.raises(Conflict):
        engine.rotation.forget(OWNER, engine.keys.current)
    with pytest.raises(NotFound):
        engine.rotation.forget(OWNER, "0" * 12)


def test_a_key_that_was_given_from_outside_is_changed_there(engine: Engine, tmp_path: Path) -> None:
    paper = "\n".join(engine.keys.readable(id) for id in engine.keys.ids)
    given = Keyring.of(tmp_path / "none", paper)
    with pytest.raises(SetupInvalid, match="from outside"):
        given.make()
    other = Keyring.of(tmp_path / "other")
    other.make()
    both = Keyring.of(tmp_path / "none", f"{other.readable(other.current)}, {paper}")
    assert both.ids == (other.current, engine.keys.current)


def test_a_key_tells_when_it_was_copied(engine: Engine) -> None:
    [one] = engine.rotation.masters()
    assert one.is_current and one.wraps >= 40 and one.copied_at is None
    engine.rotation.copied(one.id)
    assert engine.rotation.masters()[0].copied_at is not None
