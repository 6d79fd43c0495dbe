"""Fixtures for the tests of the API: the small site, fresh for a test or shared by a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_served import (
    Client,
    Served,
    serve,
)  # noqa: E402 - found through the line above, as importmode=importlib wants it

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def served(database_url: str, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Served]:
    """A fresh site, once on each database."""
    made = serve(database_url, tmp_path / "files", clock)
    yield made
    made.engine.close()


@pytest.fixture
def lite(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Served]:
    """A fresh site on SQLite, for what does not depend on the database."""
    made = serve(f"sqlite:///{tmp_path}/records.db", tmp_path / "files", clock)
    yield made
    made.engine.close()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site on SQLite that the tests of a file share: they change nothing that another looks at."""
    folder = tmp_path_factory.mktemp("quiet")
    made = serve(f"sqlite:///{folder}/records.db", folder / "files", lambda: NOW)
    yield made
    made.engine.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same on each database."""
    folder = tmp_path_factory.mktemp("shared")
    url = f"sqlite:///{folder}/records.db"
    if request.param == "postgresql":
        url = _new_database(str(request.getfixturevalue("postgres_server")), request.node.name)
    made = serve(url, folder / "files", lambda: NOW)
    yield made
    made.engine.close()


@pytest.fixture
def clerk(served: Served) -> Client:
    """One who reads and writes most things of a fresh site."""
    return served.client("clerk")


def _new_database(server: str, name: str) -> str:
    """The URL of an empty database; the whole server goes away after the run."""
    name = f"api_{os.getpid()}_{abs(hash(name))}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    head, _, host = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{host}"
