"""Fixtures for the tests of the API: a site on either database and on SQLite alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_served import Client, Served, serve  # noqa: E402 - found through the line above, as importmode=importlib wants it


@pytest.fixture
def served(database_url: str, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Served]:
    """The site on each database."""
    made = serve(database_url, tmp_path / "files", clock)
    yield made
    made.engine.close()


@pytest.fixture
def lite(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Served]:
    """The site on SQLite, for what does not depend on the database."""
    made = serve(f"sqlite:///{tmp_path}/records.db", tmp_path / "files", clock)
    yield made
    made.engine.close()


@pytest.fixture
def clerk(served: Served) -> Client:
    """One who reads and writes most things."""
    return served.client("clerk")
