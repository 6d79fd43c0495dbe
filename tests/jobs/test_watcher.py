"""The watcher applies what was saved, once, and survives what an owner may leave in the folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kartotek.engine.engine import Engine
from kartotek.engine.holding import holding
from kartotek.errors import SetupInvalid
from kartotek.jobs.watcher import Watcher
from kartotek.storage.database import Database

PERSON: dict[str, Any] = {
    "title": "Person",
    "type": "object",
    "properties": {"name": {"type": "string", "title": "Name"}},
    "x-record": {"titleTemplate": "{name}"},
}
ORDER = {**PERSON, "title": "Order"}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Which database it is makes no difference here."""
    return f"sqlite:///{tmp_path}/records.db"


@pytest.fixture
def engine(database: Database, tmp_path: Path, clock: Callable[[], datetime]) -> Engine:
    """An engine to which nothing was applied."""
    return Engine(database, files=tmp_path, secret=b"s" * 32, clock=clock)


class Folder:
    """A site's folder in memory; `reads` counts how often it was looked at."""

    def __init__(self, **types: Any) -> None:
        self.documents = {"site.yaml": "name: Test\n"}
        self.unreadable = False
        self.save(**types)

    def save(self, **types: Any) -> None:
        for name, declared in types.items():
            self.documents[f"schemas/{name}.json"] = declared if isinstance(declared, str) else json.dumps(declared)

    def read(self) -> dict[str, str]:
        if self.unreadable:
            raise SetupInvalid("site/schemas/person.json cannot be read: Permission denied.")
        return dict(self.documents)


def watching(engine: Engine, folder: Folder, told: list[int]) -> Watcher:
    """A watcher that waits for nothing and notes each version that went live."""
    return Watcher(
        engine, folder.read, applied=lambda: told.append(engine.catalog().version), pause=lambda _seconds: None
    )


def test_first_look_applies_the_folder(engine: Engine) -> None:
    told: list[int] = []
    assert watching(engine, Folder(person=PERSON), told).look()
    assert "person" in engine.catalog().types
    assert told == [1]


def test_second_look_at_the_same_folder_does_nothing(engine: Engine, database: Database) -> None:
    told: list[int] = []
    watcher = watching(engine, Folder(person=PERSON), told)
    watcher.look()
    statements: list[str] = []
    database.listeners.append(statements.append)
    assert not watcher.look()
    assert (statements, told) == ([], [1])


def test_a_new_lease_holder_makes_no_new_version_of_what_is_live(engine: Engine) -> None:
    told: list[int] = []
    watcher = watching(engine, Folder(person=PERSON), told)
    watcher.look()
    watcher.forget()
    assert watcher.look()
    assert told == [1]


def test_a_saved_field_goes_live(engine: Engine) -> None:
    told: list[int] = []
    folder = Folder(person=PERSON)
    watcher = watching(engine, folder, told)
    watcher.look()
    folder.save(person={**PERSON, "properties": {**PERSON["properties"], "age": {"type": "integer", "title": "Age"}}})
    watcher.look()
    assert "age" in engine.catalog().types["person"].by_name
    assert told == [1, 2]


@pytest.mark.parametrize("broken", ["", "{", '{"title": 1}', "[" * 9000], ids=["empty", "cut", "wrong", "deep"])
def test_a_broken_file_leaves_the_last_good_catalog(
    engine: Engine, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[int] = []
    folder = Folder(person=PERSON)
    watcher = watching(engine, folder, told)
    watcher.look()
    folder.save(person=broken)
    with caplog.at_level(logging.WARNING):
        watcher.look()
    assert list(engine.catalog().types["person"].by_name) == ["name"]
    assert "schemas/person.json:1:" in caplog.text
    assert engine.declaration_problems()
    folder.save(person=PERSON)
    watcher.look()
    assert (engine.declaration_problems(), told) == ([], [1])


def test_a_file_that_cannot_be_read_is_told_once_and_takes_nothing_down(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Folder(person=PERSON)
    watcher = watching(engine, folder, [])
    watcher.look()
    folder.unreadable = True
    with caplog.at_level(logging.WARNING):
        assert [watcher.look() for _ in range(3)] == [False] * 3
    assert caplog.text.count("cannot be read") == 1
    assert "person" in engine.catalog().types


def test_a_file_that_is_still_being_written_is_waited_for(engine: Engine) -> None:
    told: list[int] = []
    folder = Folder(person="{")

    def finish(_seconds: float) -> None:
        folder.save(person=PERSON)

    watcher = Watcher(engine, folder.read, applied=lambda: told.append(1), pause=finish)
    watcher.look()
    assert (told, engine.declaration_problems()) == ([1], [])


def test_while_somebody_applies_a_plan_nothing_is_done_and_afterwards_it_is(engine: Engine, clock: Callable[[], datetime]) -> None:
    folder, told = Folder(person=PERSON), list[int]()
    watcher = watching(engine, folder, told)
    assert watcher.look()
    folder.save(order=ORDER)
    with holding(engine.database, clock):
        assert not watcher.look() and not watcher.look()
    assert "order" not in engine.catalog().types
    assert watcher.look() and told == [1, 2]
