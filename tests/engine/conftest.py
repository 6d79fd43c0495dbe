"""An engine over a fresh database of each sort, with the small neutral site applied, and three people who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from changing import Types, documents_of
from neutral_site import CLERK, HELPER, OWNER, STRANGER, documents

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor
from kartotek.storage.database import Database

@pytest.fixture
def open_engine(
    database_url: str, tmp_path: Path, clock: Callable[[], datetime]
) -> Iterator[Callable[..., Engine]]:
    """A function that opens an engine over the test's database, as another process would."""
    opened: list[Engine] = []

    def make(given: Mapping[str, str] | None = None) -> Engine:
        engine = Engine(Database.open(database_url), files=tmp_path / "files", secret=b"s" * 32, clock=clock)
        opened.append(engine)
        if given is not None:
            report = engine.apply_documents(given, by=Actor.system("test"), reason="test")
            assert not report.problems, [f"{one.place}: {one.message}" for one in report.problems]
        return engine

    yield make
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    """The engine with the small site and its people."""
    engine = open_engine(documents())
    for one in (OWNER, CLERK, HELPER, STRANGER):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine


@pytest.fixture
def site(open_engine: Callable[..., Engine]) -> Callable[[Types], Engine]:
    """A function that opens an engine with these types in service, and the owner."""

    def make(types: Types) -> Engine:
        engine = open_engine(documents_of(types))
        engine.users.mirror(MirroredUser(id=OWNER.id, username="owner", name=OWNER.name, roles=OWNER.roles))
        return engine

    return make


@pytest.fixture
def made(engine: Engine) -> Callable[..., dict[str, Any]]:
    """A function that creates a record as the clerk."""

    def make(record_type: str, **fields: Any) -> dict[str, Any]:
        return engine.create(CLERK, record_type, fields)

    return make
