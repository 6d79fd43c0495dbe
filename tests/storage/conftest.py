"""Fixtures for the tests of storage: a database with three small types."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kartotek.storage import ddl
from kartotek.storage.database import Database
from kartotek.storage.layout import Layout, layout_of

sys.path.insert(0, str(Path(__file__).parent))

from declared import ITEM, ORDER, PERSON  # noqa: E402 - found through the line above, as importmode=importlib wants it


@pytest.fixture
def layouts(database: Database) -> dict[str, Layout]:
    """{type: layout} of the types whose tables the database has."""
    made = {one.name: layout_of(one) for one in (PERSON, ITEM, ORDER)}
    with database.write() as conn:
        for layout in made.values():
            ddl.create_type(conn, layout)
        for layout in made.values():
            ddl.add_references(conn, layout)
    return made
