"""Fixtures for the tests of storage: a database with three small types."""

from __future__ import annotations

import pytest
from storage_types import ITEM, ORDER, PERSON

from kartotek.storage import ddl
from kartotek.storage.database import Database
from kartotek.storage.layout import Layout, layout_of


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
