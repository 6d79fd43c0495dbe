"""Fixtures for the tests of formulas: a world of awkward values, in Python and in both databases."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from formula_javascript import node_or_skip
from formula_world import World, random_world

from kartotek.storage import own
from kartotek.storage.database import Database


@pytest.fixture(scope="session")
def world() -> World:
    """The records formulas are tried on."""
    return random_world()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def world_database(request: pytest.FixtureRequest, world: World, worker_folder: Path) -> Iterator[Database]:
    """A database, once for each of both, with the world in it; tests leave it as it is."""
    database = Database.open(_new_url(request, worker_folder))
    own.prepare(database)
    world.fill(database)
    yield database
    database.close()


@pytest.fixture
def node() -> str:
    """The path of node."""
    return node_or_skip()


def _new_url(request: pytest.FixtureRequest, folder: Path) -> str:
    # A name of its own: within one run the fixture may be made again, once tests of the other database stood between.
    name = f"formulas{os.getpid()}_{uuid.uuid4().hex[:8]}"
    if request.param == "sqlite":
        return f"sqlite:///{folder}/{name}.db"
    server = request.getfixturevalue("postgres_server")
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    head, _, host = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{host}"
