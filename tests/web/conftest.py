"""Fixtures for the tests of the pages: the small site, served, and a visitor of each role."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from visitors import Pages, open_pages  # noqa: E402 - found through the line above, as importmode=importlib wants it


@pytest.fixture
def pages(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Pages]:
    """The site on SQLite."""
    made = open_pages(f"sqlite:///{tmp_path}/records.db", f"sqlite:///{tmp_path}/auth.db", tmp_path / "files", clock)
    yield made
    made.close()


@pytest.fixture
def pages_on_postgres(postgres_url: str, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Pages]:
    """The site on PostgreSQL, users and records in one database."""
    made = open_pages(postgres_url, postgres_url, tmp_path / "files", clock)
    yield made
    made.close()
