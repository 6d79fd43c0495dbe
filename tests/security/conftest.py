"""Fixtures for the tests of what people may not do: the hidden site in two worlds, on either database, served or not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hidden_site import WORLDS, World, served, world  # noqa: E402 - found through the line above, as importmode=importlib wants it


@pytest.fixture(scope="session")
def lite_worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    """Both worlds on SQLite with pages and API; no test may change one alone."""
    made = []
    for index, hidden in enumerate(WORLDS):
        folder = tmp_path_factory.mktemp(f"world{index}")
        one = world(f"sqlite:///{folder}/records.db", folder / "files", hidden)
        made.append(served(one, f"sqlite:///{folder}/auth.db"))
    yield made[0], made[1]
    for one in made:
        one.close()


@pytest.fixture
def postgres_worlds(fresh_database: Callable[[], str], tmp_path: Path) -> Iterator[tuple[World, World]]:
    """Both worlds on PostgreSQL."""
    made = [world(fresh_database(), tmp_path / str(index), hidden) for index, hidden in enumerate(WORLDS)]
    yield made[0], made[1]
    for one in made:
        one.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[World]:
    """A world that a test may change."""
    made = world(f"sqlite:///{tmp_path}/records.db", tmp_path / "files", WORLDS[0])
    yield made
    made.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with pages and API at which a file's tests knock in vain."""
    folder = tmp_path_factory.mktemp("kept")
    made = world(f"sqlite:///{folder}/records.db", folder / "files", WORLDS[0])
    yield served(made, f"sqlite:///{folder}/auth.db")
    made.close()
