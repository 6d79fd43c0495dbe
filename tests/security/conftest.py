"""Fixtures for the tests of what people may not do: the hidden site in two worlds, on either database, served or not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import whole_site  # noqa: E402
from hidden_site import WORLDS, World, world  # noqa: E402 - found through the line above, as importmode=importlib wants it

from whole_site import Whole  # noqa: E402


@pytest.fixture(scope="session")
def lite_worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Whole, Whole]]:
    """Both worlds on SQLite with pages and API and all that there is; no test may change one alone."""
    made = [whole_site.world(tmp_path_factory.mktemp(f"world{index}"), hidden) for index, hidden in enumerate(whole_site.WORLDS)]
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


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """A world with pages and API that every test leaves as it was."""
    made = whole_site.world(tmp_path_factory.mktemp("untouched"), whole_site.WORLDS[0])
    yield made
    made.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """A world with pages and API at which a file's tests knock in vain."""
    made = whole_site.world(tmp_path_factory.mktemp("kept"), whole_site.WORLDS[0])
    yield made
    made.close()
