"""Fixtures for the tests of foreign schemas: an engine over a fresh database, and a way to put schemas into it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "web")]

from serving import documents  # noqa: E402

from kartotek.engine.engine import Engine  # noqa: E402
from kartotek.model.actor import Actor  # noqa: E402
from kartotek.storage.database import Database  # noqa: E402



@pytest.fixture
def declared(database_url: str, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Callable[[Mapping[str, str]], Engine]]:
    """A function that opens an engine in which {type name: text of its file} are the record types."""
    opened: list[Engine] = []

    def make(files: Mapping[str, str]) -> Engine:
        engine = Engine(Database.open(database_url), files=tmp_path / "files", secret=b"s" * 32, clock=clock)
        opened.append(engine)
        report = engine.apply_documents(documents(files), by=Actor.system("test"), reason="test")
        wrong = [one for one in report.problems if one.severity == "error"]
        assert not wrong, [f"{one.place}: {one.message}" for one in wrong]
        return engine

    yield make
    for engine in opened:
        engine.close()
