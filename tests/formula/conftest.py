"""Fixtures for the tests of formulas: a world of awkward values, in Python and in both databases."""

from __future__ import annotations

import pytest
from formula_javascript import node_or_skip
from formula_world import World, random_world

from kartotek.storage.database import Database


@pytest.fixture(scope="session")
def world() -> World:
    """The records formulas are tried on."""
    return random_world()


@pytest.fixture
def world_database(world: World, database: Database) -> Database:
    """A database, once for each of both, with the world in it."""
    world.fill(database)
    return database


@pytest.fixture
def node() -> str:
    """The path of node."""
    return node_or_skip()
